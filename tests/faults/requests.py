"""What small projects ask of the engine, one request after the other: where R1 kills, and R9 loses answers."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from signal import SIGKILL
from typing import Literal

from tests.faults.crew import Trial
from tests.faults.kinds import KINDS
from tests.faults.lives import FAR, begin
from tests.faults.objects import OBJECTS
from tests.faults.table import Harness

EVERY, WRITES = ".", "^(POST|PUT|DELETE) "
ONE = ("--parallelism", "1")
TRIES = 12
"""How many requests at the end of a run may be there in another one alone."""


@dataclass(frozen=True)
class Asked:
    """The `number`th request of a life, of those whose line matches; and what goes wrong with it."""

    life: str
    match: str
    moment: Literal["before", "after"]
    way: Literal["kill", "cut"]
    number: int = 0
    of: str = OBJECTS.name


def try_out(
    harness: Harness, bar: str, done: str, *asked: tuple[str, Literal["before", "after"], Literal["kill", "cut"]]
) -> None:
    """Every request of every life, in each of the ways that are given; a plain run counts them first."""
    if OBJECTS.name not in KINDS:
        return
    lives = ("update",) if harness.sample else FAR
    counted = harness.count(bar, "requests", requests_of, [Asked(life, *each) for life in lives for each in asked])
    cases = [replace(each, number=number + 1) for each, most in counted for number in range(most)]
    harness.each(bar, f"small projects: {done}", at_request, harness.few(cases, 2))


def requests_of(case: Asked) -> int:
    """How many of them a plain run sends."""
    site, words, world = begin(case.life, lives=FAR)
    site.line.mend()
    site.must(*words, *ONE)
    many = sum(bool(re.search(case.match, line)) for line in site.line.asked())
    site.rests(world, destroy=case.life == "destroy")
    site.close()
    return many


def at_request(case: Asked) -> Trial:
    """It went wrong, and then the same command goes on. How often it is asked whether a container is ready differs from run to
    run, so that an earlier request is meant where there was none so late.
    """
    for number in range(case.number, max(0, case.number - TRIES), -1):
        site, words, world = begin(case.life, lives=FAR)
        site.line.mend()
        site.line.break_at(case.match, number, case.moment, case.way)
        ended = site.reign(*words, *ONE)
        fired = site.line.fired()
        codes = ((-SIGKILL,) if case.way == "kill" else (0, 1, 7)) if fired else (0,)
        assert ended.code in codes, f"{case}: {ended.told}"
        site.line.mend()
        site.goes_on(world, *words)
        site.close()
        if fired:
            return Trial(case.of, fired, figures={f"in {case.life}": 1})
    return Trial(case.of, 0, f"{case}: nothing fired")
