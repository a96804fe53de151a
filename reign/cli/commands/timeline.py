"""`reign timeline`."""

from __future__ import annotations

import click

from reign.cli.arguments import Command, examples
from reign.cli.listing import show_rows
from reign.cli.options import listing
from reign.cli.session import Session


@examples("reign timeline", "reign timeline -o md")
@click.command(cls=Command, name="timeline")
@listing
@click.pass_obj
def command(session: Session, form: str) -> None:
    """Show what happened to which resource, in order."""
    from reign.app.look import run_question

    answer = run_question(session.where(), "timeline")
    show_rows(session, form, answer.columns, answer.rows)
