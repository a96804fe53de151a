"""`reign config`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reign.cli.arguments import Group, examples
from reign.cli.listing import show_rows
from reign.cli.options import FORMATS, as_json
from reign.cli.session import Session

if TYPE_CHECKING:
    from reign.config.show import ShownConfig


@examples("reign config show", "reign --env prod config show -o csv")
@click.group(cls=Group, name="config")
def command() -> None:
    """Look at what the project's files say together."""


@examples("reign config show", "reign --env prod config show -o csv", "reign config show --json")
@command.command(name="show")
@click.option("-o", "--output", "form", type=click.Choice(("yaml", *FORMATS)), help="How to print it; YAML by default.")
@as_json
@click.pass_obj
def show(session: Session, form: str | None) -> None:
    """Show the project's files as one, each value with the file and the line that it comes from.

    YAML that can be read again, with includes and overlays in it, and of every variable the value that it came to and
    who gave it. What is sensitive is masked. Connects to nothing and runs nothing.
    """
    if session.wants_json and form not in (None, "json"):
        raise click.UsageError(f"--json and -o {form} contradict each other.")
    from reign.app.config import show_config

    shown = show_config(session.where())
    if session.wants_json or form == "json":
        from reign.cli.machine import tell

        tell(session, shown.to_json())
    elif form in (None, "yaml"):
        session.say(shown.lines)
    else:
        _list(session, form, shown)


def _list(session: Session, form: str, shown: ShownConfig) -> None:
    """A row for every value as it is written, then one for every variable as it came out."""
    rows = [(each.path, each.value, f"{each.place.file}:{each.place.line}") for each in shown.values]
    rows += [(f"var.{each.name}", each.value, each.origin) for each in shown.variables]
    show_rows(session, form, ("path", "value", "origin"), rows)
