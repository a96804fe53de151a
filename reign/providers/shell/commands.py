"""A command as it is declared: a shell string, a list of words, or a list of commands run as a chain.

Canonical forms: text; `{"command": text, "with": {"REIGN_1": text}}` where values are put in; a list of words (all
text); a list of such commands. A list that holds a list or a map is a chain; a list of plain words is one command.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from reign.model.values import Path, Value
from reign.providers.shell.quoting import quoted
from reign.providers.spec import OPAQUE, refuse

LARGEST_BYTES = 128 * 1024 - 1
"""Linux takes no longer string, as an argument or as a variable with its name."""


@dataclass(frozen=True, slots=True)
class Words:
    """One program to run: its argument list and the variables that carry its values."""

    argv: tuple[str, ...]
    variables: dict[str, str] = field(default_factory=dict)


def checked_command(value: Any) -> Any:
    """The canonical form. Values that are not known stay. Raises PydanticCustomError."""
    match value:
        case None:
            return None
        case str():
            return _text(value)
        case {"command": str(text), "with": dict(values), **rest} if not rest:
            return {"command": _text(text), "with": {name: _value(item) for name, item in values.items()}}
        case []:
            raise _not_a_command("It is an empty list")
        case list() if any(isinstance(item, list | dict) for item in value):
            return [_chained(item) for item in value]
        case list():
            return [_word(item, at) for at, item in enumerate(value)]
    raise _not_a_command(f"It is {json.dumps(value, default=str)[:60]}")


def given_command(value: Any) -> Any:
    """A command that may not be left out. Raises PydanticCustomError."""
    if value is None:
        raise _not_a_command("It is null")
    return value


def _chained(item: Any) -> Any:
    if item is None or (isinstance(item, list) and any(isinstance(word, list | dict) for word in item)):
        raise _not_a_command("A chain holds commands, and a chain is none")
    return item if isinstance(item, OPAQUE) else checked_command(item)


def _not_a_command(said: str) -> Exception:
    return refuse(
        "shell/command",
        "Not a command",
        f"{said}; a command is a string for the shell, a list of words, or a list of commands that run one by one.",
        "Write it like `make all`, or like [make, all].",
    )


def _text(text: str) -> str:
    if not text.strip():
        raise _not_a_command("It is empty")
    too_large(text, "The command")
    return text


def _word(item: Any, at: int) -> Any:
    word = _value(item)
    if at == 0 and word == "":
        raise _not_a_command("The program has no name")
    return word


def _value(item: Any) -> Any:
    """A value as text, the way `${...}` inside text prints it."""
    if isinstance(item, OPAQUE):
        return item
    if item is None or isinstance(item, list | dict):
        what = {type(None): "null", list: "a list", dict: "a map"}[type(item)]
        raise refuse(
            "shell/not-text",
            "Not a text",
            f"A value of this command is {what}, and a command takes text and numbers.",
            'Make a text of it: `| json`, `| join(" ")`, or take one entry of it.',
        )
    text = item if isinstance(item, str) else json.dumps(item)
    too_large(text, "A value of the command")
    return text


def too_large(text: str, what: str) -> None:
    """Refuse what no program can be started with. Raises PydanticCustomError."""
    if "\0" in text:
        raise refuse("shell/nul", "NUL in a command", f"{what} holds a NUL character.", "Use `stdin` for bytes.")
    if len(text.encode(errors="surrogatepass")) > LARGEST_BYTES - 64:
        raise refuse(
            "shell/too-large",
            "Too large to hand over",
            f"{what} is over 128 KiB, and no system starts a program with that.",
            "Hand it over through `stdin`, or through a file.",
        )


def strings_of(command: Value) -> Iterator[tuple[Path, str]]:
    """Every shell string with values in it, with its place in the command, which need not be checked yet."""
    for place, item in enumerate(command) if isinstance(command, list) else [(None, command)]:
        if isinstance(item, dict) and isinstance(text := item.get("command"), str):
            yield () if place is None else (place,), text


def plain_strings_of(command: Value) -> Iterator[tuple[Path, str]]:
    """Every shell string without values in it, as `strings_of`."""
    if isinstance(command, str):
        yield (), command
    elif isinstance(command, list) and any(isinstance(item, list | dict) for item in command):
        yield from (((place,), item) for place, item in enumerate(command) if isinstance(item, str))


def programs(command: Value, shell: str) -> list[Words]:
    """What to run, in order, for a canonical command whose values are all known."""
    if isinstance(command, list) and any(isinstance(item, list | dict) for item in command):
        return [_program(item, shell) for item in command]
    return [_program(command, shell)]


def _program(command: Value, shell: str) -> Words:
    match command:
        case list():
            return Words(tuple(str(word) for word in command))
        case {"command": str(text), "with": dict(values)}:
            return Words(_in_shell(quoted(text, shell).text, shell), {name: str(item) for name, item in values.items()})
    return Words(_in_shell(str(command), shell))


def _in_shell(text: str, shell: str) -> tuple[str, ...]:
    return ("pwsh", "-NoProfile", "-NonInteractive", "-Command", text) if shell == "pwsh" else (shell, "-c", text)
