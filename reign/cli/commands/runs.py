"""`reign runs`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from reign.cli.arguments import Group, examples
from reign.cli.gate import Gate
from reign.cli.listing import show_rows
from reign.cli.main import Exit
from reign.cli.options import as_json, gate, limited, listing, lock_timeout, running, shown
from reign.cli.session import Session

if TYPE_CHECKING:
    from reign.app.runs import Aborting


@examples("reign runs list", "reign runs show 8c20f7", "reign runs resume 8c20f7")
@click.group(cls=Group, name="runs")
def command() -> None:
    """Look at past and present runs, go on with one, give one up."""


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


@examples("reign runs resume 8c20f7", "reign runs resume 8c20f7 --auto-approve --parallelism 4")
@command.command(name="resume")
@click.argument("run")
@as_json
@gate
@running
@shown
@click.pass_obj
def resume(session: Session, run: str, summary: bool, full: bool, gate: Gate, running: dict[str, Any]) -> Exit:
    """Go on with a RUN that was cut off, cancelled, or failed: with what is left of its own plan, as it was reviewed.

    What failed or was skipped is tried again, what did not get ready or healthy is asked again, and nothing that was done
    is done twice. What is left is shown, and asked about, like a plan. It is refused where the state was changed by
    somebody else since, where reality is not what the run left, or where a sensitive value has become another.

    The beginning of a run's id is enough where it is the only one.
    """
    from reign.app.nouns import ApplyRequest
    from reign.cli.again import Again
    from reign.cli.approval import Approval
    from reign.cli.running import carry_out
    from reign.render.view import View

    session.aftermath = "Nothing was done."
    request = ApplyRequest(
        command="runs resume",
        resume=run,
        parallelism=running["parallelism"],
        on_failure=running["on_failure"],
        lock_wait_s=running["lock_timeout"],
    )
    view = View(full=full, summary=summary, command=session.command(), next_step=False, width=session.width())
    again = Again(session.command(), f"runs resume {shlex.quote(run)}", is_rest=True)
    return carry_out(session, request, Approval(session, gate, view, again))


@examples("reign runs abort 8c20f7", "reign runs abort 8c20f7 --reason 'the change was withdrawn' --auto-approve")
@command.command(name="abort")
@click.argument("run")
@click.option("--reason", metavar="TEXT", default="", help="Why, for the history.")
@click.option("--auto-approve", is_flag=True, help="Do it without asking.")
@lock_timeout
@as_json
@click.pass_obj
def abort(session: Session, run: str, reason: str, auto_approve: bool, lock_timeout: float) -> None:
    """Give up a paused RUN for good: it cannot be resumed any more. What it has done stays as it is.

    The history keeps who gave it up, and why. To go back to what was there before it: reign rollback.
    """
    from reign.app.runs import abort
    from reign.cli.surgery import consent

    session.aftermath = "Nothing was changed."

    def approve(aborting: Aborting) -> None:
        told = aborting.figures
        done = f"{told['added']} added, {told['changed']} changed, {told['destroyed']} destroyed"
        question = [f"Do you really want to give up run {aborting.run}?", f"  It cannot be resumed then. Done: {done}."]
        again = "" if auto_approve else f"{session.command()} runs abort {shlex.quote(run)}"
        consent(session, question, aborting.settings, aborting.name, again=again)

    aborted = abort(session.where(), run, reason, approve, lock_timeout)
    if session.wants_json:
        from reign.cli.machine import tell

        tell(session, {"run_id": aborted.run, "status": "aborted"})
        return
    session.say([f"Run {aborted.run} is aborted.", "", f"What is to be done from here on: {session.command()} plan"])
