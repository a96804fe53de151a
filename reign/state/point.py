"""The state as it was at an earlier point of its history, and how a point is found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reign.model.event import EventKind
from reign.state.fold import Fold
from reign.state.layout import Layout
from reign.state.line import parse_line
from reign.state.segment import history, lines_after, segment_with

_TOLD = re.compile(rb'"seq":(\d+),"at":"([^"]*)","run":"([^"]*)"')
"""What stands near the beginning of a line's JSON, before anything of a user's."""


_ADOPTED, _BEGUN = b'"verb":"adopt"', b'"kind":"run_started"'


def read_at(layout: Layout, seq: int) -> Fold:
    """The state after event `seq`: from the snapshot of the segment that holds it. Raises Failed on damage, LookupError
    where that segment is gone, or was never written.
    """
    segment = segment_with(layout.journal, seq)
    if segment is None:
        raise LookupError(seq)
    fold = Fold(segment.snapshot, is_sealed=segment.is_sealed)
    for raw, digest in segment.raws():
        if raw["seq"] > seq:
            break
        fold.apply(raw, digest)
    return fold


def ends_of_runs(layout: Layout, prefix: str = "") -> dict[str, int]:
    """The runs whose ids begin with `prefix`, in the order of their beginning, each with the number of its last event."""
    return {run: seq for seq, _, run in _told(layout) if run.startswith(prefix)}


def first_of_run(layout: Layout, run: str) -> int:
    """The number of the first event of `run`. Raises LookupError where nothing is known of it."""
    for seq, _, of in _told(layout):
        if of == run:
            return seq
    raise LookupError(run)


def last_before(layout: Layout, at: str) -> int:
    """The number of the last event that was told by `at` (UTC, ISO 8601 without a zone); 0 where none was.

    Of a clock that went back, the first time that it said something later counts.
    """
    last = 0
    for seq, told_at, _ in _told(layout):
        if told_at > at:
            break
        last = seq
    return last


def since(layout: Layout, after: int) -> tuple[frozenset[str], str]:
    """Of what came after event `after`: the operations that took over what was there already, and the project's name."""
    lines = [line for segment in history(layout.journal, after) for line in lines_after(segment, after)]
    told = (parse_line(line) for line in lines if _ADOPTED in line)
    taken = frozenset(raw["op"] for raw in told if raw["data"].get("verb") == "adopt")
    return taken, _project(lines) or _project(line for segment in history(layout.journal) for line in segment.lines)


def _project(lines: Iterable[bytes]) -> str:
    """The project's name as the newest run among them has it; empty where none is."""
    told = [parse_line(line) for line in lines if _BEGUN in line]
    names = [raw["data"]["project"] for raw in told if raw["kind"] == EventKind.RUN_STARTED]
    return next((name for name in reversed(names) if name), "")


def _told(layout: Layout) -> Iterator[tuple[int, str, str]]:
    """(number, time, run) of every event, oldest first."""
    for segment in history(layout.journal):
        for line in segment.lines:
            found = _TOLD.search(line)
            if found:
                yield int(found[1]), found[2].decode(), found[3].decode()
