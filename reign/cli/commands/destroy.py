"""`reign destroy`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from reign.cli.arguments import Command, examples
from reign.cli.commands.plan import variables
from reign.cli.gate import Gate
from reign.cli.main import Exit
from reign.cli.options import Asked, as_json, destroying, gate, running, shown
from reign.cli.session import Session


@examples("reign destroy", "reign destroy --target web", "reign --env dev destroy --auto-approve")
@click.command(cls=Command, name="destroy", streams=True)
@as_json
@gate
@running
@destroying
@shown
@click.pass_obj
def command(session: Session, summary: bool, full: bool, asked: Asked, gate: Gate, running: dict[str, Any]) -> Exit:
    """Destroy everything that the project made, after asking; with --target, that and what depends on it."""
    from reign.app.nouns import ApplyRequest
    from reign.cli.again import Again
    from reign.cli.approval import Approval
    from reign.cli.running import carry_out
    from reign.render.view import View

    session.aftermath = "Nothing was done."
    request = ApplyRequest(
        command="destroy",
        options=asked.options(),
        parallelism=running["parallelism"],
        on_failure=running["on_failure"],
        lock_wait_s=running["lock_timeout"],
    )
    view = View(full=full, summary=summary, command=session.command(), next_step=False, width=session.width())
    again = Again(session.command(), "destroy", (*variables(session), *replace(asked, destroy=False).words()))
    return carry_out(session, request, Approval(session, gate, view, again))
