"""`reign init`."""

from __future__ import annotations

import click

from reign.cli.arguments import Command, examples
from reign.cli.session import Session


@examples("reign init", "reign -C new-project init")
@click.command(cls=Command, name="init")
@click.pass_obj
def command(session: Session) -> None:
    """Write a first reign.yaml, unless there is one, and the folder that Reign keeps its state in.

    In the folder, .reign/, is also the schema of reign.yaml for editors. Overwrites nothing.
    """
    from reign.app.init import init

    written = init(session.where()).files
    session.say([f"Wrote {name}" for name in written] or ["Everything is there already."])
    session.say(["", f"Edit reign.yaml, then see what it would do: {session.command()} plan"])
