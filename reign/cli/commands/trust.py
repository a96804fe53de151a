"""`reign trust`."""

from __future__ import annotations

from typing import Any

import click

from reign.cli.arguments import Command, examples
from reign.cli.options import as_json
from reign.cli.session import Session


@examples("reign trust", "reign trust --revoke", "reign trust --list", "REIGN_TRUST=1 reign plan")
@click.command(cls=Command, name="trust")
@click.option("--revoke", is_flag=True, help="Trust it no more.")
@click.option("--list", "lists", is_flag=True, help="List the folders that you trust, and change nothing.")
@as_json
@click.pass_obj
def command(session: Session, revoke: bool, lists: bool) -> None:
    """Trust the project's folder: what its files name may be run and reached from now on, and that is said.

    Read its files first. Trust is kept in your own state folder, never in the project; docs/language.md#trust says what it is
    about.
    """
    from reign.app.trust import allows, folders, trust, untrust

    if revoke and lists:
        raise click.UsageError("--revoke and --list contradict each other.")
    where = session.where()
    folder = str(where.folder.resolve())
    if lists:
        _tell(session, {"folders": list(folders(where))}, folders(where) or ["You trust no folder."])
    elif revoke:
        was_trusted = untrust(where)
        words = "Not trusted any more" if was_trusted else "Was not trusted"
        _tell(session, {"folder": folder, "trusted": False, "was_trusted": was_trusted}, [f"{words}: {folder}"])
    else:
        allowed = allows(where)
        trust(where)
        told = ["", "From now on a plan of it may run or reach:", *(f"  {what}" for what in allowed)] if allowed else []
        _tell(session, {"folder": folder, "trusted": True, "allows": list(allowed)}, [f"Trusted: {folder}", *told])
    if session.environ.get("REIGN_TRUST") == "1":
        session.note(["Note: REIGN_TRUST=1 is set, and trusts every folder."])


def _tell(session: Session, document: dict[str, Any], lines: list[str] | tuple[str, ...]) -> None:
    if session.wants_json:
        from reign.cli.machine import tell

        tell(session, document)
    else:
        session.say(lines)
