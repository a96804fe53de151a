"""R9: the answer to a create is lost after it was done: nothing is made twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from signal import SIGKILL

from tests.faults.command import reign, traced
from tests.faults.crew import Trial, new_site
from tests.faults.kinds import KINDS
from tests.faults.site import Site, mixed
from tests.faults.table import Harness

RESOURCES = 60
APPLY = ("apply", "--auto-approve")


@dataclass(frozen=True)
class Lost:
    """The answer to the `number`th create of a kind, by one of the ways in which answers get lost there."""

    of: str
    way: str
    number: int
    resources: int


def try_out(harness: Harness) -> None:
    """Every create, every way."""
    count = 12 if harness.sample else RESOURCES
    cases = [
        Lost(kind, way, number + 1, count)
        for kind, mine in mixed(count).items()
        for way in WAYS[kind]
        for number in range(len(mine))
    ]
    harness.each(
        "R9",
        f"apply of {count}: the answer to each create lost after it was done",
        at_create,
        harness.few(cases, 5),
        KINDS,
    )


def at_create(case: Lost) -> Trial:
    """It was done once, whatever the command makes of the loss; and it goes on."""
    site, wanted = new_site(), mixed(case.resources)
    site.declare(wanted, follow=5)
    fired = WAYS[case.of][case.way](site, [*wanted[case.of]][case.number - 1], case.number)
    site.no_twins()
    site.goes_on(wanted)
    site.close()
    return Trial(case.of, fired, "" if fired else f"{case}: nothing fired", {case.way: 1})


def cut(site: Site, _: int, number: int) -> int:
    """The system made it and closed the connection: the same command asks again, looking first."""
    site.room.break_at("POST", number, "after", "cut")
    site.must(*APPLY)
    return site.room.fired()


def late(site: Site, name: int, number: int) -> int:
    """The answer comes after the operation's deadline."""
    declared = site.folder / "reign.yaml"
    text = declared.read_text().replace(f"  outside-{name}: {{", f"  outside-{name}: {{timeout: 300ms, ")
    declared.write_text(text)
    site.room.break_at("POST", number, "after", "withheld", 1.0)
    site.must(*APPLY, "--parallelism", "1", codes=(0, 7))
    return site.room.fired()


def failed_after(site: Site, name: int, _: int) -> int:
    """The file stands there, and what follows fails."""
    there = ("-P", str(site.folder / f"out/{name % 7}/{name}"), "-e", "trace=fsync")
    ran = traced(site.folder, APPLY, *there, "-e", "inject=fsync:error=EIO:when=1")
    assert ran.ended.code in (0, 7), ran.ended.told
    return ran.injected


def killed_after(site: Site, name: int, _: int) -> int:
    """The command did its work and ended Reign."""
    (site.top / f"log.after-{name}").touch()
    return int(reign(site.folder, *APPLY).code == -SIGKILL)


WAYS: dict[str, dict[str, Callable[[Site, int, int], int]]] = {
    "local": {"the system fails": failed_after},
    "shell": {"killed": killed_after},
    "outside": {"connection cut": cut, "late": late},
}
