"""R1: kill -9 at every boundary of the journal and of every provider's calls, and at the system calls between them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.faults import requests
from tests.faults.command import Traced, traced
from tests.faults.crew import Trial, new_site
from tests.faults.kinds import FILES, KINDS
from tests.faults.lives import AFTER, BEFORE, LIVES, begin
from tests.faults.site import Site, mixed
from tests.faults.table import Harness

RESOURCES = 200
APPLY = ("apply", "--auto-approve")
ONE = ("--parallelism", "1")
CALLS = ("fsync", "fdatasync", "/^rename", "/^link", "/^unlink", "/^mkdir", "/^(write|pwrite64)$", "fchmod", "/^send")
BELOW = ("fsync", "/^rename", "/^link", "/^unlink", "/^mkdir")
TRIES = 12
"""How often a run is begun anew in which nothing fired. Which of the pool's threads makes which call, and how often it tells
what it does, differs from run to run, so that an earlier call is meant each time: of the journal the one before, so that
the last one that there is is met; of the system calls of a thread down to the first ones.
"""


@dataclass(frozen=True)
class Boundary:
    """The `number`th `call` to the journal of an apply of `resources`: what comes before a write comes after the fsync of
    the batch before it.
    """

    call: str
    resources: int
    number: int = 0
    is_cold: bool = False
    of: str = "all"


@dataclass(frozen=True)
class Called:
    """Before or after the `number`th resource of a kind is made, in an apply of `resources`."""

    of: str
    moment: str
    number: int
    resources: int


@dataclass(frozen=True)
class Between:
    """The `number`th of some system calls in one of its threads, in the life of a small project. `is_below`: of those to
    what the local provider touches, which it makes on threads of its own.
    """

    life: str
    calls: str
    is_below: bool = False
    number: int = 0
    of: str = "local, outside"


def try_out(harness: Harness) -> None:
    """A plain run counts first; then there is a run to each."""
    count = 24 if harness.sample else RESOURCES
    counted = harness.count(
        "R1", "journal", journal_calls, [Boundary(call, count, is_cold=harness.sample) for call in ("write", "fsync")]
    )
    cases = [replace(each, number=number + 1) for each, most in counted for number in range(most)]
    harness.each(
        "R1", f"apply of {count}: killed at each write and fsync of the journal", at_boundary, harness.few(cases, 2)
    )
    called = [
        Called(kind, moment, number + 1, count)
        for kind in KINDS
        for moment in ("before", "after")
        for number in range(len(apply_of(kind, count)[kind]))
    ]
    harness.each("R1", f"apply of {count}: killed before and after each call", at_call, harness.few(called, 3), KINDS)
    done = "killed before every request to the engine, and after every one that writes"
    requests.try_out(harness, "R1", done, (requests.EVERY, "before", "kill"), (requests.WRITES, "after", "kill"))
    lives = [Between(life, calls) for life in LIVES for calls in CALLS]
    lives += [Between(life, calls, is_below=True) for life in ("update", "destroy") for calls in BELOW]
    if harness.sample:
        lives = [Between("update", "fsync"), Between("update", "/^link", is_below=True)]
    counted = harness.count("R1", "system calls", system_calls, lives)
    between = [replace(each, number=number + 1) for each, most in counted for number in range(most)]
    harness.each("R1", "small projects: killed at each such system call", at_system_call, harness.few(between, 4))


def apply_of(kind: str, count: int) -> dict[str, dict[int, int]]:
    """What an apply makes in which calls of a kind are counted. Of a far kind there is something only where it is meant: that
    takes four times as long.
    """
    return mixed(count, is_far=KINDS[kind].is_far)


def large(wanted: dict[str, dict[int, int]]) -> Site:
    """A project of so many that nothing is there of yet."""
    site = new_site()
    site.declare(wanted, follow=5)
    return site


def on_journal(site: Site) -> tuple[str, str]:
    """Only what is done to the journal counts."""
    return "-P", str(site.journal)


def journal_calls(case: Boundary) -> int:
    """How many of them a plain run makes."""
    site = large(mixed(case.resources, is_far=True))
    plain = traced(site.folder, (*APPLY, *ONE), *on_journal(site), "-e", f"trace={case.call}", cold=case.is_cold)
    assert plain.ended.code == 0, plain.ended.told
    site.close()
    return plain.most()


def at_boundary(case: Boundary) -> Trial:
    """Killed there, and then it goes on."""
    for attempt in range(TRIES):
        wanted = mixed(case.resources, is_far=True)
        site = large(wanted)
        inject = f"inject={case.call}:signal=SIGKILL:when={max(1, case.number - attempt)}"
        ran = traced(
            site.folder, (*APPLY, *ONE), *on_journal(site), "-e", f"trace={case.call}", "-e", inject, cold=case.is_cold
        )
        if is_over(site, ran):
            continue
        site.goes_on(wanted)
        site.close()
        return Trial(case.of, figures={f"at {case.call}": 1})
    return Trial(case.of, 0, broken=f"{case}: nothing fired")


def at_call(case: Called) -> Trial:
    """Killed by who is called, or right at the system call by which it acts; and then it goes on."""
    for _ in range(TRIES):
        wanted = apply_of(case.of, case.resources)
        site = large(wanted)
        if not KINDS[case.of].killed_at(site, wanted, case.moment, case.number, APPLY):
            site.rests(wanted)
            site.close()
            continue
        site.goes_on(wanted)
        site.close()
        return Trial(case.of)
    return Trial(case.of, 0, broken=f"{case}: nothing fired")


def system_calls(case: Between) -> int:
    """How many of them a plain run makes at least: what is told on the way is not always as much."""
    return min(once(case), once(case))


def once(case: Between) -> int:
    """How many of them this run made."""
    site, words, world = begin(case.life)
    plain = traced(site.folder, (*words, *ONE), *touching(site, case.is_below), "-e", f"trace={case.calls}")
    assert plain.ended.code == 0, plain.ended.told
    site.rests(world, destroy=case.life == "destroy")
    site.close()
    return plain.most() if case.is_below else plain.of_the_first()


def touching(site: Site, is_below: bool) -> list[str]:
    """strace's options that leave the calls to what the local provider touches."""
    paths = FILES.paths(site, {*BEFORE["local"], *AFTER["local"]}) if is_below else []
    return [word for path in paths for word in ("-P", str(path))]


def at_system_call(case: Between) -> Trial:
    """Killed there, and then the same command goes on."""
    for attempt in range(TRIES):
        site, words, world = begin(case.life)
        inject = f"inject={case.calls}:signal=SIGKILL:when={max(1, case.number - case.number * attempt // TRIES)}"
        only = (*touching(site, case.is_below), "-e", f"trace={case.calls}")
        if is_over(site, traced(site.folder, (*words, *ONE), *only, "-e", inject)):
            continue
        site.goes_on(world, *words)
        site.close()
        return Trial(case.of, figures={f"in {case.life}": 1})
    return Trial(case.of, 0, broken=f"{case}: nothing fired")


def is_over(site: Site, ran: Traced) -> bool:
    """Whether it came to its end, since nothing fired; which must be a good one."""
    if ran.is_killed:
        return False
    assert ran.ended.code == 0, ran.ended.told
    site.close()
    return True
