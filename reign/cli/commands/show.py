"""`reign show`."""

from __future__ import annotations

import click

from reign.cli.arguments import Command, examples
from reign.cli.options import as_json, shown
from reign.cli.session import Session


@examples("reign show", "reign show prod.plan", "reign show --json prod.plan")
@click.command(cls=Command, name="show")
@click.argument("file", metavar="[FILE]", required=False)
@as_json
@shown
@click.pass_obj
def command(session: Session, file: str | None, summary: bool, full: bool) -> None:
    """Show a plan file; without one, the state."""
    if file is None:
        _show_state(session, summary=summary, full=full)
        return
    from reign.app.planfile import open_plan
    from reign.cli.files import read_file

    planned = open_plan(session.where(), read_file(session.path(file)))
    if session.wants_json:
        from reign.api.document import plan_document
        from reign.cli.machine import tell

        tell(session, plan_document(planned.plan))
        return
    from reign.render.text import View, text

    view = View(full=full, summary=summary, refusals=planned.refusals, next_step=False)
    session.say(text(planned.plan, view))


def _show_state(session: Session, *, summary: bool, full: bool) -> None:
    from reign.app.look import state
    from reign.model.address import Address

    found = state(session.where())
    if session.wants_json:
        from reign.api.document import state_document
        from reign.cli.machine import tell

        tell(session, state_document(found))
        return
    if summary:
        session.say(address.text for address in sorted(found.resources, key=Address.sort_key))
        return
    from reign.render.state import everything

    session.say(everything(found, full))
