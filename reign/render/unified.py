"""Two texts as a unified diff, as `diff -u` and git write it; which line came from which is known, so nothing is searched for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

_AROUND = 3
_NO_END = "\n\\ No newline at end of file\n"


class _Edit(NamedTuple):
    """A line with its sign; `at` and `to` are how many lines of both texts stand above it."""

    sign: str
    line: str
    at: int
    to: int


def unified(name: str, before: Sequence[str], after: Sequence[str], origins: Sequence[int]) -> str:
    """The diff of one file. The lines have their ends; `origins` has for each of `after` the line of `before`, from 0, that
    it is made of, in order. Empty where nothing differs."""
    edits = list(_edits(before, after, origins))
    hunks = "".join(_hunk(edits[start:end]) for start, end in _groups(edits))
    return f"--- old/{name}\n+++ new/{name}\n{hunks}" if hunks else ""


def _edits(before: Sequence[str], after: Sequence[str], origins: Sequence[int]) -> Iterator[_Edit]:
    """Every line of both, in order."""
    taken = given = 0
    same = [(at, to) for to, at in enumerate(origins) if at < len(before) and before[at] == after[to]]
    for at, to in [*same, (len(before), len(after))]:
        if at < taken:
            continue
        yield from (_Edit("-", before[line], line, given) for line in range(taken, at))
        yield from (_Edit("+", after[line], at, line) for line in range(given, to))
        if at < len(before):
            yield _Edit(" ", before[at], at, to)
        taken, given = at + 1, to + 1


def _groups(edits: Sequence[_Edit]) -> Iterator[tuple[int, int]]:
    """Where the changes begin and end that stand together, with what is the same around them."""
    start, end = -1, 0
    for place, edit in enumerate(edits):
        if edit.sign == " ":
            continue
        if start >= 0 and place - end > 2 * _AROUND:
            yield start, end + _AROUND
            start = -1
        start, end = max(0, place - _AROUND) if start < 0 else start, place + 1
    if start >= 0:
        yield start, min(len(edits), end + _AROUND)


def _hunk(edits: Sequence[_Edit]) -> str:
    olds = sum(edit.sign != "+" for edit in edits)
    news = sum(edit.sign != "-" for edit in edits)
    first = edits[0]
    head = f"@@ -{first.at + bool(olds)},{olds} +{first.to + bool(news)},{news} @@\n"
    return head + "".join(f"{sign}{line if line.endswith(chr(10)) else line + _NO_END}" for sign, line, _, _ in edits)
