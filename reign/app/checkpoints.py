"""Checkpoints: made, listed, compared and deleted. One is a place in the journal: nothing of the state is copied."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex

from reign.app.held import holding
from reign.app.history import Recording
from reign.app.nouns import Where
from reign.app.point import Point, checkpoint_named, find_point, held_at, is_a_time
from reign.app.workspace import open_existing
from reign.config import Settings
from reign.model.errors import Failed
from reign.model.event import Checkpoint, EventKind, OutputValue, State
from reign.model.finding import Finding
from reign.model.nearest import nearest
from reign.model.plan import OutputChange
from reign.planning.between import Difference, between, outputs_between

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_RUN = re.compile(r"[0-9a-fA-F]+")


@dataclass(frozen=True, slots=True)
class Made:
    """A checkpoint that was made or deleted, and the run that the history has for it."""

    checkpoint: Checkpoint
    run: str
    warnings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Deleting:
    """A checkpoint that is about to be deleted. `settings` are the project's."""

    checkpoint: Checkpoint
    settings: Settings


@dataclass(frozen=True, slots=True)
class Compared:
    """How the state differs at two points, each in words and with its serial."""

    before: str
    before_serial: int
    after: str
    after_serial: int
    resources: tuple[Difference, ...]
    outputs: tuple[OutputChange, ...]


def create_checkpoint(where: Where, name: str = "", description: str = "", lock_wait_s: float = 0.0) -> Made:
    """Name the state as it is now; without a `name`, the next number makes one.

    Raises Locked, and Failed where nothing was ever applied, or the name is taken or could be taken for something else.
    """
    space = open_existing(where)
    _check_name(name)
    if not space.layout.journal.is_dir():
        raise Failed([_nothing_yet()])  # a lock would make a state where there is none
    with holding(space, "checkpoint create", lock_wait_s, feeds=False, reads=False) as held:
        writer = held.writer
        state = writer.fold.summary()
        if not state.last_seq:
            raise Failed([_nothing_yet()])
        if name and (taken := checkpoint_named(state, name)):
            raise Failed([_taken(taken)])
        recording = Recording()
        key, called = token_hex(8), name or _next_name(state)
        data = {
            "id": key,
            "name": called,
            "description": description,
            "automatic": False,
            "serial": state.serial,
            "head": state.head,
            "resources": len(writer.fold.resources),
        }
        fact = recording.fact(EventKind.CHECKPOINT, data)
        recording.write(space, writer, "checkpoint create", message=called, told=[fact])
        return Made(writer.fold.summary().checkpoints[key], recording.run, held.told)


def delete_checkpoint(where: Where, name: str, approve: Callable[[Deleting], None], lock_wait_s: float = 0.0) -> Made:
    """Delete the checkpoint with this name or id, once `approve` returns. The history that it names stays until it is
    pruned. Raises Locked, Cancelled, Refused, and Failed where there is none.
    """
    space = open_existing(where)
    find_checkpoint(space.reading.fold.summary(), name)  # a lock would make a state where there is none
    with holding(space, "checkpoint delete", lock_wait_s, feeds=False) as held:
        found = find_checkpoint(held.writer.fold.summary(), name)
        approve(Deleting(found, held.settings))
        recording = Recording()
        fact = recording.fact(EventKind.CHECKPOINT_DELETED, {"id": found.id})
        recording.write(space, held.writer, "checkpoint delete", message=found.name, told=[fact])
        return Made(found, recording.run, held.told)


def list_checkpoints(where: Where) -> tuple[Checkpoint, ...]:
    """The checkpoints that are kept, the newest first, in the order of the journal."""
    return tuple(reversed(open_existing(where).reading.fold.summary().checkpoints.values()))


def show_checkpoint(where: Where, name: str) -> tuple[Checkpoint, State]:
    """The checkpoint with this name or id, and the state as it was there, encrypted as it is. Raises Failed."""
    space = open_existing(where)
    found = find_checkpoint(space.reading.fold.summary(), name)
    return found, held_at(space.reading, Point(f"checkpoint {found.name}", found.seq))


def compare_points(where: Where, before: str, after: str = "") -> Compared:
    """How the state differs between two points, each a checkpoint, a run or a time; `after` is now where it is empty."""
    space = open_existing(where)
    now = space.reading.fold.state()
    points = [find_point(space.reading, now, text) for text in (before, after) if text]
    states = [held_at(space.reading, point) for point in points]
    words = [point.to for point in points]
    if not after:
        states, words = [*states, now], [*words, "now"]
    one, other = states
    outputs: list[dict[str, OutputValue]] = [one.outputs, other.outputs]
    return Compared(
        words[0], one.serial, words[1], other.serial, between(one, other), outputs_between(outputs[0], outputs[1])
    )


def find_checkpoint(state: State, name: str) -> Checkpoint:
    """The checkpoint with this name or id. Raises Failed."""
    found = checkpoint_named(state, name)
    if found is None:
        names = [held.name for held in state.checkpoints.values()]
        near = nearest(name, names)
        raise Failed([_unknown(name, near or "")])
    return found


def _next_name(state: State) -> str:
    """The first `checkpoint-N` that is free."""
    names = {held.name for held in state.checkpoints.values()}
    return next(name for number in range(1, len(names) + 2) if (name := f"checkpoint-{number}") not in names)


def _check_name(name: str) -> None:
    """Raises Failed on a name that something else could be meant by, wherever a point is named."""
    if not name:
        return
    if not _NAME.fullmatch(name):
        raise Failed([_no_name(name, "Names are letters, digits, dots, dashes and underscores, at most 80 of them.")])
    if _RUN.fullmatch(name):
        raise Failed([_no_name(name, "It could as well be the beginning of a run's id, which --to takes too.")])
    if is_a_time(name):
        raise Failed([_no_name(name, "It could as well be a time, which --to takes too.")])
    if name == "now":
        raise Failed([_no_name(name, "It is what the present is called where two points are compared.")])


def _no_name(name: str, why: str) -> Finding:
    fix = f"Give it another, such as before-{name}." if _NAME.fullmatch(name) else "Give it another."
    return Finding("checkpoint/name", "No name for a checkpoint", f"{name!r} cannot name one. {why}", fix=fix)


def _taken(held: Checkpoint) -> Finding:
    return Finding(
        "checkpoint/taken",
        "There is such a checkpoint",
        f"Checkpoint {held.name} was made {held.created_at[:19]} UTC, at serial {held.serial}. Nothing was done.",
        fix=f"Give this one another name, or delete that: reign checkpoint delete {held.name}",
    )


def _nothing_yet() -> Finding:
    return Finding(
        "checkpoint/nothing",
        "Nothing was applied yet",
        "There is no state, so there is nothing to come back to.",
        fix="Apply first: reign apply",
    )


def _unknown(name: str, near: str) -> Finding:
    return Finding(
        "checkpoint/unknown",
        "Unknown checkpoint",
        f"There is no checkpoint {name!r}: none was made by that name, or it was deleted or pruned.",
        hint=f'did you mean "{near}"?' if near else "",
        fix="All checkpoints: reign checkpoint list",
    )
