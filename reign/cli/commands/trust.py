"""`reign trust`."""

from __future__ import annotations

import click

from reign.cli.arguments import Command, examples
from reign.cli.session import Session


@examples("reign trust", "reign trust --revoke", "REIGN_TRUST=1 reign plan")
@click.command(cls=Command, name="trust")
@click.option("--revoke", is_flag=True, help="Trust it no more.")
@click.pass_obj
def command(session: Session, revoke: bool) -> None:
    """Trust the project's folder: what its files name may be run and reached from now on (docs/language.md#trust).

    Read its files first.
    """
    from reign.app.trust import trust, untrust

    where = session.where()
    folder = where.folder.resolve()
    if not revoke:
        trust(where)
        session.say([f"Trusted: {folder}"])
        return
    was_trusted = untrust(where)
    session.say([f"{'Not trusted any more' if was_trusted else 'Was not trusted'}: {folder}"])
    if session.environ.get("REIGN_TRUST") == "1":
        session.note(["Note: REIGN_TRUST=1 is set, and trusts every folder."])
