"""R9: the answer to a write is lost after it was done: nothing is made twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from signal import SIGKILL

from tests.faults import requests
from tests.faults.command import reign, traced
from tests.faults.crew import Trial, new_site
from tests.faults.objects import OBJECTS, type_of
from tests.faults.site import Site, mixed
from tests.faults.table import Harness
from tests.services.between import CREATES

RESOURCES = 60
APPLY = ("apply", "--auto-approve")


@dataclass(frozen=True)
class Lost:
    """The answer to the `number`th create of a kind, by one of the ways in which answers get lost there. `type`: of a type."""

    kind: str
    way: str
    number: int
    resources: int
    type: str = ""

    @property
    def of(self) -> str:
        return self.type or self.kind


def try_out(harness: Harness) -> None:
    """Every create, every way."""
    count = 30 if harness.sample else RESOURCES
    cases = [
        Lost(kind, way, number + 1, count, made)
        for kind, mine in mixed(count, is_far=True).items()
        for way in WAYS[kind]
        for made, many in types(kind, mine).items()
        for number in range(many)
    ]
    harness.each(
        "R9",
        f"apply of {count}: the answer to each create lost after it was done",
        at_create,
        harness.few(cases, 6),
        dict.fromkeys(case.of for case in cases),
    )
    done = "the answer to every request that writes lost after it was done"
    requests.try_out(harness, "R9", done, (requests.WRITES, "after", "cut"))


def types(kind: str, numbers: Iterable[int]) -> Counter[str]:
    """How many there are of each type, where a kind is of several and each is made by a request of its own."""
    return Counter(type_of(number) if kind == OBJECTS.name else "" for number in numbers)


def at_create(case: Lost) -> Trial:
    """It was done once, whatever the command makes of the loss; and it goes on."""
    site, wanted = new_site(), mixed(case.resources, is_far=True)
    site.declare(wanted, follow=5)
    fired = WAYS[case.kind][case.way](site, case, [*wanted[case.kind]][case.number - 1])
    site.no_twins()
    site.goes_on(wanted)
    site.close()
    return Trial(case.of, fired, "" if fired else f"{case}: nothing fired", {case.way: 1})


def cut(site: Site, case: Lost, _: int) -> int:
    """The system made it and closed the connection: the same command asks again, looking first."""
    site.room.break_at("POST", case.number, "after", "cut")
    site.must(*APPLY)
    return site.room.fired()


def late(site: Site, case: Lost, name: int) -> int:
    """The answer comes after the operation's deadline."""
    declared = site.folder / "reign.yaml"
    text = declared.read_text().replace(f"  outside-{name}: {{", f"  outside-{name}: {{timeout: 300ms, ")
    declared.write_text(text)
    site.room.break_at("POST", case.number, "after", "withheld", 1.0)
    site.must(*APPLY, "--parallelism", "1", codes=(0, 7))
    return site.room.fired()


def failed_after(site: Site, _: Lost, name: int) -> int:
    """The file stands there, and what follows fails."""
    there = ("-P", str(site.folder / f"out/{name % 7}/{name}"), "-e", "trace=fsync")
    ran = traced(site.folder, APPLY, *there, "-e", "inject=fsync:error=EIO:when=1")
    assert ran.ended.code in (0, 7), ran.ended.told
    return ran.injected


def killed_after(site: Site, _: Lost, name: int) -> int:
    """The command did its work and ended Reign."""
    (site.top / f"log.after-{name}").touch()
    return int(reign(site.folder, *APPLY).code == -SIGKILL)


def cut_by_proxy(site: Site, case: Lost, _: int) -> int:
    """The engine made it, and the proxy closed the connection: as above."""
    site.line.break_at(CREATES[case.type], case.number, "after", "cut")
    site.must(*APPLY)
    return site.line.fired()


def late_by_proxy(site: Site, case: Lost, _: int) -> int:
    """The answer comes after the deadline of every operation that is to have one."""
    declared = site.folder / "reign.yaml"
    text = declared.read_text()
    declared.write_text(re.sub(r"(?m)^  docker-\d+: \{", r"\g<0>timeout: 3s, ", text))
    site.line.break_at(CREATES[case.type], case.number, "after", "withheld", 4.0)
    site.must(*APPLY, codes=(0, 7))
    fired = site.line.fired()
    site.line.mend()
    declared.write_text(text)
    return fired


def killed_by_proxy(site: Site, case: Lost, _: int) -> int:
    """The engine made it, and Reign was not there any more to hear that."""
    site.line.break_at(CREATES[case.type], case.number, "after", "kill")
    return int(reign(site.folder, *APPLY).code == -SIGKILL)


WAYS: dict[str, dict[str, Callable[[Site, Lost, int], int]]] = {
    "local": {"the system fails": failed_after},
    "shell": {"killed": killed_after},
    "outside": {"connection cut": cut, "late": late},
    "docker": {"connection cut": cut_by_proxy, "late": late_by_proxy, "killed": killed_by_proxy},
}
