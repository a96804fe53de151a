"""The record that a command leaves of its end: one file, which its parent holds locked for as long as it runs.

Lines of JSON. The first is Reign's: what was asked for. Then the parent's: that it begins, durable before the command
does; how it ended; and what came out, where nothing of that is sensitive. Without the second, nothing was ever begun.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from binascii import a2b_base64
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from reign.model.errors import ErrorKind, ProviderError
from reign.model.values import Spec
from reign.ports import Site
from reign.providers.durable import sync, write_all
from reign.providers.faults import from_os
from reign.providers.shell.program import KEPT_BYTES, boot_id, start_of

FOLDER = "commands"
"""Beneath the environment's part of `.reign`, as `state.layout` has it too."""

FORM = 1
_PLAIN = re.compile(r"[A-Za-z0-9-]{1,64}")
_LARGEST_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: an exit code, or minus the number of the signal that killed it."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Answer:
    """How the programs of one field ended, up to the first that failed, and what came out; None where that was not kept.

    problem: what kept the next one from beginning, or the last from ending, with a number: seconds or the system's error.
    """

    codes: tuple[int, ...]
    ended: tuple[Ended, ...] | None
    problem: tuple[str, float] | None = None

    @property
    def is_good(self) -> bool:
        """Whether all of it was done."""
        return self.problem is None and bool(self.codes) and self.codes[-1] == 0


@dataclass(frozen=True, slots=True)
class Found:
    """What a record says. `spec` is what was called with, None where that was not to be kept.

    none: nothing was ever begun. running: it runs, as process `pid` since `began` (seconds since 1970; 0 as long as it is
    not said). ended: see `answer`. lost: it began, and how it ended nobody wrote down; `rebooted`: with all of its machine.
    """

    status: Literal["none", "running", "ended", "lost"]
    spec: Spec | None = None
    pid: int = 0
    began: int = 0
    answer: Answer | None = None
    rebooted: bool = False


def path_of(site: Site, key: str, verb: str, attempt: int) -> Path:
    """Where the record of one call stands."""
    return Path(site.state) / FOLDER / name_of(key, verb, attempt)


def name_of(key: str, verb: str, attempt: int) -> str:
    """The name of the record of one call."""
    plain = key if _PLAIN.fullmatch(key) else sha256(key.encode()).hexdigest()[:32]
    return f"{plain}-{verb}-{attempt}"


def open_record(path: Path, told: Spec) -> int:
    """Begin a record with what is asked for: the descriptor, locked. Raises ProviderError.

    What a settled call of the same name left goes. Durable is it only with `keep_name` and what the parent writes.
    """
    try:
        _make_folder(path.parent)
        _clear(path)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        try:
            with suppress(OSError):  # where there are no locks, the process itself is looked for
                fcntl.flock(descriptor, fcntl.LOCK_EX)  # whoever only looks has it for an instant
            write_all(descriptor, json.dumps({"form": FORM, **told}).encode() + b"\n")
        except OSError:
            os.close(descriptor)
            raise
    except OSError as error:
        raise from_os(error, f"beginning the record of the command, {FOLDER}/{path.name}") from error
    return descriptor


def keep_name(path: Path) -> None:
    """Make the name of a record survive a power loss. Raises ProviderError."""
    try:
        _sync_folder(path.parent)
    except OSError as error:
        raise from_os(error, f"writing {path.parent}") from error


def look(path: Path) -> Found:
    """What a record says now. Raises ProviderError where it cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return Found("none")
    except OSError as error:
        raise from_os(error, f"reading {path}") from error
    try:
        is_held = _is_held(descriptor)  # before it is read: what was let go has been written to its end
        lines = _lines(_all_of(descriptor))
        if is_held is None:
            is_held = _is_alive(lines)
            lines = lines if is_held else _lines(_all_of(descriptor))
    except OSError as error:
        raise from_os(error, f"reading {path}") from error
    finally:
        os.close(descriptor)
    return _found(lines, is_held)


def forget(path: Path) -> None:
    """Remove a record, if it is there. Never raises: a later one clears it away."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def sweep(folder: Path, keep: Iterable[str]) -> None:
    """Remove every record that nobody waits for any more, and that nobody holds. What is no record stays. Never raises."""
    kept = set(keep)
    with suppress(OSError):
        for path in [path for path in folder.iterdir() if path.name not in kept]:
            with suppress(ProviderError):
                if _is_record(path) and look(path).status != "running":
                    forget(path)


def _is_record(path: Path) -> bool:
    """Whether it begins as a record does, or as one whose first write was cut off."""
    try:
        with path.open("rb") as file:
            return _BEGIN.startswith(file.read(len(_BEGIN)))
    except OSError:
        return False


_BEGIN = b'{"form": '


def _found(lines: list[dict[str, Any]], is_held: bool) -> Found:
    asked, begun, ended, came_out = [*lines, {}, {}, {}, {}][:4]
    spec, pid, began = asked.get("spec"), int(begun.get("pid") or 0), int(begun.get("at") or 0)
    if is_held:
        return Found("running", spec, pid, began)
    if not begun:
        return Found("none", spec)
    if not ended or asked.get("form") != FORM:
        return Found("lost", spec, pid, began, rebooted=begun.get("boot") != boot_id())
    return Found("ended", spec, pid, began, _answer(ended, came_out.get("outputs")))


def _answer(ended: dict[str, Any], outputs: list[Any] | None) -> Answer:
    codes = tuple(ended["codes"])
    problem = (str(ended["problem"][0]), float(ended["problem"][1])) if ended["problem"] else None
    if outputs is None:
        return Answer(codes, None, problem)
    return answer_of(
        [(code, a2b_base64(out), a, a2b_base64(err), b) for code, (out, a, err, b) in zip(codes, outputs, strict=True)],
        problem,
    )


def answer_of(ended: Iterable[Sequence[Any]], problem: tuple[str, float] | None) -> Answer:
    """What a parent hands over."""
    told = tuple(Ended(code, text(out, out_size), text(err, err_size)) for code, out, out_size, err, err_size in ended)
    return Answer(tuple(each.code for each in told), told, problem)


def text(kept: bytes, size: int) -> str:
    """What came through a pipe, as text; bytes that are none are escaped, and a cut is marked."""
    said = kept.decode(errors="backslashreplace")
    return f"{said}\n[cut by Reign: the first 1 MiB of {size} bytes]" if size > KEPT_BYTES else said


def _lines(data: bytes) -> list[dict[str, Any]]:
    """The whole lines, up to the first that is none."""
    lines: list[dict[str, Any]] = []
    for line in data.split(b"\n")[:-1]:
        try:
            read = json.loads(line)
        except ValueError:
            break
        if not isinstance(read, dict):
            break
        lines.append(read)
    return lines


def _all_of(descriptor: int) -> bytes:
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(os.dup(descriptor), "rb") as file:
        return file.read(_LARGEST_BYTES)


def _is_alive(lines: list[dict[str, Any]]) -> bool:
    """Whether the process that has begun is there still, by what it said of itself."""
    begun = lines[1] if len(lines) > 1 else {}
    return (
        bool(begun) and begun.get("boot") == boot_id() and begun.get("start") == start_of(str(begun.get("pid"))) != ""
    )


def _is_held(descriptor: int) -> bool | None:
    """Whether somebody holds the lock; None where the file system has none."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    return False


def _clear(path: Path) -> None:
    found = look(path)
    if found.status == "running":
        raise ProviderError(
            ErrorKind.CONFLICT,
            "It still runs",
            f"The same command was begun before and still runs, as process {found.pid}.",
            "Wait until it has ended.",
        )
    forget(path)


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)
