"""Reign as a process that can be killed, stopped and traced.

`warm` is a process forked from one that has loaded what commands load: it runs what `python -m reign` runs, without the
half second before. `cold` is `python -m reign` itself.
"""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

ENVIRON = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "LANG": "C.UTF-8",
    "REIGN_TRUST": "1",
    "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
}
PATIENCE_S = 90.0


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, or minus the signal that killed it."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> str:
        """The last of what it said."""
        return f"exit {self.code}: {(self.err.strip() or self.out.strip())[-1500:]}"


class Started:
    """A command that runs."""

    def __init__(self, pid: int, told: Path) -> None:
        self.pid, self.told = pid, told
        self._code: int | None = None

    def wait(self, patience_s: float = PATIENCE_S) -> Ended:
        """Wait for its end, which must come."""
        until = time.monotonic() + patience_s
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                self.kill()
                os.waitpid(self.pid, 0)
                raise AssertionError(f"it did not end within {patience_s:g} s")
            time.sleep(0.002)
        return Ended(code, self._read("out"), self._read("err"))

    def poll(self) -> int | None:
        """Its code, where it has ended."""
        if self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._code = os.waitstatus_to_exitcode(status) if pid else None
        return self._code

    def kill(self) -> None:
        """kill -9, if it is still there to be killed."""
        self.send(signal.SIGKILL)

    def send(self, number: int) -> None:
        """Send it a signal, while it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def said(self) -> str:
        """What it has said by now on stderr."""
        return self._read("err")

    def _read(self, name: str) -> str:
        return (self.told / name).read_text(encoding="utf-8", errors="backslashreplace")


def start(folder: Path, *words: str, told: Path | None = None, held: bool = False, file_bytes: int = 0) -> Started:
    """A warm command in `folder`. `held`: it waits for SIGCONT before it begins; `file_bytes`: no file of it gets longer."""
    told = told or Path(tempfile.mkdtemp(dir=folder.parent, prefix="told-"))
    for name in ("out", "err"):
        (told / name).touch()
    pid = os.fork()
    if not pid:
        _run(folder, told, [*words], held, file_bytes)
    return Started(pid, told)


def _run(folder: Path, told: Path, words: list[str], held: bool, file_bytes: int) -> NoReturn:
    """What the forked process does."""
    code = 97
    try:
        for number, name in enumerate(("in", "out", "err")):
            descriptor = os.open(told / name if number else os.devnull, os.O_RDWR | os.O_APPEND)
            os.dup2(descriptor, number)
            os.close(descriptor)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        os.environ.clear()
        os.environ.update(ENVIRON)
        os.chdir(folder)
        if file_bytes:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
        if held:
            os.kill(os.getpid(), signal.SIGSTOP)
        from reign.cli.main import leave, run

        leave(run(words))
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else code
    except BaseException as error:  # noqa: BLE001 - as the interpreter would
        sys.excepthook(type(error), error, error.__traceback__)
        code = 1
    finally:
        os._exit(code)


def reign(folder: Path, *words: str, told: Path | None = None, file_bytes: int = 0) -> Ended:
    """A warm command, to its end."""
    started = start(folder, *words, told=told, file_bytes=file_bytes)
    try:
        return started.wait()
    finally:
        shutil.rmtree(started.told, ignore_errors=True)


def aside(function: Callable[..., Any], *values: Any) -> Any:
    """What `function` answers in a process of its own, which may open what must not stay open here."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reading)
        try:
            answer = function(*values), None
        except BaseException as error:  # noqa: BLE001 - it is told over there
            answer = None, f"{type(error).__name__}: {error}"
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(answer, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()
    os.waitpid(pid, 0)
    answer, failed = pickle.loads(data)
    if failed:
        raise AssertionError(failed)
    return answer


@dataclass(frozen=True)
class Traced:
    """How a command under strace ended, and its calls, as strace wrote them down."""

    ended: Ended
    calls: list[str]

    @property
    def is_killed(self) -> bool:
        """Whether it was killed."""
        return self.ended.code == -signal.SIGKILL

    @property
    def injected(self) -> int:
        """How many calls were made to fail."""
        return sum("(INJECTED)" in line for line in self.calls)

    def most(self) -> int:
        """The most calls that one of its threads made: `when=N` counts each thread for itself."""
        return max(self._begun().values(), default=0)

    def of_the_first(self) -> int:
        """How many calls its first thread made, which is the one that decides and writes the journal."""
        return self._begun()[self.calls[0].split()[0]] if self.calls else 0

    def _begun(self) -> Counter[str]:
        return Counter(line.split()[0] for line in self.calls if re.match(r"\d+ +\w+\(", line))


def traced(folder: Path, words: Sequence[str], *options: str, cold: bool = False) -> Traced:
    """A command under strace with `options`, to its end."""
    told = Path(tempfile.mkdtemp(dir=folder.parent, prefix="told-"))
    try:
        ended = (_traced_cold if cold else _traced_warm)(folder, words, told, options)
        lines = (told / "calls").read_text(errors="backslashreplace").splitlines() if (told / "calls").exists() else []
        return Traced(ended, lines)
    finally:
        shutil.rmtree(told, ignore_errors=True)


def _traced_cold(folder: Path, words: Sequence[str], told: Path, options: Sequence[str]) -> Ended:
    strace = ["strace", "-f", "-qq", "-o", str(told / "calls"), *options]
    ran = subprocess.run(
        [*strace, sys.executable, "-m", "reign", *words],
        cwd=folder, env=ENVIRON, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    return Ended(ran.returncode, ran.stdout, ran.stderr)


def _traced_warm(folder: Path, words: Sequence[str], told: Path, options: Sequence[str]) -> Ended:
    started = start(folder, *words, told=told, held=True)
    os.waitpid(started.pid, os.WUNTRACED)
    command = ["strace", "-f", "-qq", "-o", str(told / "calls"), *options, "-p", str(started.pid)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as strace:
        until = time.monotonic() + PATIENCE_S
        while not _is_traced(started.pid):
            if strace.poll() is not None or time.monotonic() > until:
                started.kill()
                started.wait()
                raise AssertionError(f"strace could not attach: {strace.stderr.read() if strace.stderr else ''}")
            time.sleep(0.001)
        started.send(signal.SIGCONT)
        return started.wait()


def _is_traced(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    return "TracerPid:\t0\n" not in status


def warm_up() -> None:
    """Load what commands load, without running one here: a forked process tells what it came to load."""
    gc.set_threshold(500_000)
    for name in [*aside(_loaded), "reign.providers.docker.api"]:
        try:
            importlib.import_module(name)
        except ImportError:  # parts of what is compiled, which are no modules of their own
            continue


LIFE = """\
version: 1
project: p
resources:
  v: {type: value, spec: {value: 1}}
  d: {type: local.directory, spec: {path: out}}
  f: {type: local.file, spec: {path: "${resources.d.path}/f", content: x}}
  s: {type: shell.command, spec: {create: [sh, -c, ":"], delete: [sh, -c, ":"]}}
  o: {type: outside.thing, spec: {name: x}}
"""


def _loaded() -> list[str]:
    from reign.cli.main import run

    with tempfile.TemporaryDirectory() as scratch:
        silent = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(silent, number)
        os.environ.clear()
        os.environ.update(ENVIRON)
        os.chdir(scratch)
        Path("reign.yaml").write_text(LIFE)
        for words in (
            "apply --auto-approve --exclude o",
            "plan",
            "sql FROM(runs)",
            "destroy --auto-approve",
            "doctor",
            "plan --out f",
        ):
            run(words.split())
        return [*sys.modules]
