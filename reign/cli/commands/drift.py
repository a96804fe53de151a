"""`reign drift`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from reign.cli.arguments import Command, examples
from reign.cli.commands.plan import variables
from reign.cli.main import Exit, worst
from reign.cli.options import FORMATS, Asked, into, lock_timeout, refreshing, shown
from reign.cli.session import Session

if TYPE_CHECKING:
    from reign.app.drift import Found
    from reign.app.nouns import Looking
    from reign.render.view import View


@examples("reign drift", "reign drift --target web", "reign drift -o csv", "reign drift --json --lock-timeout 1m")
@click.command(cls=Command, name="drift", streams=True)
@click.option("--json", "wants_lines", is_flag=True, help="Print JSON, an object a line.")
@click.option("-o", "--output", "form", type=click.Choice(FORMATS), help="Print the attributes alone, as rows.")
@click.option("--markdown", "wants_markdown", is_flag=True, help="Print Markdown, for an issue.")
@into
@lock_timeout
@refreshing
@shown
@click.pass_obj
def command(
    session: Session,
    wants_lines: bool,
    form: str | None,
    wants_markdown: bool,
    into: Mapping[str, str | None],
    lock_timeout: float,
    summary: bool,
    full: bool,
    asked: Asked,
) -> Exit:
    """Show what was changed outside of Reign, attribute by attribute. Ends with 2 where something was.

    It is what `plan --refresh-only` shows. `apply --refresh-only` takes it over into the state; a plain `apply` brings back
    what is declared.

    What was found becomes part of the history (`reign sql "from drift"`), for which the lock is taken for a moment. Where
    somebody holds it, or where the state cannot be written, it says `Not recorded`, and ends as it would have otherwise.

    In a folder that is not trusted it shows what could be looked at, and ends with 4 where that was not all.

    --json prints one JSON object a line, as plan does, with a line for each attribute.
    """
    from reign.app.drift import find_drift
    from reign.cli.asking import ask_trust
    from reign.cli.files import expect_files
    from reign.cli.looking import looking
    from reign.cli.machine import lines_into
    from reign.render.view import View

    named = {"--json": wants_lines, "-o": form, "--markdown": wants_markdown}
    _refuse_two([*named, "--json-into"] if form else [*named], {**named, "--json-into": into["json"]})
    session.streams = form is None
    session.aftermath = "Nothing was compared."
    expect_files(session, {f"--{name}-into": file for name, file in into.items()})
    ask_trust(session)
    with lines_into(session, into["json"]), _unheard() if form else looking(session) as looked:
        found = find_drift(session.where(), asked.options(), looked, lock_timeout)
        view = View(
            full=full,
            summary=summary,
            refusals=found.planned.refusals,
            command=session.command(),
            next_step=False,
            again=(*variables(session), *asked.words()),
            width=session.width(),
        )
        _write(session, found, view, into)
    if form:
        _rows(session, found, form)
    elif wants_markdown:
        from reign.cli.telling import told_as

        session.put(told_as("markdown", found.planned, view))
    elif not session.wants_json:
        from reign.render.drift import drift_text

        session.say(drift_text(found.planned.plan, found.attributes, view))
    return _ended(session, found)


def _refuse_two(names: Sequence[str], given: Mapping[str, Any]) -> None:
    """Each of them says how to print it."""
    found = [name for name in names if given[name]]
    if len(found) > 1:
        raise click.UsageError(f"{found[0]} and {found[1]} contradict each other.")


@contextmanager
def _unheard() -> Iterator[Looking]:
    from reign.app.nouns import nobody

    yield nobody


def _write(session: Session, found: Found, view: View, into: Mapping[str, str | None]) -> None:
    """Whatever is asked for besides what a person reads."""
    from reign.api.drift import drift_lines
    from reign.cli.files import write_file
    from reign.cli.machine import plan_lines, stream
    from reign.cli.telling import told_as

    for name in ("document", "markdown"):
        if file := into[name]:
            write_file(session.path(file), told_as(name, found.planned, view).encode())
    if session.streams:
        stream(session, [*plan_lines(found.planned, view), *drift_lines(found)])


def _rows(session: Session, found: Found, form: str) -> None:
    from reign.cli.listing import show_rows
    from reign.render.drift import COLUMNS, rows

    show_rows(session, form, COLUMNS, rows(found.attributes, masks=form != "json"), "No drift.")


def _ended(session: Session, found: Found) -> Exit:
    """What became of it besides, and the exit code; lines of a stream have told it already."""
    refused = found.planned.refusals
    if not session.wants_json or not session.streams:
        from reign.render.finding import brief

        told = [[f"Recorded as run {found.run}."]] if found.run else []
        told += [brief(each, session.note_width()) for each in (*refused, *filter(None, [found.unrecorded]))]
        session.note(line for block in told for line in ["", *block])
    return worst([*([Exit.REFUSED] if refused else []), Exit.DIFFERS if found.attributes else Exit.DONE])
