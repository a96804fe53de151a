"""`reign doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reign.cli.arguments import Command, examples
from reign.cli.listing import show_rows
from reign.cli.main import Exit
from reign.cli.options import listing, lock_timeout
from reign.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reign.app.doctor import Examined
    from reign.app.interventions import Resolved
    from reign.model.finding import Finding

COLUMNS = ("severity", "code", "address", "summary", "detail", "fix")


def _answers(_: click.Context, __: click.Parameter, values: Sequence[str]) -> dict[str, bool]:
    answers: dict[str, bool] = {}
    for value in values:
        name, equals, word = value.rpartition("=")
        if not equals or not name or word not in ("done", "again"):
            raise click.BadParameter(f"{value!r} is neither ADDRESS=done nor ADDRESS=again.")
        if answers.setdefault(name, word == "done") != (word == "done"):
            raise click.BadParameter(f"{name} is said to be both done and again.")
    return answers


@examples("reign doctor", "reign doctor --repair", "reign doctor --resolve shell.command.deploy=done")
@click.command(cls=Command, name="doctor")
@click.option("--repair", is_flag=True, help="Mend what can be mended; what is damaged is set aside, never deleted.")
@click.option(
    "--resolve",
    "answers",
    metavar="ADDRESS=done|again",
    multiple=True,
    callback=_answers,
    help="Say whether a call that was cut off was done. Repeatable.",
)
@lock_timeout
@listing
@click.pass_obj
def command(session: Session, repair: bool, answers: dict[str, bool], lock_timeout: float, form: str) -> Exit:
    """Look whether anything is wrong with the state: the journal, the store, marks, kept files, plans, the key, modes.

    Needs no lock, no reign.yaml, and changes nothing. Of a project with environments, all of them, or the one that --env
    names. Ends with 3 where something is damaged, and with 0 where there are only notes.

    --repair takes the lock and mends: modes, what killed commands left, the store, the journal. It says what it did, and
    what may be lost: of a damaged journal every line is kept that is whole, and one turned bit is turned back.

    --resolve answers for a call that was cut off, and of which nobody can tell what became: `done`, or `again` where it
    was not done, so that the next apply does it.
    """
    if repair and answers:
        raise click.UsageError("--repair and --resolve are two things: repair first, then answer.")
    session.wants_json |= form == "json"
    session.aftermath = "Nothing was changed."
    if answers:
        from reign.app.interventions import resolve

        _tell_resolved(session, resolve(session.where(), answers, lock_timeout), form)
        return Exit.DONE
    if repair:
        from reign.app.repair import repair as mended

        examined = mended(session.where(), lock_timeout)
    else:
        from reign.app.doctor import examine

        examined = examine(session.where())
    _tell(session, examined, form)
    return Exit.DONE if examined.is_sound else Exit.OVER_THRESHOLD


def _tell(session: Session, examined: Examined, form: str) -> None:
    if form == "json":
        from reign.api.doctor import doctor_document
        from reign.cli.machine import tell

        tell(session, doctor_document(examined))
    elif form != "table":
        show_rows(session, form, COLUMNS, _rows((*examined.repaired, *examined.findings)))
    else:
        session.say(_lines(examined, session.width()))


def _lines(examined: Examined, width: int | None) -> list[str]:
    """What was mended, what is wrong, and at the end whether anything is damaged."""
    from reign.render.finding import brief, report
    from reign.render.words import wrapped

    text = [line for finding in examined.repaired for line in [*brief(finding, width), ""]]
    if examined.findings:
        text += [*report(examined.findings, width=width), ""]
    return [*text, *wrapped(_end(examined), width, "  ")]


def _end(examined: Examined) -> str:
    from reign.model.finding import Severity
    from reign.render.words import plural

    figures = (
        (examined.events, "event"),
        (examined.segments, "segment"),
        (examined.resources, "resource"),
        (examined.checkpoints, "checkpoint"),
    )
    told = ", ".join(plural(number, noun) for number, noun in figures)
    names = [name for name in examined.environments if name]
    within = f" in {plural(len(names), 'environment')}" if names else ""
    if not examined.is_sound:
        return f"The state is damaged. Looked at: {told}{within}."
    if any(finding.severity is not Severity.INFO for finding in examined.findings):
        return f"Nothing is damaged. Looked at: {told}{within}."
    return f"The state is in order: {told}{within}."


def _tell_resolved(session: Session, resolved: Resolved, form: str) -> None:
    if form == "json":
        from reign.api.doctor import resolved_document
        from reign.cli.machine import tell

        tell(session, resolved_document(resolved))
        return
    from reign.render.finding import brief

    told = [each.finding for each in resolved.told]
    if form != "table":
        show_rows(session, form, COLUMNS, _rows((*told, *resolved.warnings)))
        return
    session.note([line for finding in resolved.warnings for line in [*brief(finding, session.note_width()), ""]])
    session.say(finding.detail for finding in told)
    session.say(["", f"See what is to be done: {session.command()} plan"])


def _rows(findings: Sequence[Finding]) -> list[list[Any]]:
    return [[str(getattr(finding, name)) for name in COLUMNS] for finding in findings]
