"""`reign inspect`."""

from __future__ import annotations

import click

from reign.cli.arguments import Command, examples
from reign.cli.options import as_json
from reign.cli.session import Session


@examples("reign inspect web", "reign inspect 'web[eu]' --json | jq .State")
@click.command(cls=Command, name="inspect")
@click.argument("address")
@as_json
@click.pass_obj
def command(session: Session, address: str) -> None:
    """Show how its own system describes something.

    ADDRESS names one thing of the state: a full address, a name, or web[eu]. The description is that of the system, in its
    own words, as JSON. Known sensitive values are masked.
    """
    from reign.app.outside import inspect
    from reign.cli.machine import tell
    from reign.render.json_text import json_text

    found = inspect(session.where(), address)
    if session.wants_json:
        tell(session, found)
    else:
        session.say(json_text(found, 2).splitlines())
