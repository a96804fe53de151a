"""What `--to` names: a checkpoint, a run, or a time; and the state as it was there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from reign.app.workspace import Workspace
from reign.model.errors import Failed
from reign.model.event import Checkpoint, State
from reign.model.finding import Finding
from reign.model.nearest import nearest
from reign.state.point import ends_of_runs, last_before
from reign.state.reader import Reading
from reign.yaml.scalars import seconds


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the history: after event `seq`. `to` says in words what it is: `checkpoint NAME`, `run ID`, a time."""

    to: str
    seq: int


def find_point(reading: Reading, state: State, text: str) -> Point:
    """What `text` names: a checkpoint by name or id, a run by the beginning of its id, a time or an age. Raises Failed."""
    held = checkpoint_named(state, text)
    if held is not None:
        return Point(f"checkpoint {held.name}", held.seq)
    runs = ends_of_runs(reading, text.lower()) if _RUN.issuperset(text.lower()) else {}
    if len(runs) == 1:
        ((run, seq),) = runs.items()
        return Point(f"run {run}", seq)
    if runs:
        raise _several(text, sorted(runs))
    at = _time(text)
    if at is None:
        raise _unknown(text, state)
    seq = last_before(reading, at.replace(tzinfo=None).isoformat(timespec="microseconds"))
    if seq == state.last_seq and at > datetime.now(UTC):  # unless the clock went back: then the history has been there
        raise _to_come(text)
    if not seq:
        raise _before_everything(text)
    return Point(at.isoformat(timespec="seconds").replace("+00:00", "Z"), seq)


def checkpoint_named(state: State, text: str) -> Checkpoint | None:
    """The checkpoint with this name or id."""
    by_name = {held.name: held for held in state.checkpoints.values()}
    return by_name.get(text) or state.checkpoints.get(text)


def state_at(space: Workspace, reading: Reading, point: Point) -> State:
    """The state as it was there, what is encrypted in it opened. Raises Failed, also where that is pruned away."""
    return space.opened(held_at(reading, point))


def held_at(reading: Reading, point: Point) -> State:
    """The state as it was there, encrypted as it is. Raises Failed where that is pruned away, or damaged."""
    try:
        return reading.at(point.seq).state()
    except LookupError:
        told = f"The history of {point.to} was pruned, and what the state was then is not known any more."
        raise Failed(
            [Finding("history/pruned", "Too long ago", told, fix="See what is left: reign timeline")]
        ) from None


def is_a_time(text: str) -> bool:
    """Whether `text` says a time, or how long ago something was."""
    return _time(text) is not None


_RUN = frozenset("0123456789abcdef")


def _time(text: str) -> datetime | None:
    """An RFC 3339 time, in UTC where it names no zone, or so long ago as a duration says; None for what is neither."""
    try:
        told = datetime.fromisoformat(text)
        return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
    except ValueError:
        pass
    try:
        return datetime.now(UTC) - timedelta(seconds=seconds(text))
    except (ValueError, OverflowError):
        return None


def _unknown(text: str, state: State) -> Failed:
    names = [held.name for held in state.checkpoints.values()]
    near = nearest(text, names)
    hint = f'did you mean "{near}"?' if near else ""
    told = f"{text!r} is no checkpoint, no run and no time of this state."
    fix = "See what there is: reign checkpoint list, reign runs list. A time is 2026-11-20T10:00:00Z, or an age: 2h"
    return Failed([Finding("history/unknown-point", "No such point in the history", told, hint=hint, fix=fix)])


def _several(text: str, runs: list[str]) -> Failed:
    told = f"{text!r} begins the ids of several runs: {', '.join(runs[:3])}{', ...' if len(runs) > 3 else ''}."
    return Failed([Finding("runs/unknown", "Unknown run", told, fix="Write more of the id: reign runs list")])


def _to_come(text: str) -> Failed:
    told = f"{text} is still to come."
    return Failed([Finding("history/unknown-point", "No such point in the history", told, fix="See: reign timeline")])


def _before_everything(text: str) -> Failed:
    told = f"Nothing is known of this state at {text}: its history begins later."
    return Failed([Finding("history/unknown-point", "No such point in the history", told, fix="See: reign timeline")])
