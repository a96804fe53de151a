"""One field of a shell resource, run: its programs one by one, and what came out of them."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic_core import PydanticCustomError

from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Allowance
from reign.model.values import Spec, Value
from reign.ports import Call, Connection, Site
from reign.providers.faults import from_os
from reign.providers.shell.commands import Words, checked_command, given_command, programs, strings_of
from reign.providers.shell.quoting import quoted
from reign.providers.shell.record import Answer, path_of
from reign.providers.shell.run import Asked, Ended, last_lines, not_started, passed_on, run, timed_out
from reign.providers.shell.safety.concerns import concerns, refuse
from reign.providers.shell.watched import Nursery, Script, Task
from reign.providers.sources import pinned_file

ABSENT = 1
"""The exit code by which `read` says that nothing is there."""


_READ_FIX = "Let it exit with 0 where it is there, and with 1 or a code of `absent_codes` where it is not."


def perform(
    name: str, verb: str, of: str, spec: Spec, call: Call, nursery: Nursery, hidden: frozenset[str]
) -> list[Ended]:
    """Run the field `name` of a normalised spec: each of its programs, until one fails. Raises ProviderError.

    It runs under a parent, with a record of `verb`. `of` says in messages whose it is. hidden: texts that are not written
    down.
    """
    what, until = what_is(name, of), time.monotonic() + call.deadline_s
    words, script = _programs(name, spec, call.site)
    told: Spec = {"of": of, "verb": verb} if call.is_private else {"of": of, "verb": verb, "spec": spec}
    task = Task(
        programs=[(each.argv, _env(each, spec)) for each in words],
        cwd=_cwd(spec, call.site),
        stdin=_stdin(spec),
        timeout_s=_timeout_s(spec),
        until=until,
        keeps=not call.is_private,
        hidden=hidden,
        told=told,
        script=script,
    )
    answer = nursery.carry_out(task, path_of(call.site, call.key, verb, call.attempt), what)
    if error := wrong(answer, what, [each.argv[0] for each in words]):
        raise error
    return list(answer.ended or ())


def wrong(answer: Answer, what: str, programs: Sequence[str]) -> ProviderError | None:
    """What is said of programs that did not all end well; None where they did. `programs`: their names, as far as known."""
    if answer.problem is not None:
        return _kept_from(answer, what, programs)
    if answer.codes and answer.codes[-1] != 0:
        last = answer.ended[-1] if answer.ended else Ended(answer.codes[-1], "", "")
        return _failed(last, what)
    return None


def _kept_from(answer: Answer, what: str, programs: Sequence[str]) -> ProviderError:
    stage, number = answer.problem or ("", 0)
    if stage in ("timeout", "late"):
        return timed_out(what, number, answer.ended[-1].stderr if answer.ended else "")
    error = OSError(int(number), os.strerror(int(number)))
    if stage == "start":
        return not_started(error, next(iter(programs[len(answer.codes) :]), "a program"), what)
    doing = {"cwd": "entering its folder", "script": "writing the script to a temporary folder"}
    return from_os(error, doing.get(stage, "writing the record of the command"))


def read_back(of: str, spec: Spec, call: Call) -> list[Ended] | None:
    """Run `read` of a normalised spec; None where it says that nothing is there. Raises ProviderError."""
    what = what_is("read", of)
    done = _run_all("read", what, spec, call)
    codes = spec.get("absent_codes")
    if done[-1].code == ABSENT or (isinstance(codes, list) and done[-1].code in codes):
        return None
    if done[-1].code != 0:
        raise _failed(done[-1], what, _READ_FIX)
    return done


def say(
    command: Value, site: Site, what: str, timeout_s: float, shell: str = "bash", allow: Sequence[Allowance] = ()
) -> Ended:
    """Run a command that is no part of a resource, in the project folder: the last of its programs, or the one that fails.

    `stdout` is that of all of them. `what` names it in messages (`The command of secret db`). Raises ProviderError.
    """
    try:
        checked = given_command(checked_command(command))
    except PydanticCustomError as error:
        said = error.context or {}
        raise ProviderError(ErrorKind.INVALID, said["summary"], f"{what}: {said['detail']}", said["fix"]) from None
    for _, text in strings_of(checked):
        for refusal in quoted(text, shell).refusals:
            detail = f"{what} holds a value that {refusal.why}."
            raise ProviderError(
                ErrorKind.INVALID, "Value where the shell would not take it as one", detail, refusal.fix
            )
    spec: Spec = {"command": checked, "shell": shell, "timeout": timeout_s}
    refuse(concerns(spec, site, ("command",)), allow, what)
    site_call = Call("", Connection("shell"), site, deadline_s=timeout_s)
    done = _run_all("command", what, spec, site_call)
    return replace(done[-1], stdout="".join(ended.stdout for ended in done))


def what_is(name: str, of: str) -> str:
    """The field of a resource, in messages."""
    return f"The {'script' if name == 'script' else f'{name} command'} of {of}"


def _run_all(name: str, what: str, spec: Spec, call: Call) -> list[Ended]:
    """The programs of a field that changes nothing one by one, up to the first that fails."""
    until = time.monotonic() + call.deadline_s
    cwd = _cwd(spec, call.site)
    done: list[Ended] = []
    for words in programs(spec[name], str(spec["shell"])):
        limit_s = min(_timeout_s(spec), max(0.0, until - time.monotonic()))
        done.append(run(Asked(words.argv, _env(words, spec), cwd, _stdin(spec), limit_s, what)))
        if done[-1].code != 0:
            break
    return done


def _env(words: Words, spec: Spec) -> dict[str, str]:
    declared = spec.get("env") or {}
    env = {**passed_on(os.environ), **(declared if isinstance(declared, dict) else {}), **words.variables}
    return {key: str(value) for key, value in env.items()}


def _stdin(spec: Spec) -> bytes:
    return str(spec.get("stdin") or "").encode()


def _timeout_s(spec: Spec) -> float:
    return float(str(spec["timeout"]))


def _cwd(spec: Spec, site: Site) -> str:
    root = Path(site.root).resolve()
    found = Path(site.folder, str(spec.get("cwd") or ".")).resolve()
    if not found.is_relative_to(root) or not found.is_dir():
        why = "is no folder" if found.is_relative_to(root) else f"leads out of {root}"
        raise ProviderError(
            ErrorKind.INVALID,
            "Command has nowhere to run",
            f"`cwd` is {spec.get('cwd')}, which {why}.",
            "Name a folder inside the root, relative to the project folder.",
        )
    return str(found)


def _programs(name: str, spec: Spec, site: Site) -> tuple[list[Words], Script | None]:
    """What to run, and the script among it that is to be written to a folder of its own first."""
    if name != "script":
        return programs(spec[name], str(spec["shell"])), None
    interpreter, args = str(spec["interpreter"]), spec.get("args") or []
    start = (sys.executable if interpreter == "python" else interpreter,)
    end = tuple(str(arg) for arg in args) if isinstance(args, list) else ()
    match spec:
        case {"source": {"path": str(path), "sha256": str(sha256)}}:
            return [Words((*start, str(pinned_file(path, sha256, site)), *end))], None
    data, variables = _inline(spec["script"], interpreter)
    name = "script.ps1" if interpreter == "pwsh" else "script"
    return [Words((*start, name, *end), variables)], Script(len(start), name, data, tempfile.gettempdir())


def _inline(script: Value, interpreter: str) -> tuple[bytes, dict[str, str]]:
    """The script as it is written, and the variables that carry its values."""
    text, values = (script["command"], script["with"]) if isinstance(script, dict) else (script, {})
    data = (quoted(str(text), interpreter).text if values else str(text)).encode()
    return data, {key: str(value) for key, value in values.items()} if isinstance(values, dict) else {}


def _failed(ended: Ended, what: str, fix: str = "Run it by hand in the same folder to see more.") -> ProviderError:
    said = last_lines(ended.stderr) or last_lines(ended.stdout)
    how = f"was killed by signal {-ended.code}" if ended.code < 0 else f"ended with exit code {ended.code}"
    kind = {126: ErrorKind.DENIED, 127: ErrorKind.MISSING}.get(ended.code, ErrorKind.FAULT)
    return ProviderError(kind, "Command failed", f"{what} {how}. {said}".strip(), fix)


def texts_of(done: Sequence[Ended]) -> Spec:
    """What programs that succeeded printed, as outputs; JSON is not read."""
    stdout, stderr = ("".join(getattr(ended, name) for ended in done) for name in ("stdout", "stderr"))
    return {
        "stdout": stdout.removesuffix("\n"),
        "stderr": stderr.removesuffix("\n"),
        "exit_code": done[-1].code if done else 0,
        "json": None,
    }


def outputs_of(done: Sequence[Ended], spec: Spec) -> Spec:
    """The outputs of programs that succeeded. Raises ProviderError `invalid` where they are to be JSON and are not."""
    outputs = texts_of(done)
    if spec.get("output") == "json":
        try:
            outputs["json"] = json.loads(str(outputs["stdout"]), parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise ProviderError(
                ErrorKind.INVALID,
                "Output is not JSON",
                f"The command succeeded, and what it printed is not JSON: {error}.",
                "Print JSON alone on stdout, or set `output: text`.",
            ) from None
    return outputs


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
