"""`reign import`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from reign.cli.arguments import Command, examples
from reign.cli.gate import WORDS, Gate
from reign.cli.main import Exit
from reign.cli.session import Session
from reign.cli.surgery import changing

if TYPE_CHECKING:
    from reign.app.nouns import Taking


@examples("reign import web 3f2a9c1d8b74", "reign import 'docker.network.shop[\"eu\"]' shop_eu --dry-run")
@click.command(cls=Command, name="import", streams=True)
@click.argument("address")
@click.argument("id")
@changing
@click.pass_obj
def command(
    session: Session, address: str, id: str, dry_run: bool, auto_approve: bool, lock_timeout: float
) -> Exit | None:
    """Take over what exists outside as ID, as the resource that reign.yaml declares at ADDRESS.

    Nothing of it is changed: it gets the mark that says whose it is, and stands in the state from then on. Then it says
    what the next plan would change. `imports` in reign.yaml does the same as part of a plan, which can be reviewed.

    --json prints one JSON object a line, as apply does.
    """
    from reign.app.nouns import ApplyRequest, Taking
    from reign.cli.again import Again
    from reign.cli.approval import Approval
    from reign.cli.running import carry_out
    from reign.render.view import View

    session.aftermath = "Nothing was imported."
    taking = Taking(address, id)
    if dry_run:
        _show(session, taking)
        return None
    view = View(command=session.command(), next_step=False, width=session.width())
    gate = Gate(frozenset(WORDS) if auto_approve else None)
    again = Again(session.command(), "import", (shlex.quote(address), shlex.quote(id)))
    request = ApplyRequest(command="import", taking=taking, lock_wait_s=lock_timeout)
    code = carry_out(session, request, Approval(session, gate, view, again))
    if code is Exit.DONE and not session.wants_json:
        _say_next(session, taking)
    return code


def _show(session: Session, taking: Taking) -> None:
    """What would be imported, and no more."""
    from reign.app.imports import make_import
    from reign.cli.asking import ask_trust
    from reign.cli.looking import looking
    from reign.cli.machine import plan_lines, stream
    from reign.render.text import text
    from reign.render.view import View

    ask_trust(session)
    with looking(session) as looked:
        planned = make_import(session.where(), taking, looked)
    view = View(command=session.command(), next_step=False, refusals=planned.refusals, width=session.width())
    if session.wants_json:
        stream(session, plan_lines(planned, view))
    else:
        session.say([*text(planned.plan, view), "", "Nothing was imported: this was a dry run."])


def _say_next(session: Session, taking: Taking) -> None:
    """What the next plan makes of what was imported, as far as that can be told."""
    from reign.app.imports import plan_next
    from reign.render.text import text
    from reign.render.view import View

    plan = f"{session.command()} plan"
    made = plan_next(session.where(), taking)
    if made is None:
        session.say(["", f"See what the next apply makes of it: {plan}"])
        return
    if not any(made.actions()):
        session.say(["", "It is as declared: the next plan changes nothing of it."])
        return
    view = View(command=session.command(), next_step=False, width=session.width())
    session.say(["", "The next apply would bring it to what is declared:", "", *text(made, view)])
    session.say(["", f"To keep what is there, declare it so. See it with all the rest: {plan}"])
