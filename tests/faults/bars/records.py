"""R3, R4, R6: the journal cut, turned bit by bit, the store damaged: every case of tests/state/proof.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.command import aside
from tests.faults.crew import Trial
from tests.faults.table import Harness
from tests.state import proof

BARS: dict[str, tuple[str, Callable[..., proof.Counts], int]] = {
    "R3": ("journal cut at every byte of its last records", proof.r3, 97),
    "R4": ("one bit turned in every byte of the journal", proof.r4, 61),
    "R6": ("store deleted, cut, turned, exchanged", proof.r6, 90),
}
"""Bar -> what is done, by what, and every how many-th case is in a sample."""


@dataclass(frozen=True)
class All:
    """Every case of a bar, or every n-th."""

    bar: str
    every: int
    of: str = "journal, store"


def try_out(harness: Harness, bar: str) -> None:
    """In one process each."""
    done, _, every = BARS[bar]
    harness.each(bar, done, at_all, [All(bar, every if harness.sample else 1)])


def at_all(case: All) -> Trial:
    """In a process of its own, since the store is opened."""
    counts = aside(BARS[case.bar][1], case.every)
    broken = "; ".join(counts.broken[:5]) if counts.broken else ""
    return Trial(case.of, counts.tried, broken, {"cases": counts.tried, "cases held": counts.held})
