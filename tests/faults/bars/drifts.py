"""R11: what is changed from outside is found, attribute by attribute; where nothing was, three plans in a row are quiet."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.app import drifting
from tests.faults.bars.promises import gone, set_spec
from tests.faults.command import aside
from tests.faults.crew import Trial, new_site
from tests.faults.site import Site, mixed
from tests.faults.table import Harness

PROVIDERS = ("local", "shell")
THINGS: dict[str, tuple[Callable[[Site], None], str]] = {
    "size": (set_spec("thing-1", size=7), "size"),
    "zone": (set_spec("thing-1", zone="b"), "zone"),
    "labels": (set_spec("thing-1", labels={"a": "b"}), "labels"),
    "gone": (gone("thing-1"), ""),
}


@dataclass(frozen=True)
class Attribute:
    """Somebody changes it."""

    name: str
    of: str = "outside"


@dataclass(frozen=True)
class Table:
    """All rows of a provider in the table of tests/app/drifting.py."""

    of: str


@dataclass(frozen=True)
class Quiet:
    """So many resources of all kinds that nobody touches."""

    many: int
    of: str = "all"


def try_out(harness: Harness) -> None:
    """Both halves."""
    done = "every managed attribute changed from outside: found"
    harness.each("R11", done, at_table, [Table(provider) for provider in PROVIDERS])
    harness.each("R11", done, at_attribute, [Attribute(name) for name in THINGS])
    harness.each(
        "R11",
        "nothing changed: three plans in a row are quiet",
        at_rest,
        [Quiet(0), *map(Quiet, (12,) if harness.sample else (1, 12, 60))],
    )


def at_table(case: Table) -> Trial:
    """Every row, and none that is missing."""
    found = aside(changed_outside, case.of)
    lacking = [told for told in drifting.uncovered() if f" {case.of}." in told]
    broken = f"not found: {found.missed}" if found.missed else ""
    return Trial(
        case.of, found.attributes, broken or (f"no row: {lacking}" if lacking else ""), {"attributes": found.attributes}
    )


def changed_outside(provider: str) -> drifting.Found:
    site = Path(new_site().top)
    return drifting.changed_outside(site, [row for row in drifting.ROWS if row.type.startswith(f"{provider}.")])


def at_attribute(case: Attribute) -> Trial:
    """`drift` ends with 2 and names it; the apply puts it back."""
    act, path = THINGS[case.name]
    site = new_site()
    site.declare({"outside": {1: 1, 2: 1}})
    site.must("apply", "--auto-approve")
    act(site)
    drifted = json.loads(site.must("show", "--json", shown(site)).out)["resource_drift"]
    assert [each["name"] for each in drifted] == ["outside-1"], drifted
    assert path in json.dumps(drifted)
    site.must("drift", codes=[2])
    site.goes_on({"outside": {1: 1, 2: 1}})
    site.must("drift")
    site.close()
    return Trial(case.of, figures={"attributes": 1})


def shown(site: Site) -> str:
    site.must("plan", "--out", "file")
    return "file"


def at_rest(case: Quiet) -> Trial:
    """Nothing is told, three times."""
    if not case.many:
        found = aside(drifting.nothing_changed, new_site().top)
        return Trial(case.of, found.plans, f"noisy: {found.noisy}" if found.noisy else "", {"plans": found.plans})
    site = new_site()
    site.declare(mixed(case.many), follow=5)
    site.must("apply", "--auto-approve")
    for _ in range(3):
        told = site.must("plan", "--detailed-exitcode").out
        assert "changed outside" not in told, told[-500:]
        site.must("drift")
    site.close()
    return Trial(case.of, figures={"plans": 6})
