"""R7: two applies at once: exactly one runs, the other says who holds the lock, which is free at once after a kill."""

from __future__ import annotations

import time
from dataclasses import dataclass

from tests.faults.command import Started, start
from tests.faults.crew import Trial, new_site
from tests.faults.site import Site
from tests.faults.table import Harness
from tests.state.pairs import pair

PAIRS = 100
FREE_WITHIN_S = 1.0
SLOW_S = 30.0
WANTED = {"local": {1: 1}, "shell": {2: 1}, "outside": {3: 1, 4: 1}}


@dataclass(frozen=True)
class Pair:
    """Two at once. `is_killed`: the one that runs is killed, and the next command must find the lock free."""

    number: int
    is_killed: bool
    of: str = "lock"


def try_out(harness: Harness) -> None:
    """As two processes of their own; and warm ones, every second time with a kill."""
    pairs = 2 if harness.sample else PAIRS
    harness.each(
        "R7", "two applies at once: one runs, the other names who does", at_cold, [Cold(n) for n in range(pairs)]
    )
    harness.each(
        "R7",
        "two applies at once, every second time the one that runs is killed",
        at_pair,
        [Pair(n, n % 2 == 1) for n in range(pairs)],
    )


@dataclass(frozen=True)
class Cold:
    """A pair of tests/state/pairs.py."""

    number: int
    of: str = "lock"


def at_cold(case: Cold) -> Trial:
    """Two of `python -m reign`."""
    site = new_site()
    told = pair(site.folder, case.number)
    site.close()
    return Trial(case.of, broken="" if told.held else str(told))


def at_pair(case: Pair) -> Trial:
    """The one that runs is held up in the outside system until the other has answered."""
    site = new_site()
    site.declare(WANTED)
    site.room.break_at("POST", 1, "after", "withheld", SLOW_S)
    both = [start(site.folder, "apply", "--auto-approve", told=site.told()) for _ in range(2)]
    refused, runs = told_apart(both)
    ended = refused.wait()
    assert ended.code == 5, ended.told
    assert str(runs.pid) in ended.err, f"it does not name {runs.pid}: {ended.told}"
    while not site.room.fired():
        assert runs.poll() is None, runs.wait().told
        time.sleep(0.005)
    if case.is_killed:
        runs.kill()
        is_free(site)
    else:
        site.room.mend()
        ended = runs.wait()
        assert ended.code == 0, ended.told
    site.goes_on(WANTED)
    site.close()
    return Trial(case.of, figures={"killed": int(case.is_killed)})


def told_apart(both: list[Started]) -> tuple[Started, Started]:
    """The one that ends first, and the other."""
    until = time.monotonic() + SLOW_S
    while not (ended := [each for each in both if each.poll() is not None]):
        assert time.monotonic() < until, "neither was refused"
        time.sleep(0.002)
    return ended[0], next(each for each in both if each is not ended[0])


def is_free(site: Site) -> None:
    """Soon the lock is."""
    until = time.monotonic() + FREE_WITHIN_S
    while site.reign("state", "untaint", "nothing", "--auto-approve").code == 5:
        assert time.monotonic() < until, "the lock is still held"
