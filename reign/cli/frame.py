"""The live part of the screen as lines: a row for each running operation, and the bar. Nothing in it wraps."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from reign.cli.progress import Figures, Operation
from reign.render.words import duration, one_line

_NARROW = 40
"""Columns below which a row is an address and a clock."""
_GAP = "..."


class Frame:
    """Makes frames for a terminal that writes in `encoding`. Its columns only grow, so that they do not jump to and fro."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._widths = (0, 0, 0)

    def lines(
        self,
        operations: Sequence[Operation],
        figures: Figures,
        hints: tuple[str, str],
        now: float,
        size: tuple[int, int],
    ) -> list[str]:
        """What fits into `size` (columns, lines). `hints`: what an interrupt would do, at length and in short."""
        width, height = max(1, size[0] - 1), max(1, size[1] - 1)
        room = max(0, height - 2)
        shown = operations if len(operations) <= room else operations[: max(0, room - 1)]
        rows = self._rows([self._cells(operation, now) for operation in shown], width)
        if len(shown) < len(operations):
            rows.append(f"  ... and {len(operations) - len(shown):,} more")
        blank = [""] if height > 1 else []
        return [*blank, *(cut(row, width) for row in rows[:room]), cut(bar(figures, hints, width), width)]

    def _cells(self, operation: Operation, now: float) -> tuple[str, str, str, str]:
        """As they will come out: what the encoding lacks is written in more characters, which have to fit too."""
        address, why = (
            one_line(text).encode(self._encoding, "backslashreplace").decode(self._encoding)
            for text in (operation.address, operation.known)
        )
        return address, operation.at, operation.clock(now), why

    def _rows(self, cells: Sequence[tuple[str, str, str, str]], width: int) -> list[str]:
        if width < _NARROW:
            return [f"{middle(address, width - len(clock) - 1)} {clock}" for address, _, clock, _ in cells]
        wide = [max([old, *(cell_len(row[place]) for row in cells)]) for place, old in enumerate(self._widths)]
        self._widths = (wide[0], wide[1], wide[2])
        address, phase, clock = min(wide[0], width // 2), *wide[1:]
        return [
            f"  {set_cell_size(middle(row[0], address), address)}  {row[1]:<{phase}}  {row[2]:<{clock}}   {row[3]}".rstrip()
            for row in cells
        ]


def bar(figures: Figures, hints: tuple[str, str], width: int) -> str:
    """`[####----] 7 of 14, 3 running, 4 waiting, 0 failed, 1m12s   Ctrl-C: ...`, as much of it as fits."""
    done, clock = f"{figures.done:,} of {figures.total:,}", duration(figures.elapsed_s)
    skipped = f", {figures.skipped:,} skipped" if figures.skipped else ""
    counts = (
        f"{done}, {figures.running:,} running, {figures.waiting:,} waiting, {figures.failed:,} failed{skipped}, {clock}"
    )
    long, short = hints
    forms = [
        f"{_drawn(figures, 20)} {counts}   {long}",
        f"{_drawn(figures, 10)} {counts}   {long}",
        f"{_drawn(figures, 10)} {counts}   {short}",
        f"{counts}   {short}",
        counts,
        f"{done}, {figures.failed:,} failed, {clock}",
        f"{done}, {clock}",
        f"{figures.done}/{figures.total}",
    ]
    return next((form.rstrip() for form in forms if len(form.rstrip()) <= width), forms[-1])


def _drawn(figures: Figures, length: int) -> str:
    done = length * figures.done // figures.total if figures.total else length
    return f"[{'#' * done}{'-' * (length - done)}]"


def cut(text: str, width: int) -> str:
    """`text` in at most `width` cells."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width) if width <= len(_GAP) else set_cell_size(text, width - len(_GAP)) + _GAP


def middle(text: str, width: int) -> str:
    """`text` in at most `width` cells, cut in the middle: addresses differ at their ends."""
    size = cell_len(text)
    if size <= width or width < 2 * len(_GAP):
        return cut(text, width)
    tail = (width - len(_GAP)) // 2
    head = width - len(_GAP) - tail
    return f"{set_cell_size(text, head)}{_GAP}{_tail(text, tail)}"


def _tail(text: str, width: int) -> str:
    """The end of `text` in exactly `width` cells."""
    found = text[-width:]
    while cell_len(found) > width:
        found = found[1:]
    return set_cell_size(found, width)
