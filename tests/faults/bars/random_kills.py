"""R2: kill -9 at random moments of apply, destroy and rollback, eight at once."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

from tests.faults.command import start
from tests.faults.crew import Trial, new_site
from tests.faults.site import Site, mixed
from tests.faults.table import Harness

KILLS = 1000
IN_ONE_LIFE = 5
AT_ONCE = ("--auto-approve", "--parallelism", "8")
LONGEST_S = 0.5


@dataclass(frozen=True)
class Life:
    """One project, and the seed of what befalls it."""

    seed: int
    of: str = "all"


def try_out(harness: Harness) -> None:
    """So many lives that the kills add up."""
    lives = 2 if harness.sample else KILLS // IN_ONE_LIFE
    cases = [Life(harness.seed + number) for number in range(lives)]
    harness.each(
        "R2", f"{IN_ONE_LIFE} kills at random moments in each life: apply, destroy, rollback, 8 at once", live, cases
    )


def live(case: Life) -> Trial:
    """Killed until it was killed so often; after each kill the next command goes on, or is killed as well."""
    chance = random.Random(case.seed)
    site, fired, version = new_site(), 0, 1
    figures: dict[str, int] = {}
    site.declare({})
    site.must("apply", "--auto-approve")
    site.must("checkpoint", "create", "nothing")
    while fired < IN_ONE_LIFE:
        words, wanted, version = chosen(site, chance, version)
        while fired < IN_ONE_LIFE and is_killed(site, words, chance):
            fired += 1
            figures[words[0]] = figures.get(words[0], 0) + 1
            site.no_twins()
            if chance.random() < 0.7:
                break
        site.goes_on(wanted, *words)
    site.close()
    return Trial(case.of, fired, figures=figures)


def chosen(site: Site, chance: random.Random, version: int) -> tuple[tuple[str, ...], dict[str, dict[int, int]], int]:
    """The next command, what it leads to, and the version that is in force after it."""
    verb = chance.choice(("apply", "apply", "destroy", "rollback"))
    if verb == "destroy":
        return ("destroy", *AT_ONCE), {}, version
    if verb == "rollback":
        return ("rollback", "--to", "nothing", *AT_ONCE), {}, version
    wanted = mixed(16, version + 1)
    for mine in wanted.values():
        for number in [number for number in mine if chance.random() < 0.2]:
            del mine[number]
    site.declare(wanted, follow=chance.choice((0, 3)))
    return ("apply", *AT_ONCE), wanted, version + 1


def is_killed(site: Site, words: tuple[str, ...], chance: random.Random) -> bool:
    """Whether the kill came before its end."""
    running = start(site.folder, *words)
    until = time.monotonic() + chance.uniform(0.02, LONGEST_S)
    while time.monotonic() < until:
        code = running.poll()
        if code is not None:
            assert code == 0, f"{' '.join(words)} ended with {code}: {running.said()[-1000:]}"
            return False
        time.sleep(0.001)
    running.kill()
    return running.wait().code < 0
