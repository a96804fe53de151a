"""R13: random lifecycles, in process over the reference provider, with everything that can go wrong on the way."""

from __future__ import annotations

import importlib.metadata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.faults.command import aside
from tests.faults.crew import Trial, new_site
from tests.faults.lifecycle import Lifecycle
from tests.faults.table import Harness

LIFECYCLES = 10_000
IN_ONE_TRIAL = 50
FAILED = (0, 2497, 3066, 3904, 8765)
"""Seeds that once failed: they are lived through in every sample."""


@dataclass(frozen=True)
class Seeds:
    """The lifecycles of these seeds, one after the other."""

    first: int
    many: int
    of: str = "memory"


def try_out(harness: Harness) -> None:
    """From the seed on, so many."""
    cases = [Seeds(harness.seed + first, IN_ONE_TRIAL) for first in range(0, LIFECYCLES, IN_ONE_TRIAL)]
    if harness.sample:
        cases = [*(Seeds(seed, 1) for seed in FAILED), Seeds(harness.seed + 1, 12), Seeds(harness.seed + 5_000, 12)]
    harness.each(
        "R13",
        "random lifecycles: fold, store and state agree, no orphan, no twin, the second plan is a no-op",
        live,
        cases,
    )


def live(case: Seeds) -> Trial:
    """All of them; the first that fails says its seed."""
    site = new_site()
    figures = aside(lived, site.top, case.first, case.many)
    site.close()
    return Trial(case.of, figures["lifecycles"], figures=dict(figures))


def lived(top: Path, first: int, many: int) -> Counter[str]:
    """In a process of its own, since the store is opened. Raises AssertionError with the seed."""
    figures: Counter[str] = Counter()
    # What is installed does not change meanwhile, and is looked for at every command.
    importlib.metadata.entry_points = cache(importlib.metadata.entry_points)  # type: ignore[assignment]
    for seed in range(first, first + many):
        folder = top / f"{seed}"
        folder.mkdir()
        try:
            figures += Lifecycle(folder, seed).live()
        except Exception as error:
            raise AssertionError(
                f"python -m tests.faults R13 --seed {seed}: {type(error).__name__}: {error}"
            ) from error
    return figures
