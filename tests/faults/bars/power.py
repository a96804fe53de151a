"""R5, the second half: power is lost at random moments, and what was not synced is gone."""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass, replace

from tests.faults.bars.disks import there, told
from tests.faults.command import Started, start
from tests.faults.crew import Trial, new_site
from tests.faults.disk import disk
from tests.faults.lives import LIVES, begin
from tests.faults.needs import unless
from tests.faults.table import Harness

LOSSES = 200
LONGEST_S = 0.35


@dataclass(frozen=True)
class Loss:
    """One loss, at a moment that the seed says."""

    life: str
    seed: int
    of: str = "ext4"


def try_out(harness: Harness) -> None:
    """So many of them, over all lives."""
    done = "power lost at a random moment"
    if reason := unless("ext4"):
        harness.skip("R5", "ext4", done, "ext4", reason)
        return
    losses = 4 if harness.sample else LOSSES
    harness.each("R5", done, at_loss, [Loss([*LIVES][n % len(LIVES)], harness.seed + n) for n in range(losses)])


def at_loss(case: Loss) -> Trial:
    """It is over, or nothing of what was durable is lost; and the same command goes on."""
    chance = random.Random(case.seed)
    base = new_site()
    with disk(base.top) as mounted:
        site, words, world = begin(case.life, replace(base, folder=mounted.path / "project"))
        os.sync()
        running = start(site.folder, *words, told=base.told())
        before = wait(running, chance.uniform(0.0, LONGEST_S))
        mounted.lose_power()
        if before is None and chance.random() < 0.5:
            running.kill()
        ended = running.wait() if before is None else None
        mounted.again()
        if before == 0 or (ended is not None and ended.code == 0):
            there(site, world)
        elif ended is not None and ended.code > 0:
            told(ended)
        site.goes_on(world, *words)
    base.close()
    return Trial(case.of, figures={"while it ran": int(before is None), case.life: 1})


def wait(running: Started, seconds: float) -> int | None:
    """Its code, where it ended before."""
    until = time.monotonic() + seconds
    while running.poll() is None and time.monotonic() < until:
        time.sleep(0.001)
    return running.poll()
