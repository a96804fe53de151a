"""How a point of the history is found, and what the events after one say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reign.model.event import EventKind
from reign.state.line import parse_line
from reign.state.reader import Reading
from reign.state.segment import lines_after

_TOLD = re.compile(rb'"seq":(\d+),"at":"([^"]*)","run":"([^"]*)"')
"""What stands near the beginning of a line's JSON, before anything of a user's."""


_ADOPTED, _BEGUN = b'"verb":"adopt"', b'"kind":"run_started"'


def ends_of_runs(reading: Reading, prefix: str = "") -> dict[str, int]:
    """The runs whose ids begin with `prefix`, in the order of their beginning, each with the number of its last event."""
    return {run: seq for seq, _, run in _told(reading) if run.startswith(prefix)}


def first_of_run(reading: Reading, run: str) -> int:
    """The number of the first event of `run`. Raises LookupError where nothing is known of it."""
    for seq, _, of in _told(reading):
        if of == run:
            return seq
    raise LookupError(run)


def last_before(reading: Reading, at: str) -> int:
    """The number of the last event that was told by `at` (UTC, ISO 8601 without a zone); 0 where none was.

    Of a clock that went back, the first time that it said something later counts.
    """
    last = 0
    for seq, told_at, _ in _told(reading):
        if told_at > at:
            break
        last = seq
    return last


def taken_since(reading: Reading, after: int) -> frozenset[str]:
    """The operations after event `after` that took over what was there already."""
    lines = (line for segment in reading.history(after) for line in lines_after(segment, after) if _ADOPTED in line)
    return frozenset(raw["op"] for raw in map(parse_line, lines) if raw["data"].get("verb") == "adopt")


def project_of(reading: Reading) -> str:
    """The project's name as the newest run has it; empty where none is. A state that an earlier Reign wrote lacks it."""
    told = [parse_line(line) for segment in reading.history() for line in segment.lines if _BEGUN in line]
    names = [raw["data"]["project"] for raw in told if raw["kind"] == EventKind.RUN_STARTED]
    return next((name for name in reversed(names) if name), "")


def _told(reading: Reading) -> Iterator[tuple[int, str, str]]:
    """(number, time, run) of every event, oldest first."""
    for segment in reading.history():
        for line in segment.lines:
            found = _TOLD.search(line)
            if found:
                yield int(found[1]), found[2].decode(), found[3].decode()
