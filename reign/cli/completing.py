"""What a shell may put next: found from the words so far, without running anything, and silent about all that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Literal

import click

from reign.cli.arguments import GLOBALS, MaybeValue
from reign.cli.gate import WORDS
from reign.cli.session import Session

Kind = Literal["names", "files", "folders"]

VALUES = {
    "address": "address",
    "addresses": "address",
    "source": "address",
    "destination": "address",
    "target": "address",
    "exclude": "address",
    "replace": "address",
    "name": "output",
    "run": "run",
    "checkpoint": "checkpoint",
    "before": "point",
    "after": "point",
    "to": "point",
    "type": "type",
    "type_": "type",
    "env": "env",
}
"""What the value of a parameter names, by the parameter's name."""


@dataclass(frozen=True, slots=True)
class Next:
    """What may come next. `kind` files and folders: the shell knows those. `words` are whole values, with a line of help or none.

    `head` is what stands before the value in its word (`--target=`). `is_open`: the word does not end here.
    """

    words: Sequence[tuple[str, str]] = ()
    kind: Kind = "names"
    head: str = ""
    is_open: bool = False


@dataclass(slots=True)
class _Read:
    """The words before the one that is completed."""

    command: click.Command
    context: click.Context
    awaiting: click.Option | None = None
    arguments: int = 0
    is_over: bool = False
    given: dict[str, list[str]] = field(default_factory=dict)


def following(cli: click.Group, session: Session, words: Sequence[str], begun: str) -> Next:
    """What may follow `words`, where of the next word `begun` is there."""
    read = _read(cli, words)
    for name in ("folder", "env"):
        if read.given.get(name):
            setattr(session, name, read.given[name][-1])
    if read.awaiting is not None:
        return _values(read.awaiting, session, begun)
    if begun.startswith("-") and not read.is_over:
        name, equals, value = begun.partition("=")
        if equals:
            option = _options(read.command).get(_spelled(name))
            found = Next() if option is None or option.is_flag else _values(option, session, value)
            return replace(found, head=f"{name}=")
        return _names_of_options(read, begun)
    if isinstance(read.command, click.Group):
        return _commands(read.command, read.context, begun)
    arguments = [param for param in read.command.params if isinstance(param, click.Argument)]
    place = min(read.arguments, len(arguments) - 1)
    if not arguments or (read.arguments > place and arguments[place].nargs != -1):
        return Next()
    return _values(arguments[place], session, begun)


def _read(cli: click.Group, words: Iterable[str]) -> _Read:
    read = _Read(cli, click.Context(cli, info_name="reign", resilient_parsing=True))
    for word in words:
        if read.awaiting is not None:
            read.given.setdefault(read.awaiting.name or "", []).append(word)
            read.awaiting = None
        elif word == "--":
            read.is_over = True
        elif word.startswith("-") and not read.is_over:
            name, equals, value = word.partition("=")
            option = _options(read.command).get(_spelled(name))
            if option is not None and equals:
                read.given.setdefault(option.name or "", []).append(value)
            elif option is not None and not option.is_flag and not isinstance(option, MaybeValue):
                read.awaiting = option
        elif isinstance(read.command, click.Group):
            below = read.command.get_command(read.context, word)
            if below is None:
                return _Read(click.Command("nothing"), read.context)
            read.command, read.context = below, click.Context(below, info_name=word, parent=read.context)
        else:
            read.arguments += 1
    return read


def _spelled(name: str) -> str:
    """The option as it is declared: `--out` for Terraform's `-out`."""
    return f"-{name}" if name.startswith("-") and not name.startswith("--") and len(name) > 2 else name


def _options(command: click.Command) -> dict[str, click.Option]:
    return {name: param for param in command.params if isinstance(param, click.Option) for name in param.opts}


def _names_of_options(read: _Read, begun: str) -> Next:
    """The long names; those of every command only when nothing else fits, or for two dashes and more."""
    dash = "-" if len(begun) > 1 and not begun.startswith("--") else "--"
    found: list[tuple[str, str]] = []
    shared: list[tuple[str, str]] = []
    for option in [param for param in read.command.params if isinstance(param, click.Option)]:
        if option.hidden or (read.given.get(option.name or "") and not option.multiple):
            continue
        name = dash + max(option.opts, key=len).lstrip("-")
        if name.startswith(begun):
            (shared if option.name in GLOBALS else found).append((name, _first(option.help or "")))
    if f"{dash}help".startswith(begun):
        shared.append((f"{dash}help", "Show this message and exit."))
    return Next([*found, *shared])


def _first(text: str) -> str:
    """The first sentence of a help."""
    return text.partition(". ")[0].removesuffix(".").replace("\n", " ")


def _commands(group: click.Group, context: click.Context, begun: str) -> Next:
    told = getattr(group, "told", None)
    names = told() if told else {name: _short(group, context, name) for name in group.list_commands(context)}
    return Next([(name, text) for name, text in names.items() if name.startswith(begun)])


def _short(group: click.Group, context: click.Context, name: str) -> str:
    command = group.get_command(context, name)
    return _first(command.get_short_help_str(200)) if command is not None else ""


def _values(param: click.Parameter, session: Session, begun: str) -> Next:
    if isinstance(param.type, click.Choice):
        return _fitting(param.type.choices, begun)
    shown = (param.metavar or "").strip("[].")
    if shown in ("FILE", "PATH"):
        return Next(kind="files")
    match shown:
        case "DIR":
            return Next(kind="folders")
        case "BOOL":
            return _fitting(("true", "false"), begun)
        case "ACTIONS":
            return _fitting(_actions(begun), begun, is_open=True)
        case "NAME=VALUE":
            return (
                Next()
                if "=" in begun
                else _fitting((f"{each}=" for each in _asked(session, "variable")), begun, is_open=True)
            )
    kind = VALUES.get(param.name or "")
    return _fitting(_asked(session, kind), begun) if kind else Next()


def _actions(begun: str) -> Iterator[str]:
    """The list of actions with one more."""
    head = begun[: begun.rfind(",") + 1]
    taken = head.split(",")
    return (f"{head}{word}" for word in WORDS if word not in taken)


def _asked(session: Session, kind: str) -> Sequence[str]:
    """The project's names of that kind; none where they cannot be read."""
    from reign.app.names import NAMES
    from reign.model.errors import ReignError

    ask: Callable[..., list[str]] = NAMES[kind]
    with suppress(ReignError, OSError, ValueError):
        return ask(session.where())
    return ()


def _fitting(names: Iterable[str], begun: str, *, is_open: bool = False) -> Next:
    return Next([(name, "") for name in names if name.startswith(begun)], is_open=is_open)
