"""Commands that change the state by hand: what they show, what they ask, and how they end."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reign.cli.options import as_json, lock_timeout
from reign.cli.session import Session

if TYPE_CHECKING:
    from reign.app.surgery import Intended, Operation
    from reign.config import Settings
    from reign.model.finding import Finding

F = TypeVar("F", bound=Callable[..., Any])


def changing(function: F) -> F:
    """`--dry-run --auto-approve --lock-timeout --json` of a command that changes the state."""
    for declare in (
        as_json,
        lock_timeout,
        click.option("--auto-approve", is_flag=True, help="Do it without asking."),
        click.option("--dry-run", is_flag=True, help="Only show it: no lock, no question, nothing written."),
    ):
        function = declare(function)
    return function


def change(
    session: Session,
    operation: Operation,
    words: Sequence[str],
    *,
    dry_run: bool,
    auto_approve: bool,
    lock_timeout: float,
) -> None:
    """Show what `operation` does to the state, ask, and do it. `words` are what it is asked for with."""
    from reign.app.surgery import Operated, intend, operate
    from reign.render.surgery import done

    session.aftermath = "Nothing was changed."
    where, again = session.where(), " ".join([session.command(), operation.command, *map(shlex.quote, words)])
    if dry_run:
        operated = Operated(intend(where, operation))
        _show(session, operated.intended)
    else:

        def approve(intended: Intended) -> None:
            _show(session, intended)
            consent(
                session,
                ["Do you want to change the state?", "  Reign will record what is described above."],
                intended.settings,
                intended.env if intended.confirms_by_name else "",
                again=again if not auto_approve else "",
            )

        operated = operate(where, operation, approve, lock_timeout)
        if not operated.run:
            _show(session, operated.intended)
    surgery = operated.intended.surgery
    if session.wants_json:
        from reign.api.surgery import surgery_document
        from reign.cli.machine import tell

        told = (*operated.intended.notes, *operated.warnings)
        document = surgery_document(
            surgery, told, command=operation.command, run=operated.run, serial=operated.serial, dry_run=dry_run
        )
        tell(session, document)
        return
    from reign.render.finding import brief

    session.note([line for finding in operated.warnings for line in ["", *brief(finding)]])
    if operated.run:
        session.say(["", done(surgery, operated.run, operated.serial)])
    elif surgery.does_something:
        session.say(["", "Nothing was changed: this was a dry run."])
    elif not surgery.already:
        session.say(["The state says so already: there is nothing to do."])


def _show(session: Session, intended: Intended) -> None:
    if not session.wants_json:
        from reign.render.surgery import intended as lines

        session.say(lines(intended.surgery, intended.notes, session.width()))


def consent(session: Session, question: Sequence[str], settings: Settings, name: str = "", *, again: str) -> None:
    """Ask before something is done. `name` is asked for instead of `yes`, if any; `again` is the line that asks for the
    same once more, empty where it is approved already.

    Raises Refused where there is nobody to ask, and Cancelled on any other answer.
    """
    confirms = settings.execution.mode == "confirm"
    if not again and not confirms:
        return
    from reign.cli.asking import accepted, can_ask, confirm
    from reign.model.errors import Refused

    if not can_ask(session):
        raise Refused([_nobody_to_ask(again, confirms=confirms)])
    word = name or "yes"
    confirm(session, ["", *question, accepted(word, "approve")], word)


def _nobody_to_ask(again: str, *, confirms: bool) -> Finding:
    from reign.model.finding import Finding

    why = "It was not approved, and there is no terminal to ask at; nothing was done."
    fix = f"Approve it beforehand: {again} --auto-approve"
    if confirms:
        why = "`settings.execution.mode` is `confirm`, and there is no terminal to ask at; nothing was done."
        fix = "Do it at a terminal."
    return Finding("apply/not-approved", "Nobody to ask", why, fix=fix)
