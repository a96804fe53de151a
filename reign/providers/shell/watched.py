"""Running what changes something: under a parent that outlives us and keeps a record of how it ended (`record`)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from marshal import dumps, load
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO
from weakref import finalize

from reign.model.errors import ErrorKind, ProviderError
from reign.model.values import Spec
from reign.ports import say
from reign.providers.durable import write_all
from reign.providers.faults import from_os
from reign.providers.shell import parent
from reign.providers.shell.record import Answer, answer_of, keep_name, look, open_record
from reign.providers.shell.run import passed_on

_BEGIN = "import sys; sys.path.append(sys.argv[-2]); import parent; parent.main()"
_COMMAND = ("-I", "-S", "-E", "-c", _BEGIN, str(Path(parent.__file__).parent))


@dataclass(frozen=True, slots=True)
class Script:
    """A script that is written to a private folder for as long as it runs. `at`: where in the program its path goes."""

    at: int
    name: str
    data: bytes
    beneath: str


@dataclass(frozen=True, slots=True)
class Task:
    """Programs to run one by one, each with its variables, up to the first that fails.

    until: when all of it must have ended, on the monotonic clock. keeps: what comes out may be told while it runs, and
    written down as long as none of `hidden` is in it. told: what the record begins with.
    """

    programs: Sequence[tuple[tuple[str, ...], dict[str, str]]]
    cwd: str
    stdin: bytes
    timeout_s: float
    until: float
    keeps: bool
    hidden: frozenset[str]
    told: Spec
    script: Script | None = None

    def packed(self) -> bytes:
        """As the parent reads it, in bytes as the system has them."""
        script = self.script
        data = dumps(
            {
                "programs": [
                    ([os.fsencode(word) for word in argv], {os.fsencode(k): os.fsencode(v) for k, v in env.items()})
                    for argv, env in self.programs
                ],
                "cwd": os.fsencode(self.cwd),
                "stdin": self.stdin,
                "timeout_s": self.timeout_s,
                "until": self.until,
                "keeps": self.keeps,
                "hidden": [form.encode(errors="surrogatepass") for form in self.hidden] if self.keeps else [],
                "script": script and (script.at, os.fsencode(script.beneath), script.name.encode(), script.data),
            }
        )
        return len(data).to_bytes(8, "big") + data


class Nursery:
    """Where the parents of commands come from: one process, started with the first of them, that bears one for each.

    It ends with us, and they do not. Safe to use from many threads.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._line: socket.socket | None = None

    def bear(self, *descriptors: int) -> None:
        """A parent with these descriptors, and no other of ours: record, what is asked, the answer. Raises OSError."""
        with self._lock:
            if self._line is not None:
                with suppress(OSError):  # it was ended from outside
                    socket.send_fds(self._line, [b"."], descriptors)
                    return
                self._line.close()
            self._line = _started()
            finalize(self, self._line.close)
            socket.send_fds(self._line, [b"."], descriptors)

    def carry_out(self, task: Task, path: Path, what: str) -> Answer:
        """Run `task` with its record at `path`. Raises ProviderError: `is_lost` where nobody can tell how it ended."""
        packed = task.packed()
        record = open_record(path, task.told)
        (theirs, asking), (answers, answering) = os.pipe(), os.pipe()
        with os.fdopen(answers, "rb") as answer:
            try:
                self._born(record, theirs, answering)
                keep_name(path)
                with suppress(BrokenPipeError):  # it was ended: what it left says how far it came
                    write_all(asking, packed)
            finally:
                os.close(asking)
            try:
                return answer_of(*_last(answer))
            except (EOFError, ValueError, TypeError):
                return _by_record(path, what)

    def _born(self, *descriptors: int) -> None:
        """See `bear`. From then on the descriptors are the parent's alone. Raises ProviderError."""
        try:
            self.bear(*descriptors)
        except OSError as error:
            raise from_os(error, "starting the parent of a command") from error
        finally:
            for descriptor in descriptors:
                os.close(descriptor)


def _last(told: BinaryIO) -> tuple[Any, ...]:
    """What a parent says last. The lines before it are passed on. Raises EOFError where it was ended before."""
    while isinstance(part := load(told), bytes):  # noqa: S302 - from our own child
        for line in part.decode(errors="backslashreplace").splitlines():
            if line.strip():
                say(line)
    answer: tuple[Any, ...] = part
    return answer


def _started() -> socket.socket:
    """The line to a process that has a session of its own, and of ours this line alone."""
    ours, theirs = socket.socketpair()
    with theirs:
        words = (sys.executable, *_COMMAND, str(theirs.fileno()))
        nowhere = subprocess.DEVNULL
        subprocess.run(
            words,
            stdin=nowhere,
            stdout=nowhere,
            stderr=nowhere,
            cwd="/",
            env=passed_on(os.environ),
            start_new_session=True,
            pass_fds=(theirs.fileno(),),
            check=False,
        )
    return ours


def _by_record(path: Path, what: str) -> Answer:
    """What is known of a command whose parent was ended from outside."""
    found = look(path)
    if found.answer is not None:
        return found.answer
    if found.status == "none":
        raise ProviderError(
            ErrorKind.FAULT,
            "Command not begun",
            f"{what} was not begun: the process that was to watch over it was ended.",
            "Apply again.",
        )
    raise ProviderError(
        ErrorKind.FAULT,
        "Outcome unknown",
        f"{what} had begun when the process that watched over it was ended from outside, so nobody can tell how it ended.",
        "Look yourself.",
        is_lost=True,
    )
