"""`reign version`."""

from __future__ import annotations

import sys

import click

from reign import __version__
from reign.cli.arguments import Command, examples
from reign.cli.options import as_json
from reign.cli.session import Session


@examples("reign version", "reign version --json")
@click.command(cls=Command, name="version")
@as_json
@click.pass_obj
def command(session: Session) -> None:
    """Show the version of Reign and of Python."""
    python = ".".join(map(str, sys.version_info[:3]))
    if session.wants_json:
        from reign.cli.machine import tell

        told = {"platform": sys.platform, "python_version": python, "reign_version": __version__}
        tell(session, told)
    else:
        session.put(f"Reign {__version__}\non {sys.platform}, Python {python}\n")
