"""`reign timeline`."""

from __future__ import annotations

import click

from reign.cli.arguments import Command, examples
from reign.cli.listing import show_rows
from reign.cli.options import limited, listing
from reign.cli.session import Session


@examples(
    "reign timeline",
    "reign timeline web -n 20",
    "reign timeline 'web*'",
    "reign timeline 'docker.container.web[\"eu\"]' -o md",
)
@click.command(cls=Command, name="timeline")
@click.argument("address", metavar="[ADDRESS]", required=False)
@limited
@listing
@click.pass_obj
def command(session: Session, address: str | None, limit: int | None, form: str) -> None:
    """Show what happened to which resource, oldest first; to all, or to what ADDRESS names, which may be gone by now.

    ADDRESS is a full address, a name, web[eu], or a pattern with * and ?. The order is that of the journal, whatever the
    clocks said.
    """
    from reign.app.look import run_timeline

    answer = run_timeline(session.where(), address, limit)
    nothing = f"Nothing is on record of {address}." if address else "Nothing is on record."
    show_rows(session, form, answer.columns, answer.rows, nothing)
