"""`reign force-unlock`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from reign.cli.arguments import Command, examples
from reign.cli.options import as_json
from reign.cli.session import Session

if TYPE_CHECKING:
    from reign.app.unlock import Unlocked, Unlocking


@examples("reign force-unlock 5f2a9c0d7e314b68", "reign --env prod force-unlock 5f2a9c0d7e314b68 --auto-approve")
@click.command(cls=Command, name="force-unlock")
@click.argument("id")
@click.option("--auto-approve", is_flag=True, help="Do it without asking.")
@as_json
@click.pass_obj
def command(session: Session, id: str, auto_approve: bool) -> None:
    """Take the lock away that is held as ID, which the message of a locked state names.

    The lock goes with the process that holds it, also when that is killed: on the same machine there is never a need for
    this, and it is refused. On another one that is gone for good, the network's file system may keep it; if that process
    should live after all, it notices when next it writes, and ends.
    """
    from reign.app.unlock import force_unlock
    from reign.cli.surgery import consent

    session.aftermath = "Nothing was done."

    def approve(unlocking: Unlocking) -> None:
        question = [
            "Do you really want to take the lock away?",
            f"  {unlocking.holder}.",
            "  If it is still at work there, what it does from now on is not recorded: make sure that it has ended.",
        ]
        again = "" if auto_approve else f"{session.command()} force-unlock {shlex.quote(id)}"
        consent(session, question, unlocking.settings, unlocking.name, again=again)

    unlocked = force_unlock(session.where(), id, approve)
    if session.wants_json:
        from reign.cli.machine import tell

        tell(session, {"outcome": unlocked.outcome, "holder": unlocked.holder or None, "run": unlocked.run or None})
        return
    session.say(_told(unlocked, session.command()))


def _told(unlocked: Unlocked, reign: str) -> list[str]:
    match unlocked.outcome:
        case "free":
            return ["The state is not locked: there is nothing to do."]
        case "cleared":
            return [f"The state is not locked: {unlocked.holder}, and has ended. What it left behind is cleared away."]
    return [
        f"The lock is free: {unlocked.holder}, and has it no more. Run {unlocked.run}.",
        "",
        "What that run was doing is looked up by the next one.",
        f"See what is to be done: {reign} plan",
    ]
