"""docs/commands.md: every command with its help, its usage and its options."""

import inspect
import re
import textwrap
from collections.abc import Iterator

import click

from reign.cli.arguments import GLOBALS, MaybeValue, global_options
from tests.docs import sources
from tests.docs.blocks import Blocks

GROUPS = {
    "init": "Write",
    "plan": "Plan and apply",
    "state": "State",
    "runs": "History",
    "version": "The rest",
}
"""Where a group begins, in the order of `reign --help`."""

_LITERAL = re.compile(
    r"(?<![\w`./-])(?:-o json|--?[a-zA-Z][a-z-]*(?:=[\w,]+)?|\.reign\b/?|reign(?:\.\w+)?\.yaml|settings(?:\.\w+)+"
    r"|(?:REIGN|NO)_[A-Z_]+|[a-z][\w.]*\[[^]]+\])(?![\w-])"
    r"|(?<!\S)[\w:[\]-]*\[[^\s`]*[^\s`.,;)]"  # a form with parts that may be left out, as NAME[:ALIAS]
)
WIDTH = 130
_PAGE = re.compile(r"docs/(([\w-]+)\.md(?:#[\w-]+)?)")
_CODE = re.compile(r"(`[^`]*`)")


def commands() -> Blocks:
    """A block for the options of every command, and one for each command."""
    texts = {"every command": _shared()}
    group = ""
    for name, command in sources.commands().items():
        begins = GROUPS.get(name.split()[1], group)
        texts[name] = _section(name, command, "" if begins == group else begins)
        group = begins
    return Blocks("the help of the commands, reign/cli", texts)


def _shared() -> str:
    head = "## Options of every command\n\nBefore the command's name, or after it."
    return f"{head}\n\n{_table(global_options())}"


def _section(name: str, command: click.Command, group: str) -> str:
    own = [param for param in command.params if isinstance(param, click.Option) and param.name not in GLOBALS]
    parts = [f"## {group}"] if group else []
    parts += [f"### {name}", *_usage(name, command), *_paragraphs(command.help or "")]
    return "\n\n".join([*parts, _table(own)] if own else parts)


def _usage(name: str, command: click.Command) -> list[str]:
    """The command with its arguments, where it has any."""
    context = click.Context(command, info_name=name)
    arguments = [param.make_metavar(context) for param in command.params if isinstance(param, click.Argument)]
    return [f"`{' '.join([name, *arguments])}`"] if arguments else []


def _paragraphs(text: str) -> Iterator[str]:
    """A docstring's paragraphs as Markdown. One after `\\b` is laid out by hand."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b"):
            yield f"```text\n{paragraph.removeprefix(chr(8)).strip(chr(10))}\n```"
        else:
            yield textwrap.fill(
                marked(" ".join(paragraph.split())), WIDTH, break_long_words=False, break_on_hyphens=False
            )


def marked(text: str) -> str:
    """What a terminal shows, with ticks around options and files, and pages as links."""
    parts = _CODE.split(text)
    return "".join(part if part.startswith("`") else _ticked(part) for part in parts)


def _ticked(text: str) -> str:
    ticked = _LITERAL.sub(lambda found: f"`{found[0]}`", text).replace("<", "&lt;")
    return _PAGE.sub(r"[\2](\1)", ticked)


def _table(options: list[click.Option]) -> str:
    rows = [f"| {_spelled(option)} | {_meaning(option)} |" for option in options]
    return "\n".join(["| option | meaning |", "|---|---|", *rows])


def _spelled(option: click.Option) -> str:
    *short, long = sorted(option.opts, key=len)
    value = "" if option.is_flag else (option.metavar or (option.name or "").upper())
    if isinstance(option.type, click.Choice) and not option.metavar:
        value = "FORM"
    told = f"`{long}[={value}]`" if isinstance(option, MaybeValue) else f"`{long} {value}`".replace(" `", "`")
    return ", ".join([told, *(f"`{name}`" for name in short)])


def _meaning(option: click.Option) -> str:
    told = marked(" ".join((option.help or "").split()))
    if isinstance(option.type, click.Choice):
        told = f"{', '.join(f'`{choice}`' for choice in option.type.choices)}: {told[:1].lower()}{told[1:]}"
    return told
