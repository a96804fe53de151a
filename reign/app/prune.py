"""Retention: what is older than the settings say goes at the end of an apply, and `history prune` removes it at once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from reign.app.declared import read_files
from reign.app.held import Held, holding
from reign.app.history import Recording
from reign.app.nouns import Where
from reign.app.workspace import Workspace, open_existing
from reign.config import Settings
from reign.model.errors import Failed
from reign.model.event import Checkpoint
from reign.model.finding import Finding
from reign.state.layout import Layout
from reign.state.reader import read_fold
from reign.state.retention import Old, old_segments
from reign.state.writer import Writer

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pruning:
    """What would go: all that was told before `before` (UTC, ISO 8601; empty: nothing is too old), as far as `old` counts it.

    ends: the automatic checkpoints that end with it. kept_for: the checkpoint with a name that the rest stays for, if any.
    """

    before: str
    older_than_s: float | None
    old: Old
    ends: tuple[Checkpoint, ...] = ()
    kept_for: Checkpoint | None = None
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What went, in `run`; no run where nothing did."""

    pruning: Pruning
    run: str = ""
    warnings: tuple[Finding, ...] = ()


def retire(writer: Writer, settings: Settings | None, run: str) -> None:
    """At the end of `run`: let go what is older than the settings say. Without settings nothing goes.

    What was done is done: where this fails, the next run tries again.
    """
    kept_s = settings.history.retention_s if settings else None
    if kept_s is None:
        return
    now = datetime.now(UTC)
    try:
        old = writer.old(_text(now, kept_s))
        if old.segments:
            writer.journal.append([writer.pruned(old, run, _text(now), kept_s)])
            writer.clear()
    except (Failed, OSError) as error:
        _log.warning("what is old was not pruned: %s", error)


def plan_pruning(where: Where, older_than_s: float | None) -> Pruning:
    """What would go, without a lock; `older_than_s` None means what the settings say."""
    space = open_existing(where)
    project = read_files(space).partial
    return _pruning(space.layout, project.settings if project else Settings(), older_than_s)


def prune_history(
    where: Where, older_than_s: float | None, approve: Callable[[Pruning], None], lock_wait_s: float = 0.0
) -> Pruned:
    """Remove it, once `approve` returns. Raises Locked, Failed, Refused, Cancelled; then nothing is removed."""
    space = open_existing(where)
    pruning = plan_pruning(where, older_than_s)
    if not pruning.old.segments:
        return Pruned(pruning)
    with holding(space, "history prune", lock_wait_s) as held:
        return _prune(space, held, older_than_s, approve)


def _prune(space: Workspace, held: Held, older_than_s: float | None, approve: Callable[[Pruning], None]) -> Pruned:
    writer = held.writer
    pruning = _pruning(space.layout, held.settings, older_than_s)
    if not pruning.old.segments:
        return Pruned(pruning, warnings=held.told)
    approve(pruning)
    recording = Recording()
    fact = writer.pruned(pruning.old, recording.run, recording.now, pruning.older_than_s or 0.0)
    message = f"events before {pruning.before[:19]}: {pruning.old.events}"
    recording.write(space, writer, "history prune", project=held.project, message=message, told=[fact])
    writer.clear()
    return Pruned(pruning, recording.run, held.told)


def _pruning(layout: Layout, settings: Settings, older_than_s: float | None) -> Pruning:
    kept_s = settings.history.retention_s if older_than_s is None else older_than_s
    before = "" if kept_s is None else _text(datetime.now(UTC), kept_s)
    fold = read_fold(layout)
    old = old_segments(layout.journal, fold, before, last=True)
    held = fold.summary().checkpoints.values()
    ends = tuple(each for each in held if old.segments and each.seq < old.seq)
    kept_for = next((each for each in held if each.id == old.kept_for), None)
    return Pruning(before, kept_s, old, ends, kept_for, settings)


def _text(now: datetime, ago_s: float = 0.0) -> str:
    """A time as events have it; the beginning of all times where it is before that."""
    try:
        at = now - timedelta(seconds=ago_s)
    except OverflowError:
        at = datetime.min.replace(tzinfo=UTC)
    return at.replace(tzinfo=None).isoformat(timespec="microseconds")
