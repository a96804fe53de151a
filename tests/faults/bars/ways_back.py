"""R12: from every step of an apply of 200, a rollback reaches the checkpoint, also when it is killed on the way."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.faults.bars.boundaries import ONE, on_journal
from tests.faults.command import traced
from tests.faults.crew import Trial, new_site
from tests.faults.site import Site, Wanted, mixed
from tests.faults.table import Harness

STEPS = 200
BACK = ("rollback", "--to", "then", "--auto-approve")


@dataclass(frozen=True)
class Step:
    """The apply is cut off at its `step`th write to the journal; `killed_at`: the first rollback as well (0: it is not)."""

    step: int
    killed_at: int
    resources: int
    of: str = "all"


def try_out(harness: Harness) -> None:
    """Every step; every second rollback is killed somewhere on its way, up to three times."""
    count = 20 if harness.sample else STEPS
    chance = random.Random(harness.seed)
    cases = [Step(step, chance.randint(1, step + 3) if step % 2 else 0, count) for step in range(1, count + 1)]
    harness.each(
        "R12",
        f"rolled back from each step of an apply of {count}, every second time killed on the way",
        at_step,
        harness.few(cases, 3),
    )


def worlds(count: int) -> tuple[Wanted, Wanted]:
    """What is there at the checkpoint, and what the apply leads to: so many steps, of which some change and some delete."""
    then = mixed(count // 5)
    now = {kind: dict(mine) for kind, mine in mixed(count).items()}
    for kind, mine in then.items():
        for place, number in enumerate(mine):
            for held in now.values():
                held.pop(number, None)
            if place % 3:
                now[kind][number] = 2
    return then, now


def at_step(case: Step) -> Trial:
    """Cut off, and back."""
    then, now = worlds(case.resources)
    site = new_site()
    site.declare(then, follow=5)
    site.must("apply", "--auto-approve")
    site.must("checkpoint", "create", "then")
    site.declare(now, follow=5)
    first = killed(site, ("apply", "--auto-approve"), case.step)
    fired, kills = int(first), 0
    at = case.killed_at
    while at and kills < 3 and killed(site, BACK, at):
        kills, at = kills + 1, max(1, at // 2)
    site.no_twins()
    site.is_whole()
    site.must(*BACK)
    site.declare(then, follow=5)
    site.rests(then)
    site.close()
    return Trial(case.of, fired, figures={"rollbacks killed": kills})


def killed(site: Site, words: tuple[str, ...], number: int) -> bool:
    """Whether it was, before its `number`th write to the journal; else it came to a good end."""
    inject = f"inject=write:signal=SIGKILL:when={number}"
    ran = traced(site.folder, (*words, *ONE), *on_journal(site), "-e", "trace=write", "-e", inject)
    assert ran.is_killed or ran.ended.code == 0, ran.ended.told
    return ran.is_killed
