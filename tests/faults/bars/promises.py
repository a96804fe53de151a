"""R10: what ran is what was planned; where reality changed since the plan, nothing runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.faults.bars.plan_files import world
from tests.faults.crew import Trial, new_site
from tests.faults.site import Site, Wanted
from tests.faults.table import Harness

FIRST: Wanted = {"local": {1: 1, 2: 1, 9: 1}, "shell": {3: 1, 10: 1}, "outside": {4: 1, 5: 1, 11: 1, 12: 1}}
SECOND: Wanted = {"local": {1: 2, 6: 1, 2: 1}, "shell": {3: 2, 13: 1}, "outside": {4: 2, 5: 1, 7: 1, 12: 1}}
VERBS = {"create": "POST", "update": "PUT", "delete": "DELETE"}


@dataclass(frozen=True)
class Ran:
    """A plan from one of some worlds to another, so many at once."""

    before: int
    after: int
    parallelism: int
    of: str = "outside, shell"


@dataclass(frozen=True)
class Changed:
    """What somebody else did between the plan and its apply, to something that the plan changes."""

    of: str
    what: str


def try_out(harness: Harness) -> None:
    """Every pair of worlds; every attribute."""
    pairs = [
        Ran(before, after, many) for before in range(len(WORLDS)) for after in range(len(WORLDS)) for many in (1, 8)
    ]
    harness.each("R10", "the calls that arrived are the steps of the plan file", at_run, harness.few(pairs, 2))
    cases = [Changed(of, what) for of, ways in CHANGES.items() for what in ways]
    harness.each(
        "R10", "changed from outside between plan and apply: a conflict, nothing done", at_change, harness.few(cases, 4)
    )


WORLDS: tuple[Wanted, ...] = ({}, FIRST, SECOND)


def at_run(case: Ran) -> Trial:
    """What the systems saw is what the plan says."""
    site = new_site()
    site.declare(WORLDS[case.before])
    site.must("apply", "--auto-approve")
    site.declare(WORLDS[case.after])
    before = len(site.room.calls()), len(lines(site))
    site.must("plan", "--out", "file")
    planned = steps(site)
    site.must("apply", "file", "--parallelism", str(case.parallelism))
    seen = sorted((verb, name) for verb, name, _ in site.room.calls()[before[0] :])
    ran = sorted(lines(site)[before[1] :])
    assert seen == sorted((VERBS[verb], f"thing-{number}") for kind, number, verb in planned if kind == "outside"), seen
    assert ran == sorted(f"{verb} {number}" for kind, number, verb in planned if kind == "shell"), ran
    site.rests(WORLDS[case.after])
    site.close()
    return Trial(case.of, figures={"calls": len(seen) + len(ran)})


def steps(site: Site) -> list[tuple[str, int, str]]:
    """(kind, number, verb) of everything that the plan file says will be done."""
    document = json.loads(site.must("show", "--json", "file").out)
    told = []
    for change in document["resource_changes"]:
        kind, _, number = change["name"].partition("-")
        told += [(kind, int(number), verb) for verb in change["change"]["actions"] if verb in VERBS]
    return told


def lines(site: Site) -> list[str]:
    """`verb number` of every command that ran."""
    return [line.rpartition(" ")[0] for line in site.log.read_text().splitlines()] if site.log.exists() else []


def at_change(case: Changed) -> Trial:
    """Refused with 6; nothing is done but what somebody else did."""
    site = new_site()
    site.declare(FIRST)
    site.must("apply", "--auto-approve")
    site.declare(SECOND)
    site.must("plan", "--out", "file")
    CHANGES[case.of][case.what](site)
    before = world(site)
    site.must("apply", "file", codes=[6])
    assert world(site) == before, "something was done"
    site.is_whole()
    site.close()
    return Trial(case.of)


def thing(site: Site, name: str) -> dict[str, object]:
    """The thing of that name."""
    return next(thing for thing in site.room.things() if thing["name"] == name)


def set_spec(name: str, **fields: object) -> Callable[[Site], None]:
    """Another value in its spec."""

    def act(site: Site) -> None:
        there = thing(site, name)
        site.room.change(str(there["id"]), spec={**there["spec"], **fields})  # type: ignore[dict-item]

    return act


def set_lineage(site: Site) -> None:
    site.room.change(str(thing(site, "thing-4")["id"]), lineage="somebody else's")


def gone(name: str) -> Callable[[Site], None]:
    return lambda site: site.room.remove(str(thing(site, name)["id"]))


def came(site: Site) -> None:
    site.room.add({"name": "thing-7", "spec": {"name": "thing-7", "size": 1}, "lineage": "", "address": "", "key": ""})


def on_file(number: int, act: Callable[[Path], object]) -> Callable[[Site], None]:
    """Something done to a file."""
    return lambda site: act(site.folder / f"out/{number % 7}/{number}/f") and None


def came_file(site: Site) -> None:
    path = site.folder / "out/6/6/f"
    path.parent.mkdir(parents=True)
    path.write_text("somebody else's")


CHANGES: dict[str, dict[str, Callable[[Site], None]]] = {
    "outside": {
        "size of what is updated": set_spec("thing-4", size=77),
        "zone of what is updated": set_spec("thing-4", zone="b"),
        "labels of what is updated": set_spec("thing-4", labels={"a": "b"}),
        "size of what is deleted": set_spec("thing-11", size=77),
        "labels of what is deleted": set_spec("thing-11", labels={"a": "b"}),
        "owner of what is updated": set_lineage,
        "what is updated is gone": gone("thing-4"),
        "what is deleted is gone": gone("thing-11"),
        "what is created is there": came,
    },
    "local": {
        "content of what is updated": on_file(1, lambda path: path.write_text("else")),
        "mode of what is updated": on_file(1, lambda path: path.chmod(0o600)),
        "content of what is deleted": on_file(9, lambda path: path.write_text("else")),
        "mode of what is deleted": on_file(9, lambda path: path.chmod(0o600)),
        "what is updated is gone": on_file(1, lambda path: path.unlink()),
        "what is deleted is gone": on_file(9, lambda path: path.unlink()),
        "what is created is there": came_file,
    },
}
