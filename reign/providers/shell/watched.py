"""Running what changes something: under a parent that outlives us and keeps a record of how it ended (`record`)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from marshal import dumps, loads
from pathlib import Path

from reign.model.errors import ErrorKind, ProviderError
from reign.model.values import Spec
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

    until: when all of it must have ended, on the monotonic clock. keeps: what comes out may be written down, as long as
    none of `hidden` is in it. told: what the record begins with.
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


def carry_out(task: Task, path: Path, what: str) -> Answer:
    """Run `task` with its record at `path`. Raises ProviderError: `is_lost` where nobody can tell how it ended."""
    packed = task.packed()
    descriptor = open_record(path, task.told)
    try:
        process = _parent(descriptor)
    finally:
        os.close(descriptor)
    with process:
        answered = _asked(process, packed, path)
    try:
        return answer_of(*loads(answered))  # noqa: S302 - from our own child
    except (EOFError, ValueError, TypeError):
        return _by_record(path, what)


def _parent(descriptor: int) -> subprocess.Popen[bytes]:
    """It has a session of its own, and of ours the record alone: it goes on without us."""
    try:
        return subprocess.Popen(
            (sys.executable, *_COMMAND, str(descriptor)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=passed_on(os.environ),
            start_new_session=True,
            pass_fds=(descriptor,),
        )
    except OSError as error:
        raise from_os(error, "starting the parent of a command") from error


def _asked(process: subprocess.Popen[bytes], packed: bytes, path: Path) -> bytes:
    """What the parent answers; empty where it was ended before it did."""
    keep_name(path)
    try:
        return process.communicate(packed)[0]
    except OSError as error:
        raise from_os(error, "talking to the parent of a command") from error


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
