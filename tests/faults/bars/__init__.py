"""One module for what belongs together; `BARS` says which function tries which bar."""

from collections.abc import Callable
from functools import partial

from tests.faults.bars import (
    answers,
    boundaries,
    disks,
    drifts,
    lifecycles,
    pairs,
    plan_files,
    power,
    promises,
    random_kills,
    records,
    signals,
    ways_back,
)
from tests.faults.table import Harness


def broken_disks(harness: Harness) -> None:
    """Both halves of R5."""
    disks.try_out(harness)
    power.try_out(harness)


BARS: dict[str, Callable[[Harness], None]] = {
    "R1": boundaries.try_out,
    "R2": random_kills.try_out,
    "R3": partial(records.try_out, bar="R3"),
    "R4": partial(records.try_out, bar="R4"),
    "R5": broken_disks,
    "R6": partial(records.try_out, bar="R6"),
    "R7": pairs.try_out,
    "R8": plan_files.try_out,
    "R9": answers.try_out,
    "R10": promises.try_out,
    "R11": drifts.try_out,
    "R12": ways_back.try_out,
    "R13": lifecycles.try_out,
    "R14": signals.try_out,
}

STRACED = frozenset({"R1", "R5", "R9", "R12"})
"""What is tried by strace."""

FAR = frozenset({"R1", "R9", "R11"})
"""What is tried on every provider, also on those that stand in a service of their own."""
