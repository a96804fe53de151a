"""`reign timeline`."""

from __future__ import annotations

import click

from reign.cli.arguments import Command, examples
from reign.cli.listing import show_rows
from reign.cli.options import limited, listing
from reign.cli.session import Session


@examples("reign timeline", "reign timeline web -n 20", "reign timeline 'docker.container.web[\"eu\"]' -o md")
@click.command(cls=Command, name="timeline")
@click.argument("address", metavar="[ADDRESS]", required=False)
@limited
@listing
@click.pass_obj
def command(session: Session, address: str | None, limit: int | None, form: str) -> None:
    """Show what happened to which resource, oldest first; of ADDRESS alone, or of all instances of a block.

    The order is that of the journal, whatever the clocks said.
    """
    from reign.app.look import run_question

    answer = run_question(session.where(), "timeline", address=address, limit=limit)
    nothing = f"Nothing is on record of {address}." if address else "Nothing is on record."
    show_rows(session, form, answer.columns, answer.rows, nothing)
