"""`reign runs`."""

from __future__ import annotations

import click

from reign.cli.arguments import Command, Group, examples
from reign.cli.listing import show_rows
from reign.cli.options import listing
from reign.cli.session import Session


@examples("reign runs list", "reign runs show 8c20f7")
@click.group(cls=Group, name="runs")
def command() -> None:
    """Look at past and present runs."""


@examples("reign runs list", "reign runs list -o csv")
@command.command(name="list", cls=Command)
@listing
@click.pass_obj
def list_(session: Session, form: str) -> None:
    """List the runs, the newest first."""
    from reign.app.look import run_question

    answer = run_question(session.where(), "runs")
    show_rows(session, form, answer.columns, answer.rows)
