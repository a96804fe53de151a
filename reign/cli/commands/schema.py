"""`reign schema`."""

from __future__ import annotations

import click

from reign.cli.arguments import Command, examples
from reign.cli.session import Session


@examples("reign schema local.file", "reign schema > reign.schema.json")
@click.command(cls=Command, name="schema")
@click.argument("type", required=False)
@click.pass_obj
def command(session: Session, type: str | None) -> None:
    """Print the JSON Schema of a type's spec; without TYPE, that of reign.yaml with every installed type."""
    from reign.app.schema import file_schema, type_schema
    from reign.cli.machine import tell

    found = type_schema(session.where(), type) if type else file_schema(session.where())
    tell(session, found)
