"""`reign history`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reign.cli.arguments import Group, examples
from reign.cli.options import as_json, duration, lock_timeout
from reign.cli.session import Session

if TYPE_CHECKING:
    from reign.app.prune import Pruned, Pruning


@examples("reign history prune --dry-run", "reign history prune --older-than 30d")
@click.group(cls=Group, name="history")
def command() -> None:
    """Keep the history of runs in bounds."""


@examples("reign history prune --dry-run", "reign history prune --older-than 30d --auto-approve")
@command.command(name="prune")
@click.option(
    "--older-than", callback=duration, metavar="TIME", help="The age from which on; by default that of the settings."
)
@click.option("--dry-run", is_flag=True, help="Only show it: no lock, no question, nothing removed.")
@click.option("--auto-approve", is_flag=True, help="Do it without asking.")
@lock_timeout
@as_json
@click.pass_obj
def prune(session: Session, older_than: float | None, dry_run: bool, auto_approve: bool, lock_timeout: float) -> None:
    """Remove what is too old of the history: events, the plans of runs, and content that nothing needs any more.

    Nothing of the state changes. An apply does the same by itself, for what is older than `settings.history.retention`
    (90d). The journal goes in whole segments, so that some of it stays longer. What a checkpoint with a name needs
    stays; one that was made by itself ends.
    """
    from reign.app.prune import Pruned, plan_pruning, prune_history
    from reign.cli.surgery import consent
    from reign.yaml.scalars import written_seconds

    session.aftermath = "Nothing was removed."

    def approve(pruning: Pruning) -> None:
        _show(session, pruning)
        age = f" --older-than {written_seconds(older_than)}" if older_than is not None else ""
        again = "" if auto_approve else f"{session.command()} history prune{age}"
        consent(session, ["Do you want to remove it?", "  It cannot be brought back."], pruning.settings, again=again)

    where = session.where()
    done = (
        Pruned(plan_pruning(where, older_than)) if dry_run else prune_history(where, older_than, approve, lock_timeout)
    )
    if not done.run:
        _show(session, done.pruning)
    _tell(session, done, dry_run=dry_run)


def _show(session: Session, found: Pruning) -> None:
    from reign.render.pruning import kept, pruning

    if session.wants_json:
        return
    ends = [held.name for held in found.ends]
    session.say(pruning(found.before, found.old.events, found.old.bytes, ends, session.width()))
    if found.kept_for:
        session.say(kept(found.kept_for.name, session.command(), session.width()))


def _tell(session: Session, done: Pruned, *, dry_run: bool) -> None:
    if session.wants_json:
        from reign.api.pruning import pruning_document
        from reign.cli.machine import tell

        tell(session, pruning_document(done, dry_run=dry_run))
        return
    from reign.render.finding import brief
    from reign.render.words import plural

    session.note([line for finding in done.warnings for line in ["", *brief(finding)]])
    if done.run:
        session.say(["", f"Removed {plural(done.pruning.old.events, 'event')}. Run {done.run}."])
    elif done.pruning.old.segments:
        session.say(["", "Nothing was removed: this was a dry run."])
