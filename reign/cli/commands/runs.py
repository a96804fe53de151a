"""`reign runs`."""

from __future__ import annotations

import click

from reign.cli.arguments import Group, examples
from reign.cli.listing import show_rows
from reign.cli.options import as_json, limited, listing
from reign.cli.session import Session


@examples("reign runs list", "reign runs show 8c20f7")
@click.group(cls=Group, name="runs")
def command() -> None:
    """Look at past and present runs."""


@examples("reign runs list", "reign runs list -n 10", "reign runs list -o csv")
@command.command(name="list")
@limited
@listing
@click.pass_obj
def list_(session: Session, limit: int | None, form: str) -> None:
    """List the runs, the newest first, in the order of the journal."""
    from reign.app.look import run_question

    answer = run_question(session.where(), "runs", limit=limit)
    show_rows(session, form, answer.columns, answer.rows, "There are no runs: nothing was applied yet.")


@examples("reign runs show 8c20f7", "reign runs show 8c20f7 --json")
@command.command(name="show")
@click.argument("run")
@as_json
@click.pass_obj
def show(session: Session, run: str) -> None:
    """Show one RUN: what it did to what, how long each operation took, and what failed.

    The beginning of a run's id is enough where it is the only one.
    """
    from reign.app.look import run_question
    from reign.model.errors import Failed
    from reign.model.finding import Finding
    from reign.render.table import jsonable, table
    from reign.render.words import listed

    answer = run_question(session.where(), "run", run_id=run)
    if len(answer.rows) != 1:
        ids = [str(row[answer.columns.index("run_id")]) for row in answer.rows]
        said = f"{run!r} begins the ids of several: {listed(ids, 3)}." if ids else f"There is no run {run!r}."
        fix = f"All runs: {session.command()} runs list"
        raise Failed([Finding("runs/unknown", "Unknown run", said, fix=fix)])
    told = dict(zip(answer.columns, map(jsonable, answer.rows[0]), strict=True))
    done = run_question(session.where(), "operations", run_id=told["run_id"])
    if session.wants_json:
        from reign.cli.machine import tell

        operations = [dict(zip(done.columns, map(jsonable, row), strict=True)) for row in done.rows]
        tell(session, {**told, "operations": operations})
        return
    from reign.render.rows import stated

    session.say([*stated(told, "", "", full=True), ""])
    session.put(table(done.columns, done.rows, session.width()))
