"""Running one program: its own process group, a time limit, and outputs of bounded size."""

from __future__ import annotations

import errno
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO

from reign.model.errors import ErrorKind, ProviderError
from reign.providers.faults import from_os

KEPT_BYTES = 1 << 20
_CHUNK_BYTES = 1 << 16
_GRACE_S = 2.0
_LOOK_S = 0.05
_LINGER_S = 1.0
_PASSED_ON = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR", "CI")


@dataclass(frozen=True, slots=True)
class Asked:
    """One program to run. `what` names it in messages (`The create command`)."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str
    stdin: bytes
    timeout_s: float
    what: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended: an exit code, or minus the number of the signal that killed it."""

    code: int
    stdout: str
    stderr: str


@dataclass(slots=True)
class _Stream:
    """What came through one pipe: the first `KEPT_BYTES` of it, and how much there was."""

    kept: bytearray = field(default_factory=bytearray)
    size: int = 0

    def take(self, data: bytes) -> None:
        self.size += len(data)
        if len(self.kept) < KEPT_BYTES:
            self.kept += data[: KEPT_BYTES - len(self.kept)]

    def text(self) -> str:
        """As text; bytes that are none are escaped, and a cut is marked."""
        text = bytes(self.kept).decode(errors="backslashreplace")
        return f"{text}\n[cut by Reign: the first 1 MiB of {self.size} bytes]" if self.size > KEPT_BYTES else text


def passed_on(environ: Mapping[str, str]) -> dict[str, str]:
    """What children get of the environment of Reign: a short list, so that no credential goes along unasked."""
    return {name: value for name, value in environ.items() if name in _PASSED_ON or name.startswith("LC_")}


def run(asked: Asked) -> Ended:
    """Run it to its end. Raises ProviderError: `timeout` after the whole process group was killed; `missing`, `denied`.

    What it left running in the background lives on; only its output is read no further.
    """
    began = time.monotonic()
    with _started(asked) as process:
        out, err = _Stream(), _Stream()
        try:
            finished = _converse(
                process, asked.stdin, {process.stdout: out, process.stderr: err}, began + asked.timeout_s
            )
        except BaseException:
            _kill(process)
            raise
        if not finished:
            _kill(process)
            raise _timed_out(asked, err)
    return Ended(process.returncode, out.text(), err.text())


def _started(asked: Asked) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            asked.argv,
            stdin=subprocess.PIPE if asked.stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=asked.cwd,
            env=dict(asked.env),
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise ProviderError(
            ErrorKind.MISSING,
            "Program not found",
            f"{asked.what} needs {asked.argv[0]}, and no such program is on the PATH.",
            f"Install {asked.argv[0]}, or write its whole path.",
        ) from error
    except OSError as error:
        raise from_os(error, f"starting {asked.argv[0]}") from error


def _converse(
    process: subprocess.Popen[bytes], stdin: bytes, streams: Mapping[IO[bytes] | None, _Stream], until: float
) -> bool:
    """Feed and read it until it ends; False when `until` came first."""
    with selectors.DefaultSelector() as selector:
        for pipe in streams:
            selector.register(pipe, selectors.EVENT_READ) if pipe else None
        if process.stdin:
            os.set_blocking(process.stdin.fileno(), False)
            selector.register(process.stdin, selectors.EVENT_WRITE)
        left, ended = memoryview(stdin), until
        while selector.get_map():
            remaining = until - time.monotonic()
            if remaining <= 0:
                return False
            ready = selector.select(min(remaining, _LOOK_S))
            for key, _ in ready:
                if key.fileobj is process.stdin:
                    left = _feed(selector, process.stdin, left)
                else:
                    _read(selector, key, streams)
            if process.poll() is not None:
                ended = min(ended, time.monotonic())
                if not ready or time.monotonic() - ended > _LINGER_S:
                    return True  # it has ended, and something it started holds its pipes
    with suppress(subprocess.TimeoutExpired):
        process.wait(max(0.0, until - time.monotonic()))
    return process.returncode is not None


def _read(
    selector: selectors.BaseSelector, key: selectors.SelectorKey, streams: Mapping[IO[bytes] | None, _Stream]
) -> None:
    pipe = key.fileobj
    if data := os.read(key.fd, _CHUNK_BYTES):
        streams[pipe].take(data)  # type: ignore[index]
    else:
        selector.unregister(pipe)


def _feed(selector: selectors.BaseSelector, pipe: IO[bytes], left: memoryview) -> memoryview:
    """Write some; a program that reads no further is no error."""
    try:
        left = left[os.write(pipe.fileno(), left[:_CHUNK_BYTES]) :]
    except BlockingIOError:
        return left
    except BrokenPipeError:
        left = left[len(left) :]
    if not left:
        selector.unregister(pipe)
        pipe.close()
    return left


def _kill(process: subprocess.Popen[bytes]) -> None:
    """The whole group: asked first, then without asking."""
    _signal(process, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE_S)
    _signal(process, signal.SIGKILL)
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except OSError as error:
        if error.errno not in (errno.ESRCH, errno.EPERM):
            raise


def _timed_out(asked: Asked, err: _Stream) -> ProviderError:
    return ProviderError(
        ErrorKind.TIMEOUT,
        "Command took too long",
        f"{asked.what} was still running after {round(asked.timeout_s, 1):g} s and was ended, with all it had started. "
        f"{last_lines(err.text())}".strip(),
        "Give it a longer `timeout`, or find out what it waits for.",
    )


def last_lines(text: str, most: int = 10) -> str:
    """The end of what a program said, for a message."""
    lines = text.strip().splitlines()[-most:]
    return "Its last lines:\n" + "\n".join(f"  {line[:300]}" for line in lines) if lines else ""
