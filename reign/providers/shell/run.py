"""Running one program that changes nothing, so that nobody needs to remember it: it ends with us, or is asked again."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass

from reign.model.errors import ErrorKind, ProviderError
from reign.providers.faults import from_os
from reign.providers.shell.program import KEPT_BYTES as KEPT_BYTES
from reign.providers.shell.program import Program, Stream, converse, end
from reign.providers.shell.record import Ended as Ended
from reign.providers.shell.record import text

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


def passed_on(environ: Mapping[str, str]) -> dict[str, str]:
    """What children get of the environment of Reign: a short list, so that no credential goes along unasked."""
    return {name: value for name, value in environ.items() if name in _PASSED_ON or name.startswith("LC_")}


def run(asked: Asked) -> Ended:
    """Run it to its end. Raises ProviderError: `timeout` after the whole process group was killed; `missing`, `denied`.

    What it left running in the background lives on; only its output is read no further.
    """
    until = time.monotonic() + asked.timeout_s
    process, program = _started(asked)
    out, err = Stream(), Stream()
    try:
        is_whole = converse(program, asked.stdin, out, err, until)
    except BaseException:
        end(program)
        raise
    else:
        if not is_whole:
            end(program)
            raise timed_out(asked.what, asked.timeout_s, text(bytes(err.kept), err.size))
    finally:
        process.returncode = program.code
        program.let_go()
    return Ended(program.code or 0, text(bytes(out.kept), out.size), text(bytes(err.kept), err.size))


def _started(asked: Asked) -> tuple[subprocess.Popen[bytes], Program]:
    theirs_in, feed = os.pipe() if asked.stdin else (os.open(os.devnull, os.O_RDONLY), -1)
    (out, theirs_out), (err, theirs_err) = os.pipe(), os.pipe()
    program = Program(0, feed, out, err)
    try:
        process = subprocess.Popen(
            asked.argv,
            stdin=theirs_in,
            stdout=theirs_out,
            stderr=theirs_err,
            cwd=asked.cwd,
            env=dict(asked.env),
            start_new_session=True,
        )
    except OSError as error:
        program.let_go()
        raise not_started(error, asked.argv[0], asked.what) from error
    finally:
        for descriptor in (theirs_in, theirs_out, theirs_err):
            os.close(descriptor)
    program.pid = process.pid
    return process, program


def not_started(error: OSError, program: str, what: str) -> ProviderError:
    """What is said of a program that the system does not start."""
    if isinstance(error, FileNotFoundError):
        return ProviderError(
            ErrorKind.MISSING,
            "Program not found",
            f"{what} needs {program}, and no such program is on the PATH.",
            f"Install {program}, or write its whole path.",
        )
    return from_os(error, f"starting {program}")


def timed_out(what: str, limit_s: float, stderr: str) -> ProviderError:
    """What is said of a program that was ended because its time was up."""
    return ProviderError(
        ErrorKind.TIMEOUT,
        "Command took too long",
        f"{what} was still running after {round(limit_s, 1):g} s and was ended, with all it had started. "
        f"{last_lines(stderr)}".strip(),
        "Give it a longer `timeout`, or find out what it waits for.",
    )


def last_lines(text: str, most: int = 10) -> str:
    """The end of what a program said, for a message."""
    lines = text.strip().splitlines()[-most:]
    return "Its last lines:\n" + "\n".join(f"  {line[:300]}" for line in lines) if lines else ""
