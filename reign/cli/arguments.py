"""How words become options: Terraform's single-dash spellings, values only after `=`, globals anywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from reign.cli.session import Session

C = TypeVar("C", bound=click.Command)

GLOBALS = frozenset({"folder", "env", "variables", "var_files", "no_color", "debug"})


class MaybeValue(click.Option):
    """An option whose value may be left out, and otherwise comes only after `=`. `bare` is what it then means."""

    def __init__(self, declarations: Sequence[str], bare: str, **settings: Any) -> None:
        super().__init__(declarations, **settings)
        self.bare = bare

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """`--name[=VALUE]`: the way it has to be written."""
        record = super().get_help_record(ctx)
        if record is None:
            return None
        return f"{self.opts[0]}[={self.make_metavar(ctx)}]", record[1]


def spelled(args: Sequence[str], params: Sequence[click.Parameter], whole: bool) -> list[str]:
    """`args` as click reads them: `-out=F` as `--out=F`, and a bare optional option with its meaning written out.

    `whole` is False for a group, whose own options end at the name of the command.
    """
    options = {name: param for param in params if isinstance(param, click.Option) for name in param.opts}
    found: list[str] = []
    rest = iter(args)
    for word in rest:
        if word == "--" or (not whole and not word.startswith("-")):
            return [*found, word, *rest]
        name, equals, value = word.partition("=")
        if len(name) > 2 and not name.startswith("--") and (f"-{name}" in options or word == "-help"):
            name = f"-{name}"
        option = options.get(name)
        if option is None:
            if not word:
                raise click.UsageError("An argument is empty. Was a variable of the shell meant that is not set?")
            found.append(f"{name}{equals}{value}")
        elif isinstance(option, MaybeValue) and not equals:
            found.append(f"{name}={option.bare}")
        else:
            found.append(f"{name}{equals}{value}")
            following = [] if option.is_flag or equals else [each for each in (next(rest, None),) if each is not None]
            if following == [""] or (equals and not value):
                said = f"{name} was given an empty value. Was a variable of the shell meant that is not set?"
                raise click.BadOptionUsage(name, said)
            found += following
    return found


def global_options() -> list[click.Option]:
    """The options that work before and after every command; each keeps its value in the Session."""
    return [
        _kept("folder", ["-C", "--chdir"], metavar="DIR", help="The project's folder; other paths start there."),
        _kept("env", ["--env"], metavar="NAME", help="The environment; also REIGN_ENV."),
        _kept("variables", ["--var"], metavar="NAME=VALUE", multiple=True, help="Set a variable. Repeatable."),
        _kept(
            "var_files",
            ["--var-file"],
            metavar="FILE",
            multiple=True,
            help="Set variables from a YAML file, name: value. Repeatable.",
        ),
        _kept("no_color", ["--no-color"], is_flag=True, help="No colours; also NO_COLOR."),
        _kept("debug", ["--debug"], is_flag=True, help="Show the traceback of an internal error."),
    ]


def _kept(name: str, spellings: list[str], **settings: Any) -> click.Option:
    def keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
        session = ctx.find_object(Session)
        if name == "folder" and value is not None and _is_no_folder(value):
            raise click.BadParameter(f"{value!r} is no folder.", ctx, param)
        if session is not None and value not in (None, (), False):
            session.keep(name, value)

    return click.Option([name, *spellings], expose_value=False, callback=keep, **settings)


def _is_no_folder(name: str) -> bool:
    """True of what is there and is something else; what is not there may still be made."""
    from pathlib import Path

    return Path(name).exists() and not Path(name).is_dir()


class Command(click.Command):
    """A command of ours. `streams` says that its `--json` is one JSON object a line."""

    def __init__(self, *args: Any, streams: bool = False, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.streams = streams
        self.params += global_options()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words; what goes wrong from here on is told in this command's way."""
        session = ctx.find_object(Session)
        if session is not None:
            session.streams = self.streams
        try:
            return super().parse_args(ctx, spelled(args, self.params, whole=True))
        except click.UsageError as error:  # the parser of options does not say whose they are
            error.ctx = error.ctx or ctx
            _name_variable(error, ctx)
            raise

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Our own options, then those of every command."""
        _write_options(self, ctx, formatter)


def _name_variable(error: click.UsageError, ctx: click.Context) -> None:
    """Where a value came from the environment, its variable is what to mend, and not the option."""
    param = error.param if isinstance(error, click.BadParameter) else None
    if param is not None and ctx.get_parameter_source(param.name or "") is ParameterSource.ENVIRONMENT:
        error.param_hint = f"{param.envvar} in the environment"  # type: ignore[attr-defined]


class Whole(click.ParamType[int]):
    """A whole number of at least `least`."""

    name = "whole number"

    def __init__(self, least: int) -> None:
        self.least = least

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Raises BadParameter."""
        try:
            number = int(value)
        except ValueError:
            number = self.least - 1
        if number < self.least:
            self.fail(f"{str(value)[:40]!r} is no whole number of at least {self.least}.", param, ctx)
        return number


class Group(click.Group):
    """A group of ours: what it says of globals, and where its own words end."""

    command_class = Command

    def __init__(self, name: str | None = None, **settings: Any) -> None:
        super().__init__(name, no_args_is_help=False, **settings)
        self.params += global_options()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words before the command's name."""
        return super().parse_args(ctx, spelled(args, self.params, whole=False))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands, then the options of every command."""
        self.format_commands(ctx, formatter)
        _write_options(self, ctx, formatter)


def _write_options(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    own: list[tuple[str, str]] = []
    shared: list[tuple[str, str]] = []
    for param in command.get_params(ctx):
        record = param.get_help_record(ctx)
        if record is not None:
            (shared if param.name in GLOBALS else own).append(record)
    for title, records in (("Options", own), ("Options of every command", shared)):
        if records:
            with formatter.section(title):
                formatter.write_dl(records)


def examples(*lines: str) -> Callable[[C], C]:
    """Put examples under a command's help."""

    def put(command: C) -> C:
        command.epilog = "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
        return command

    return put
