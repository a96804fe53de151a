"""The commands, and the only table of exit codes."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from functools import partial
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

import click

from reign.cli.arguments import Group
from reign.cli.session import Session, Unheard, drain, wants_json

if TYPE_CHECKING:
    from reign.model.errors import ReignError
    from reign.model.finding import Finding


class Exit(IntEnum):
    """What a process ends with; docs/exit-codes.md is written from what stands below each."""

    DONE = 0
    """Done. For `plan --detailed-exitcode` and `drift`: nothing differs."""
    ERROR = 1
    """An error; also wrong usage, or an error finding that kept a plan from being made."""
    DIFFERS = 2
    """`plan --detailed-exitcode`: there is a change other than a read, a changed output, or drift. `drift`: something was
    changed outside of Reign. `sql --assert`: the assertion is false. `fmt --check`: a file would change."""
    OVER_THRESHOLD = 3
    """More findings about a plan that was made than `settings.findings_thresholds` tolerates: `validate`, `plan`, and
    `apply` before it begins. `doctor`: something is damaged."""
    REFUSED = 4
    """Refused before anything was done: no approval, a protected resource, a folder that is not trusted, a check of
    severity `error` that fails, more destroys than `--max-destroy`, or no terminal to ask on and no approval given."""
    LOCKED = 5
    """Somebody else holds the lock. The message names the process, its host, its command and since when."""
    STALE = 6
    """The plan file is stale, foreign, cut or edited, or reality has changed since it was made."""
    PARTLY = 7
    """The apply came to its end, and operations failed or were skipped; or checks fail after it, one with severity
    `error` or more than are tolerated."""
    CANCELLED = 8
    """Cancelled: any answer but `yes`, or SIGTERM."""
    INTERRUPTED = 130
    """Interrupted with Ctrl-C."""


_COMPLETES = "_REIGN_COMPLETE"
"""Set by the completion script of a shell, to the shell's name."""

PRECEDENCE = (130, 8, 5, 6, 1, 4, 3, 7, 2, 0)
"""Where several hold, the first of these."""

CODES = {
    "Cancelled": Exit.CANCELLED,
    "Locked": Exit.LOCKED,
    "Stale": Exit.STALE,
    "Failed": Exit.ERROR,
    "Refused": Exit.REFUSED,
    "OverThreshold": Exit.OVER_THRESHOLD,
    "ReignError": Exit.ERROR,
}
"""What each class of `reign.model.errors` becomes, by its name: the help of a command loads none of them."""

COMMANDS = {
    "init": "Start a project in this folder",
    "validate": "Check the project's files",
    "fmt": "Write the project's files in one way",
    "schema": "Print the JSON Schema of a type, or of reign.yaml",
    "config": "Show what the project's files say together",
    "graph": "Show what waits for what",
    "console": "Try expressions out on the project",
    "trust": "Trust the project's folder",
    "plan": "Show what apply would change",
    "show": "Show a plan file, or the state",
    "apply": "Carry out a plan",
    "destroy": "Destroy everything that the project made",
    "output": "Show the outputs",
    "state": "Look at the state, change it by hand",
    "import": "Take over what exists already",
    "drift": "Show what was changed outside of Reign",
    "checkpoint": "Name points of the state to go back to",
    "rollback": "Go back to an earlier point of the state",
    "force-unlock": "Take the lock from a machine that is gone",
    "logs": "Show what something wrote",
    "inspect": "Show how its system describes something",
    "doctor": "Look whether the state is in order, mend it",
    "runs": "Look at runs, go on with one",
    "timeline": "What happened, in order",
    "stats": "How often, how long, how well",
    "history": "Remove what is too old of the history",
    "sql": "Ask state and history in SQL",
    "version": "Show the version",
    "completion": "Print the completion script for a shell",
}
"""Every command with its line of help, each in the module of its name: the help of all loads none of them."""


_MODULES = {"import": "import_", "force-unlock": "force_unlock"}
"""Where a module cannot have the command's name."""


def worst(codes: Iterable[Exit]) -> Exit:
    """The code that stands for all of `codes`."""
    return min(codes, key=PRECEDENCE.index, default=Exit.DONE)


