"""`reign runs`."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from reign.cli.arguments import Group, examples
from reign.cli.gate import Gate
from reign.cli.listing import show_rows
from reign.cli.main import Exit
from reign.cli.options import as_json, duration, gate, limited, listing, lock_timeout, running, shown
from reign.cli.session import Session

if TYPE_CHECKING:
    from reign.app.cleanup import Cleaning
    from reign.app.runs import Aborting
    from reign.model.finding import Finding


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
    """Show one RUN: what it did to what, how long each operation took, what failed at which try, and what was asked.

    The beginning of a run's id is enough where it is the only one.
    """
    from reign.app.told import run_told
    from reign.render.run import run_document, run_text

    told = run_told(session.where(), run)
    if session.wants_json:
        from reign.cli.machine import tell

        tell(session, run_document(told.run, told.parts))
        return
    session.say(run_text(told.run, told.parts, session.width()))


@examples("reign runs export 8c20f7 --into run.json", "reign runs export 8c20f7 --format markdown")
@command.command(name="export")
@click.argument("run")
@click.option(
    "--format", "form", type=click.Choice(("json", "markdown")), default="json", help="JSON, or a page for people."
)
@click.option("--into", metavar="FILE", help="Write it to this file instead.")
@click.pass_obj
def export(session: Session, run: str, form: str, into: str | None) -> None:
    """Write everything about one RUN: its phases, operations with every try, findings, questions, checkpoints and drift.

    Nothing sensitive is in it: the history holds none of that in clear.
    """
    from reign.app.told import run_told
    from reign.cli.files import expect_files, write_file
    from reign.render.json_text import json_text
    from reign.render.run import run_document, run_markdown

    expect_files(session, {"--into": into})
    told = run_told(session.where(), run)
    is_page = form == "markdown"
    text = run_markdown(told.run, told.parts) if is_page else json_text(run_document(told.run, told.parts), 2) + "\n"
    if into is None:
        session.put(text)
        return
    write_file(session.path(into), text.encode())
    session.note([f"Wrote run {told.run['run_id']} to: {into}"])


@examples("reign runs resume 8c20f7", "reign runs resume 8c20f7 --auto-approve --parallelism 4")
@command.command(name="resume", streams=True)
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
    """Give up a RUN that is paused or failed for good: it cannot be resumed any more. What it has done stays as it is.

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
        from reign.api.diagnostic import diagnostic
        from reign.cli.machine import tell

        told = [diagnostic(finding) for finding in aborted.warnings]
        tell(session, {"run_id": aborted.run, "status": "aborted", "diagnostics": told})
        return
    _note(session, aborted.warnings)
    session.say([f"Run {aborted.run} is aborted.", "", f"What is to be done from here on: {session.command()} plan"])


@examples("reign runs cleanup --dry-run", "reign runs cleanup --older-than 30d --auto-approve")
@command.command(name="cleanup")
@click.argument("run", required=False)
@click.option(
    "--older-than", callback=duration, metavar="TIME", help="Only of runs that began so long ago, or earlier."
)
@click.option("--dry-run", is_flag=True, help="Only show it: no lock, no question, nothing removed.")
@click.option("--auto-approve", is_flag=True, help="Do it without asking.")
@lock_timeout
@as_json
@click.pass_obj
def cleanup(
    session: Session,
    run: str | None,
    older_than: float | None,
    dry_run: bool,
    auto_approve: bool,
    lock_timeout: float,
) -> None:
    """Remove what runs that failed, were cut off or given up left behind, of RUN or of all of them.

    That is the stored plan of a run that cannot be resumed any more, and what a write that was cut off left beside its
    place. Nothing that stands is touched, and the history stays as it is.
    """
    from reign.app.cleanup import clean_up, find_leftovers
    from reign.cli.surgery import consent
    from reign.yaml.scalars import written_seconds

    session.aftermath = "Nothing was removed."
    words = [*([shlex.quote(run)] if run else [])]
    words += [f"--older-than {written_seconds(older_than)}"] if older_than is not None else []

    def approve(cleaning: Cleaning) -> None:
        _show_leftovers(session, cleaning)
        again = "" if auto_approve else " ".join([session.command(), "runs cleanup", *words])
        consent(session, ["Do you want to remove it?", "  It cannot be brought back."], cleaning.settings, again=again)

    where = session.where()
    done = (
        find_leftovers(where, run, older_than) if dry_run else clean_up(where, run, older_than, approve, lock_timeout)
    )
    if session.wants_json:
        from reign.api.diagnostic import diagnostic
        from reign.cli.machine import tell

        told = [diagnostic(finding) for finding in done.warnings]
        gone = [{"path": str(each.path), "why": each.why} for each in done.leftovers]
        removed = not dry_run and bool(gone)
        tell(session, {"leftovers": gone, "kept": list(done.kept), "removed": removed, "diagnostics": told})
        return
    _note(session, done.warnings)
    if dry_run or not done.leftovers:
        _show_leftovers(session, done)
    if done.leftovers:
        session.say(["", "Nothing was removed: this was a dry run." if dry_run else "All of it is removed."])


def _note(session: Session, warnings: Sequence[Finding]) -> None:
    from reign.render.finding import brief

    session.note([line for finding in warnings for line in [*brief(finding), ""]])


def _show_leftovers(session: Session, cleaning: Cleaning) -> None:
    if session.wants_json:
        return
    lines = [f"  - {each.path}\n      ({each.why})" for each in cleaning.leftovers]
    session.say(["These would go:", "", *lines] if lines else ["There is nothing that nobody needs."])
    session.say(
        [f"Kept: run {run} can still be resumed: {session.command()} runs resume {run}" for run in cleaning.kept]
    )
