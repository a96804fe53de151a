"""`reign checkpoint`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from reign.cli.arguments import Group, examples
from reign.cli.listing import show_rows
from reign.cli.options import as_json, limited, listing, lock_timeout, shown
from reign.cli.session import Session

if TYPE_CHECKING:
    from reign.app.checkpoints import Deleting, Made


@examples("reign checkpoint create before-upgrade", "reign checkpoint list", "reign checkpoint diff before-upgrade")
@click.group(cls=Group, name="checkpoint")
def command() -> None:
    """Name points of the state, and go back to them.

    One is made by itself, before-RUN, before each run that destroys or replaces something.
    """


@examples("reign checkpoint create before-upgrade", 'reign checkpoint create v1.4 --description "Release 1.4"')
@command.command(name="create")
@click.argument("new_name", metavar="[NAME]", required=False)
@click.option("--description", default="", metavar="TEXT", help="What it is for.")
@lock_timeout
@as_json
@click.pass_obj
def create(session: Session, new_name: str | None, description: str, lock_timeout: float) -> None:
    """Keep the state as it is now under a NAME, or under a number without one.

    Nothing is copied: it is a place in the history, which stays as long as the checkpoint does.
    """
    from reign.app.checkpoints import create_checkpoint
    from reign.render.words import plural

    session.aftermath = "Nothing was changed."
    made = create_checkpoint(session.where(), new_name or "", description, lock_timeout)
    held = made.checkpoint
    held_there = plural(held.resources, "resource")
    back = f"{session.command()} rollback --to {shlex.quote(held.name)}"
    _tell(session, made, [f"Checkpoint {held.name}: serial {held.serial}, {held_there}.", f"Go back to it: {back}"])


@examples("reign checkpoint list", "reign checkpoint list -n 5 -o json")
@command.command(name="list")
@limited
@listing
@click.pass_obj
def list_(session: Session, limit: int | None, form: str) -> None:
    """List the checkpoints, the newest first."""
    from reign.api.checkpoints import COLUMNS, row
    from reign.app.checkpoints import list_checkpoints

    rows = [row(held) for held in list_checkpoints(session.where())[:limit]]
    nothing = f"There are no checkpoints. Make one: {session.command()} checkpoint create NAME"
    show_rows(session, form, COLUMNS, rows, nothing)


@examples("reign checkpoint show before-upgrade", "reign checkpoint show before-upgrade --json")
@command.command(name="show")
@click.argument("checkpoint", metavar="NAME")
@as_json
@click.pass_obj
def show(session: Session, checkpoint: str) -> None:
    """Show the checkpoint NAME, and what the state held there."""
    from reign.api.checkpoints import checkpoint_document
    from reign.app.checkpoints import show_checkpoint

    held, state = show_checkpoint(session.where(), checkpoint)
    snapshots = sorted(state.resources.values(), key=lambda snapshot: snapshot.address.sort_key())
    if session.wants_json:
        from reign.api.document import resource_document
        from reign.cli.machine import tell

        tell(session, checkpoint_document(held, holds=[resource_document(snapshot) for snapshot in snapshots]))
        return
    from reign.render.rows import stated
    from reign.render.table import table

    session.say(stated(checkpoint_document(held), "", "", full=True))
    if snapshots:
        rows = [(snapshot.address.text, snapshot.external_id, snapshot.tainted) for snapshot in snapshots]
        session.say([""])
        session.put(table(("address", "external_id", "tainted"), rows, session.width()))


@examples("reign checkpoint diff before-upgrade", "reign checkpoint diff before-upgrade after-upgrade --summary")
@command.command(name="diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="[B]", required=False)
@as_json
@shown
@click.pass_obj
def diff(session: Session, before: str, after: str | None, summary: bool, full: bool) -> None:
    """Show how the state differs between A and B, or between A and now.

    Each is a checkpoint, a run (as it left the state) or a time.
    """
    from reign.app.checkpoints import compare_points

    compared = compare_points(session.where(), before, after or "")
    if session.wants_json:
        from reign.api.checkpoints import compared_document
        from reign.cli.machine import tell

        tell(session, compared_document(compared))
        return
    from reign.render.between import between_text
    from reign.render.view import View

    view = View(full=full, summary=summary, width=session.width())
    names = (
        f"{compared.before} (serial {compared.before_serial})",
        f"{compared.after} (serial {compared.after_serial})",
    )
    session.say(between_text(*names, compared.resources, compared.outputs, view))


@examples("reign checkpoint delete before-upgrade", "reign checkpoint delete before-upgrade --auto-approve")
@command.command(name="delete")
@click.argument("checkpoint", metavar="NAME")
@click.option("--auto-approve", is_flag=True, help="Do it without asking.")
@lock_timeout
@as_json
@click.pass_obj
def delete(session: Session, checkpoint: str, auto_approve: bool, lock_timeout: float) -> None:
    """Delete the checkpoint NAME.

    Nothing of the state changes. The history that it kept goes with the next that is pruned for its age.
    """
    from reign.app.checkpoints import delete_checkpoint
    from reign.cli.surgery import consent

    session.aftermath = "Nothing was changed."

    def approve(deleting: Deleting) -> None:
        held = deleting.checkpoint
        said = f"  {held.name}, of {held.created_at[:19]} UTC, at serial {held.serial}."
        again = "" if auto_approve else f"{session.command()} checkpoint delete {shlex.quote(checkpoint)}"
        consent(session, ["Do you want to delete this checkpoint?", said], deleting.settings, again=again)

    made = delete_checkpoint(session.where(), checkpoint, approve, lock_timeout)
    _tell(session, made, [f"Checkpoint {made.checkpoint.name} is deleted. Nothing of the state was changed."])


def _tell(session: Session, made: Made, lines: list[str]) -> None:
    if session.wants_json:
        from reign.api.checkpoints import checkpoint_document
        from reign.api.diagnostic import diagnostic
        from reign.cli.machine import tell

        told = [diagnostic(finding) for finding in made.warnings]
        tell(session, checkpoint_document(made.checkpoint, changed_by=made.run, diagnostics=told))
        return
    from reign.render.finding import brief

    session.note([line for finding in made.warnings for line in ["", *brief(finding)]])
    session.say(lines)
