"""`reign stats`."""

from __future__ import annotations

import click

from reign.cli.arguments import Command, examples
from reign.cli.options import duration, listing
from reign.cli.session import Session


@examples("reign stats", "reign stats --since 30d --type docker.container", "reign stats -o md")
@click.command(cls=Command, name="stats")
@click.option("--since", callback=duration, metavar="TIME", help="Only of runs that began so long ago, or later.")
@click.option("--type", "type_", metavar="TYPE", help="Only operations on resources of this type.")
@listing
@click.pass_obj
def command(session: Session, since: float | None, type_: str | None, form: str) -> None:
    """Show how runs end and how long they take, operations by type and action, and what most is done to.

    Durations are seconds: half of all took p50_s or less, 95 of 100 p95_s, 99 of 100 p99_s. `success` is the part of the
    runs of a command that are over and completed. With -o csv only the operations are printed.
    """
    from datetime import UTC, datetime, timedelta

    from reign.app.told import statistics
    from reign.cli.listing import show_rows
    from reign.cli.machine import tell
    from reign.render.table import FORMS, jsonable, table

    try:
        begin = None if since is None else datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=since)
    except OverflowError:
        begin = None  # before everything
    told = statistics(session.where(), begin, type_)
    if form == "json":
        tell(
            session,
            {
                name: [dict(zip(part.columns, map(jsonable, row), strict=True)) for row in part.rows]
                for name, part in told.items()
            },
        )
    elif form == "csv":
        show_rows(session, form, told["operations"].columns, told["operations"].rows)
    elif not told["runs"].rows:
        session.note(["There are no runs: nothing was applied yet." if since is None else "There are no such runs."])
    else:
        for number, (name, part) in enumerate(told.items()):
            title = f"## {name.capitalize()}\n\n" if form == "md" else f"{name.capitalize()}:\n\n"
            body = (
                FORMS["md"](part.columns, part.rows)
                if form == "md"
                else table(part.columns, part.rows, session.width())
            )
            gap = "\n" if number else ""
            session.put(f"{gap}{title}{body}" if part.rows else "")
