"""The specs of `shell.command`, `shell.script` and `data.shell.command`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema, model_validator
from pydantic import Field as Described

from reign.model.errors import InvalidSpec, Problem
from reign.model.schema import Exposure, Kind, Output, When
from reign.model.values import Path, Spec, Value
from reign.providers.shell.commands import (
    checked_command,
    given_command,
    plain_strings_of,
    strings_of,
    too_large,
)
from reign.providers.shell.quoting import quoted
from reign.providers.shell.syntax import Broken, broken
from reign.providers.spec import (
    OPAQUE,
    Duration,
    Mark,
    Model,
    PinnedFile,
    Reads,
    Types,
    TypeSpec,
    refuse,
)

_REPLACES = When(present=("delete",), absent=("update",))
"""What acts is an update by `update`; run again where there is no `delete`; else a replace (formats.md, Shell)."""
SHOWN = Exposure(
    "becomes part of a command line, which every user of the machine can read",
    "Hand it over through `env` or `stdin`, and let the command read it from there.",
)
ACTING = Mark(immutable_when=_REPLACES, observed=False)
ACTING_SHOWN = Mark(immutable_when=_REPLACES, observed=False, exposed=SHOWN)
RECORDED = Mark(recorded=True, observed=False)
RECORDED_SHOWN = Mark(recorded=True, observed=False, exposed=SHOWN)
DRIFTING = Mark(immutable_when=_REPLACES, computed=True)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHELLS_THAT_QUOTE = ("bash", "sh")
_COMMAND_SCHEMA = {
    "anyOf": [
        {"type": "string"},
        {"type": "array", "items": {"anyOf": [{"type": ["string", "number"]}, {"type": "array"}, {"type": "object"}]}},
    ]
}


def _argument(text: str) -> str:
    too_large(text, "An argument")
    return text


def _env(values: dict[str, Any]) -> dict[str, Any]:
    for name, value in values.items():
        if not _NAME.fullmatch(name) or name.startswith("REIGN_"):
            raise refuse(
                "shell/env-name",
                "Not a name for a variable",
                f"{name!r} is no name that `env` may hold: letters, digits and _, and nothing that begins with REIGN_.",
                "Rename it.",
            )
        if isinstance(value, str):
            too_large(value, f"The variable {name}")
    return values


def _folder(path: str) -> str:
    if "\0" in path or path.startswith(("/", "~")):
        raise refuse(
            "spec/path",
            "Path not allowed",
            f"`cwd` is {path!r}, and a command runs in a folder inside the root.",
            "Name the folder relative to the project folder.",
        )
    return path


Command = Annotated[Any, BeforeValidator(checked_command), Reads("command"), WithJsonSchema(_COMMAND_SCHEMA)]
Env = Annotated[dict[str, str] | None, AfterValidator(lambda values: values and _env(values))]
Cwd = Annotated[str | None, AfterValidator(lambda path: path and _folder(path))]
Shell = Literal["bash", "sh", "pwsh"]
IsSensitive = Annotated[
    bool | None,
    AfterValidator(lambda hides: hides or None),
    RECORDED,
    Described(description="What it prints is never shown: stdout, stderr and json are sensitive."),
]
"""Not set and false are the same, so that a condition can ask whether it is set."""


class _Common(Model):
    """What both types have; the fields that act stand in the types."""

    update: Annotated[Command, RECORDED_SHOWN, Described(description="Changes it, instead of a replace.")] = None
    delete: Annotated[Command, RECORDED_SHOWN, Described(description="Run when it is destroyed or replaced.")] = None
    read: Annotated[
        Command,
        RECORDED_SHOWN,
        Described(description="Tells whether it is there: exit code 0 for yes, 1 for no. The outputs come from it."),
    ] = None
    absent_codes: Annotated[
        list[Annotated[int, Described(ge=1, le=255)]] | None,
        RECORDED,
        Described(description="Exit codes of `read` that mean no, beside 1."),
    ] = None
    triggers: Annotated[dict[str, Any] | None, ACTING, Described(description="When one changes, it runs again.")] = None
    stdin: Annotated[str | None, ACTING, Described(description="What every command of it reads.")] = None
    env: Annotated[
        Env, ACTING, Described(description="Variables for the commands, beside the few that they get anyway.")
    ] = None
    cwd: Annotated[
        Cwd, ACTING_SHOWN, Described(description="Where the commands run; the project folder unless given.")
    ] = None
    shell: Annotated[Shell, ACTING_SHOWN, Described(description="What runs strings; lists run without a shell.")] = (
        "bash"
    )
    output: Annotated[Literal["text", "json"], RECORDED, Described(description="json: read `json` from stdout.")] = (
        "text"
    )
    sensitive_output: IsSensitive = None
    on_unknown: Annotated[
        Literal["ask", "again", "done"],
        RECORDED,
        Described(
            description="What is done about a command that was cut off: a person is asked, it runs again, or it counts as done."
        ),
    ] = "ask"
    drift: Annotated[
        str | None, DRIFTING, Described(description="With `read`: how what it prints is not what was recorded.")
    ] = None


class CommandSpec(_Common):
    """Commands of this machine: one that makes something, and those that change and remove it."""

    create: Annotated[
        Command,
        AfterValidator(given_command),
        ACTING_SHOWN,
        Described(description="A string for the shell, a list of words, or a chain."),
    ]
    timeout: Annotated[Duration, Described(gt=0, description="For each command."), RECORDED] = 30.0


class ScriptSpec(_Common):
    """A script of the project, and the commands that change and remove what it made."""

    script: Annotated[Command, ACTING_SHOWN, Described(description="The script itself.")] = None
    source: Annotated[PinnedFile | None, ACTING, Described(description="The file that holds it.")] = None
    interpreter: Annotated[
        str, ACTING_SHOWN, Described(min_length=1, description="`python` is the one that Reign runs under.")
    ] = "bash"
    args: Annotated[
        list[Annotated[str, AfterValidator(_argument)]] | None,
        ACTING_SHOWN,
        Described(description="What the script is given."),
    ] = None
    timeout: Annotated[Duration, Described(gt=0, description="For each command."), RECORDED] = 60.0

    @model_validator(mode="after")
    def _one_script(self) -> ScriptSpec:
        if (self.script is None) == (self.source is None):
            said = "both are given" if self.script is not None else "neither is given"
            raise refuse(
                "spec/one-of",
                "Exactly one is needed",
                f"Of script and source, exactly one is needed; {said}.",
                "Keep one.",
            )
        return self


class LookedUpCommandSpec(Model):
    """What a command of this machine says, which is run to be read and changes nothing."""

    read: Annotated[
        Command,
        AfterValidator(given_command),
        RECORDED_SHOWN,
        Described(description="What is run: exit code 0 for there, 1 for not there."),
    ]
    stdin: Annotated[str | None, Described(description="What it reads.")] = None
    env: Annotated[Env, Described(description="Variables for it, beside the few that it gets anyway.")] = None
    cwd: Annotated[
        Cwd, Mark(exposed=SHOWN), Described(description="Where it runs; the project folder unless given.")
    ] = None
    shell: Annotated[Shell, Mark(exposed=SHOWN), Described(description="What runs strings.")] = "bash"
    timeout: Annotated[Duration, Described(gt=0, description="For each command.")] = 30.0
    output: Annotated[Literal["text", "json"], Described(description="json: read `json` from stdout.")] = "text"
    sensitive_output: IsSensitive = None


class CommandType(TypeSpec):
    """`shell.command`: no value may stand where a shell would read it as code."""

    def normalize(self, spec: Spec) -> Spec:
        """See `TypeSpec`."""
        names = [name for name in ("create", "read", "update", "delete") if name in self.model.model_fields]
        checked = _with_more(super().normalize, spec, _misplaced(spec, names, spec.get("shell")))
        return _as_recorded(checked) if "drift" in self.model.model_fields else checked


class ScriptType(TypeSpec):
    """`shell.script`: the same for its commands, and a script takes values as arguments or variables alone."""

    def normalize(self, spec: Spec) -> Spec:
        """See `TypeSpec`."""
        script, interpreter = spec.get("script"), spec.get("interpreter", "bash")
        found = _misplaced(spec, ("read", "update", "delete"), spec.get("shell"))
        if isinstance(script, list):
            detail = "A script is one text, and here stands a list."
            found.append(Problem(("script",), "spec/wrong-type", "Wrong type", detail, fix="Write it as one text."))
        elif interpreter in _SHELLS_THAT_QUOTE:
            found += _misplaced(spec, ("script",), interpreter)
        elif not isinstance(interpreter, OPAQUE):
            found += _values_in_script(script, str(interpreter))
        return _as_recorded(_with_more(super().normalize, spec, found))


def _as_recorded(checked: Spec) -> Spec:
    """What is declared is that `read`, where there is one, prints what was recorded: no drift."""
    checked.pop("drift", None)
    return {**checked, "drift": None} if checked.get("read") is not None else checked


def _with_more(normalize: Callable[[Spec], Spec], spec: Spec, found: list[Problem]) -> Spec:
    """What `normalize` makes of `spec`; where either finds problems, all of them are told."""
    try:
        checked = normalize(spec)
    except InvalidSpec as error:
        raise InvalidSpec((*error.problems, *found)) from None
    if found:
        raise InvalidSpec(found)
    return checked


def _misplaced(spec: Spec, names: Iterable[str], shell: Value) -> list[Problem]:
    """What is wrong with the places of values in the shell strings of these fields, and with their syntax."""
    if isinstance(shell, OPAQUE):
        return []
    found: list[Problem] = []
    for name in names:
        for place, text in strings_of(spec.get(name)):
            found += _problems_of(text, "pwsh" if shell == "pwsh" else "bash", (name, *place))
        for place, text in plain_strings_of(spec.get(name)):
            if shell != "pwsh" and (wrong := broken(text)):
                found.append(_unreadable(wrong, (name, *place)))
    return found


def _unreadable(wrong: Broken, path: Path) -> Problem:
    return Problem(
        path,
        "shell/syntax",
        "Command that no shell can read",
        f"On line {wrong.line} of it, {wrong.why[0].lower()}{wrong.why[1:]}.",
        fix="Correct the command.",
    )


def _problems_of(text: str, shell: str, path: Path) -> list[Problem]:
    return [
        Problem(
            path,
            "shell/value-as-code",
            "Value where the shell would not take it as one",
            f"The value number {refusal.name.removeprefix('REIGN_')} of this command {refusal.why}."
            if refusal.name
            else f"A value {refusal.why}.",
            fix=refusal.fix,
        )
        for refusal in quoted(text, shell).refusals
    ]


def _values_in_script(script: Value, interpreter: str) -> list[Problem]:
    if not isinstance(script, dict):
        return []
    detail = f"${{...}} stands in a script for {interpreter}, which would read the value as code of its own."
    fix = "Hand the value over through `args` or `env`, and read it there (sys.argv, os.environ)."
    return [Problem(("script",), "shell/value-as-code", "Value inside a script", detail, fix=fix)]


_HIDDEN = When(present=("sensitive_output",))
_OUTPUTS = {
    "stdout": Output(
        Kind("string"), None, sensitive_when=_HIDDEN, description="What it printed, one line break at the end removed."
    ),
    "stderr": Output(Kind("string"), None, sensitive_when=_HIDDEN, description="What it printed as errors, likewise."),
    "exit_code": Output(Kind("integer"), description="0: anything else is a failure."),
    "json": Output(
        Kind(),
        None,
        sensitive_when=_HIDDEN,
        made_from="stdout",
        description="stdout read as JSON, with `output: json`; else null.",
    ),
}
"""Whatever makes a command run again may change what it prints."""
_READ = When(present=("read",))
_UNDONE_BY_NOTHING = When(absent=("delete",))


def shell_types() -> Types:
    """The types of the provider `shell`. They carry no mark, and without `read` leave nothing that could be looked at."""
    return Types(
        CommandType(
            "shell.command",
            CommandSpec,
            _OUTPUTS,
            marked=False,
            observable=False,
            observable_when=_READ,
            beneath=True,
            runs=("read",),
            recalls=True,
            stays=_UNDONE_BY_NOTHING,
        ),
        ScriptType(
            "shell.script",
            ScriptSpec,
            _OUTPUTS,
            marked=False,
            observable=False,
            observable_when=_READ,
            beneath=True,
            runs=("read",),
            recalls=True,
            stays=_UNDONE_BY_NOTHING,
        ),
        CommandType("data.shell.command", LookedUpCommandSpec, _OUTPUTS, marked=False, runs=("read",), data=True),
    )