def code_of(error: ReignError) -> Exit:
    """The code that an error becomes."""
    return next(CODES[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in CODES)


class Reign(Group):
    """The whole command line. A command's module is imported when the command is named."""

    def list_commands(self, _: click.Context) -> list[str]:
        """Every name, in the order of work."""
        return list(COMMANDS)

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        """The command, from its module."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = importlib.import_module(f"reign.cli.commands.{_MODULES.get(cmd_name, cmd_name)}").command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the words name. Raises UsageError with the nearest name."""
        if args and args[0] not in COMMANDS and not ctx.resilient_parsing:
            from reign.model.nearest import nearest

            meant = nearest(args[0], COMMANDS)
            hint = f" Did you mean {meant!r}?" if meant else ""
            raise click.UsageError(f"No such command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """The table, without importing what it names."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def told(self) -> dict[str, str]:
        """The same with the lines of help."""
        return COMMANDS


def run(argv: Sequence[str]) -> int:
    """Run one command line and return the exit code; everything that can go wrong has been told by then."""
    _hold_streams()
    session = Session(environ=dict(os.environ), wants_json=wants_json(argv))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if "--debug" not in argv and "-debug" not in argv:
        sys.excepthook = partial(_report_bug, session)
    try:
        with _terminable():
            return int(_invoke(session, argv))
    except (KeyboardInterrupt, click.Abort):
        return Exit.INTERRUPTED
    except _Terminated:
        return Exit.CANCELLED
    except click.UsageError as error:
        _tell(session, [_wrong_usage(error)])
        return Exit.ERROR
    except _reign_error() as error:
        _tell(session, error.findings)
        return code_of(error)
    except OSError as error:
        session.wants_json &= not isinstance(error, Unheard)
        drain(sys.stdout)  # what click could not write of a help
        _tell(session, [system_error(error)])
        return Exit.ERROR


def _hold_streams() -> None:
    """A stream that the caller closed leads nowhere: else the next file opened, perhaps the journal, takes its number."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _reign_error() -> type[ReignError]:
    """Asked for only when something was raised."""
    from reign.model.errors import ReignError

    return ReignError


def leave(code: int) -> NoReturn:
    """End the process. A provider call that was given up may still hold a thread, which nobody waits for.

    An interrupt that came while a dataclass was being made is kept by the interpreter, which would end by the signal.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # how it ended has been told
    threading = sys.modules.get("threading")
    if code != Exit.INTERRUPTED and (threading is None or threading.active_count() == 1):
        sys.exit(code)
    os._exit(code)


def _invoke(session: Session, argv: Sequence[str]) -> Exit:
    """Every command returns an Exit, or nothing for `done`; click's own codes end here."""
    cli = Reign(
        "reign",
        help="One reviewable plan over containers, clusters, Terraform, GitHub, scripts and files.",
        epilog="\b\nExamples:\n  reign init && reign plan\n  reign plan --out new.plan && reign apply new.plan\n\n"
        "More of each: reign COMMAND --help",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    if _COMPLETES in session.environ:
        from reign.cli.shells import complete

        complete(cli, session, argv)
        return Exit.DONE
    argv = _in_other_words(argv)
    if not argv:
        raise click.UsageError("No command was given.", click.Context(cli, info_name="reign"))
    ended = cli.main(argv, prog_name="reign", standalone_mode=False, obj=session)
    return ended if isinstance(ended, Exit) else Exit.DONE


def _in_other_words(argv: Sequence[str]) -> list[str]:
    """`help COMMAND` and `--version`, which people type as well."""
    match [*argv]:
        case ["help", *rest]:
            return [*rest, "--help"]
        case ["--version" | "-version", *rest]:
            return ["version", *rest]
        case words:
            return words


class _Terminated(BaseException):
    """SIGTERM came while nothing was running that has to be told of it."""


@contextmanager
def _terminable() -> Iterator[None]:
    def end(_: int, __: FrameType | None) -> None:
        raise _Terminated

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _tell(session: Session, findings: Sequence[Finding]) -> None:
    """Findings at the edge: as JSON on stdout where JSON was asked for, else as text on stderr."""
    from reign.render.finding import reached, report

    findings = [reached(finding, session.command()) for finding in findings]
    if session.wants_json:
        from reign.cli.machine import tell_findings

        tell_findings(session, findings)
        return

    session.note(report(findings, session.aftermath, session.note_width()))


def _wrong_usage(error: click.UsageError) -> Finding:
    from reign.model.finding import Finding

    path = error.ctx.command_path if error.ctx else "reign"
    said = error.format_message()
    return Finding("usage/wrong", "Wrong usage", said, fix=f"All commands and options: {path} --help")


def system_error(error: OSError) -> Finding:
    """What the system said, as a finding."""
    from reign.model.finding import Finding

    place = f"{error.filename}: " if error.filename else ""
    return Finding("system/refused", "The system refused", f"{place}{error.strerror or error}.")


def _report_bug(session: Session, kind: type[BaseException], error: BaseException, _: TracebackType | None) -> Any:
    """The last resort, called by the interpreter, which then ends with 1."""
    from reign.model.finding import Finding

    said = f"{kind.__name__}: {error}".rstrip(": ")
    finding = Finding(
        "internal/error", "Internal error", said, fix="Run it again with --debug and report the traceback."
    )
    _tell(session, [finding])
