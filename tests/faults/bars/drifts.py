"""R11: what is changed from outside is found, attribute by attribute; where nothing was, three plans in a row are quiet."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.app import drifting
from tests.app.drifting_containers import furnish
from tests.app.drifting_elsewhere import changed_elsewhere
from tests.app.drifting_objects import PARTS, part_of, quiet_on
from tests.app.drifting_rows import ROWS
from tests.faults.bars.promises import gone, set_spec
from tests.faults.command import aside
from tests.faults.crew import Trial, new_site
from tests.faults.kinds import KINDS
from tests.faults.objects import OBJECTS
from tests.faults.site import Site, mixed
from tests.faults.table import Harness
from tests.services.engine import Engine
from tests.services.lease import Lease
from tests.services.registry import Registry

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
    """All rows of a provider in the table of tests/app/drifting.py; or, of what stands on an engine, a part of them."""

    of: str
    part: int = 0


@dataclass(frozen=True)
class Quiet:
    """So many resources of all kinds that nobody touches; none: what is easily taken for another thing than it is."""

    many: int
    of: str = "all"


def try_out(harness: Harness) -> None:
    """Both halves."""
    done = "every managed attribute changed from outside: found"
    parts = range(PARTS + 1) if OBJECTS.name in KINDS else ()
    tables = [*map(Table, PROVIDERS), *harness.few([Table(OBJECTS.name, part) for part in parts], 1)]
    harness.each("R11", done, at_table, tables)
    harness.each("R11", done, at_attribute, [Attribute(name) for name in THINGS])
    quiet = [Quiet(0), *map(Quiet, (12,) if harness.sample else (1, 12, 60))]
    quiet += [Quiet(0, OBJECTS.name)] if OBJECTS.name in KINDS else []
    harness.each("R11", "nothing changed: three plans in a row are quiet", at_rest, quiet)


def at_table(case: Table) -> Trial:
    """Every row, and none that is missing."""
    found = aside(changed_outside, case)
    lacking = [told for told in drifting.uncovered() if f" {case.of}." in told]
    broken = "; ".join(
        f"{what}: {told}"
        for what, told in (("not found", found.missed), ("noisy", found.noisy), ("no row", lacking))
        if told
    )
    return Trial(case.of, found.attributes, broken, {"attributes": found.attributes})


def changed_outside(case: Table) -> drifting.Found:
    """In a process of its own, since the store is opened."""
    if case.of == OBJECTS.name:
        return on_engine(lambda site, engine, lease: changed_on(site, engine, lease.registry(), case.part))
    return drifting.changed_outside(Path(new_site().top), [row for row in ROWS if row.type.startswith(f"{case.of}.")])


def changed_on(folder: Path, engine: Engine, registry: Registry, part: int) -> drifting.Found:
    """The part after the last is what not every machine takes."""
    if part == PARTS:
        return changed_elsewhere(folder, engine)
    return drifting.changed_outside(folder, part_of(engine, registry, part), engine)


def quiet(case: Quiet) -> drifting.Found:
    """As `changed_outside`."""
    if case.of == OBJECTS.name:
        return on_engine(lambda site, engine, _: drifting.nothing_changed(site, quiet_on(engine), engine))
    return drifting.nothing_changed(new_site().top)


def on_engine(look: Callable[[Path, Engine, Lease], drifting.Found]) -> drifting.Found:
    """With names of its own on the engine, and signed in to the registry."""
    lease, site = Lease.taken(), new_site()
    engine = Engine.of(lease.daemon)
    os.environ["DOCKER_CONFIG"] = str(lease.registry().configuration(site.top / "docker"))
    try:
        furnish(engine)
        return look(site.folder, engine, lease)
    finally:
        engine.close()
        lease.give_back()


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
        found = aside(quiet, case)
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
