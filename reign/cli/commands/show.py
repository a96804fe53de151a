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
@click.option("--markdown", "wants_markdown", is_flag=True, help="Print a plan as Markdown, for a pull request.")
@shown
@click.pass_obj
def command(session: Session, file: str | None, wants_markdown: bool, summary: bool, full: bool) -> None:
    """Show a plan FILE as it was made; without one, the state."""
    if wants_markdown and (session.wants_json or file is None):
        raise click.UsageError("--markdown goes with a plan file, and without --json.")
    if file is None:
        _show_state(session, summary=summary, full=full)
        return
    from reign.app.planfile import open_plan
    from reign.cli.files import read_file
    from reign.cli.machine import tell
    from reign.cli.telling import told_as
    from reign.render.text import text
    from reign.render.view import View

    planned = open_plan(session.where(), read_file(session.path(file)))
    view = View(
        full=full,
        summary=summary,
        refusals=planned.refusals,
        saved=file if wants_markdown else "",
        command=session.command(),
        next_step=False,
        width=session.width(),
    )
    if session.wants_json:
        from reign.api.document import plan_document

        tell(session, plan_document(planned.plan, view.refusals), indent=None)
    elif wants_markdown:
        session.put(told_as("markdown", planned, view))
    else:
        session.say(text(planned.plan, view))


def _show_state(session: Session, *, summary: bool, full: bool) -> None:
    from reign.app.look import state
    from reign.model.address import Address

    found = state(session.where())
    if session.wants_json:
        from reign.api.document import state_document
        from reign.cli.machine import tell

        tell(session, state_document(found), indent=None)
        return
    if summary:
        session.say(address.text for address in sorted(found.resources, key=Address.sort_key))
        return
    from reign.render.state import everything

    session.say(everything(found, full))
