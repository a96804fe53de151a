"""`reign schema`."""

from __future__ import annotations

import click

from reign.cli.arguments import Command, examples
from reign.cli.session import Session


@examples("reign schema local.file", "reign schema overlay")
@click.command(cls=Command, name="schema")
@click.argument("type", required=False)
@click.pass_obj
def command(session: Session, type: str | None) -> None:
    """Print the JSON Schema of a type's spec; without TYPE, that of reign.yaml with every installed type.

    TYPE may also be `data.TYPE` for what is looked up, `overlay` for reign.NAME.yaml, or `include` for a file that is
    included. `reign init` writes all three for editors, into .reign.
    """
    from reign.app.schema import schema
    from reign.cli.machine import tell

    tell(session, schema(session.where(), type or ""))
