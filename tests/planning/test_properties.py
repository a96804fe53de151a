"""Random projects through random edits, accidents and kills: what must hold whatever happens."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reign.graph import closure, of_resources
from reign.model.address import Address
from reign.model.plan import Action, Plan
from reign.model.resource import Lifecycle, Resource
from reign.model.values import Deferred
from tests.planning.laws import broken_laws
from tests.planning.simulation import World

SLOW = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
NUMBERS = st.integers(1, 3)
REFERENCES = ("size", "image", "labels", "nets", "links")
OUTPUTS = {"thing": ("id", "size_text", "status", "name"), "net": ("id", "name"), "slow": ("id",), "fact": ("value",)}


@st.composite
def resources(draw: st.DrawFn, index: int, earlier: list[Address]) -> Resource:
    """One resource that may refer to any of `earlier`. Names differ, so that they never collide."""
    kind = draw(st.sampled_from(("thing", "thing", "thing", "net", "slow", "fact")))
    address = Address(kind, f"r{index}")
    spec: dict[str, Any] = {"value": draw(NUMBERS)} if kind == "fact" else {"size": draw(NUMBERS)}
    needed: dict[Address, None] = {}
    lifecycle = Lifecycle()
    if kind in ("thing", "net"):
        spec = {"name": f"{kind}{index}-{draw(NUMBERS)}"}
    if kind == "thing":
        spec |= {"size": draw(NUMBERS), "image": draw(NUMBERS), "note": draw(NUMBERS), "password": draw(NUMBERS)}
        for other in draw(st.lists(st.sampled_from(earlier), max_size=3, unique=True)) if earlier else []:
            needed[other] = None
            output = draw(st.sampled_from(OUTPUTS[other.type]))
            value: Any = Deferred(f"${{resources.{other.name}.{output}}}")
            field = draw(st.sampled_from(REFERENCES))
            spec[field] = [value] if field in ("nets", "links") else {"x": value} if field == "labels" else value
        triggers = draw(st.lists(st.sampled_from([address.text for address in needed]), max_size=1)) if needed else []
        lifecycle = Lifecycle(
            create_before_destroy=draw(st.booleans()),
            prevent_destroy=draw(st.sampled_from((False, False, False, True))),
            replace_triggered_by=tuple(triggers) if draw(st.booleans()) else (),
            restart_triggered_by=tuple(triggers),
            on_destroy=draw(st.sampled_from(("delete", "delete", "retain"))),
        )
    for other in draw(st.lists(st.sampled_from(earlier), max_size=1)) if earlier else []:
        needed[other] = None
    return Resource(address, spec, "main", tuple(needed), lifecycle)


@st.composite
def projects(draw: st.DrawFn) -> dict[Address, Resource]:
    """Up to eight resources; an index may be left out, so that projects drawn one after the other add and remove."""
    found: dict[Address, Resource] = {}
    for index in range(8):
        if draw(st.booleans()):
            resource = draw(resources(index, list(found)))
            found[resource.address] = resource
    return found


def unprotected(made: Plan) -> bool:
    """Whether an apply would carry it out."""
    return not any(finding.severity == "error" for finding in made.findings)


def accident(world: World, data: st.DataObject) -> None:
    """Somebody outside removes a thing, or changes one."""
    seen = sorted(key for key, thing in world.things.items() if thing.address.type not in ("fact", "job"))
    if not seen:
        return
    hit = data.draw(st.sampled_from(seen))
    thing = world.things[hit]
    if data.draw(st.booleans()):
        del world.things[hit]
    elif "size" in thing.spec:
        thing.spec["size"] = data.draw(st.integers(7, 9))


@SLOW
@given(st.lists(projects(), min_size=1, max_size=4), st.data())
def test_an_applied_plan_leaves_nothing_to_do_and_protected_things_never_go(history, data):
    live(history, data)


@pytest.mark.slow
@settings(SLOW, max_examples=1000)
@given(st.lists(projects(), min_size=1, max_size=4), st.data())
def test_a_thousand_lives(history, data):
    live(history, data)


def live(history: list[dict[Address, Resource]], data: st.DataObject) -> None:
    """One edit after the other is planned and applied, with accidents in between."""
    world = World()
    for desired in history:
        made = world.plan(desired, {"all": [Deferred(f"${{resources.{address.name}}}") for address in desired]})
        assert broken_laws(made) == []
        protected = {address for address, held in world.held.items() if held.lifecycle.prevent_destroy}
        went = {change.address for change in made.changes if change.action in (Action.DELETE, Action.REPLACE)}
        refused = {finding.address for finding in made.findings if finding.code == "plan/protected"}
        assert {address.text for address in protected & went} <= refused
        if not unprotected(made):
            continue
        world.apply(made)
        again = world.plan(desired, {"all": [Deferred(f"${{resources.{address.name}}}") for address in desired]})
        assert [(change.address.text, change.action, change.reasons) for change in again.actions()] == []
        assert (again.steps, again.drift) == ((), ())
        assert {output.action for output in again.outputs} <= {"no-op"}
        accident(world, data)


@SLOW
@given(projects(), projects(), st.data())
def test_a_run_that_was_cut_off_converges_and_leaves_nothing_behind(first, second, data):
    world = World()
    world.apply(world.plan(first))
    made = world.plan(second)
    if not unprotected(made):
        return
    world.apply(made, data.draw(st.integers(0, len(made.steps))))
    rest = world.plan(second)
    assert broken_laws(rest) == []
    if not unprotected(rest):
        return
    world.apply(rest)
    assert list(world.plan(second).actions()) == []
    assert world.deposed == {}


@SLOW
@given(projects(), projects(), st.data())
def test_targets_never_touch_what_they_do_not_name(first, second, data):
    world = World()
    world.apply(world.plan(first))
    everything = sorted({*first, *second}, key=Address.sort_key)
    if not everything:
        return
    target = data.draw(st.sampled_from(everything))
    made = world.plan(second, targets=(target.text,))
    assert broken_laws(made) == []
    assert not made.complete
    assert made.outputs == ()
    known = {address.text: address for address in everything}
    needs = of_resources(second).needs
    waiting: dict[Address, set[Address]] = {}
    for address, held in world.held.items():
        for text in held.depends_on:
            waiting.setdefault(known[text], set()).add(address)
    for address, needed in needs.items():
        for other in needed:
            waiting.setdefault(other, set()).add(address)
    went = {change.address for change in made.changes if change.action in (Action.DELETE, Action.REPLACE)}
    allowed = closure(
        [target], lambda address: [*needs.get(address, ()), *(waiting.get(address, ()) if address in went else ())]
    )
    assert {change.address for change in made.changes} <= allowed
    assert target in {change.address for change in made.changes}


@SLOW
@given(projects(), projects(), st.data())
def test_what_is_excluded_is_never_touched(first, second, data):
    world = World()
    world.apply(world.plan(first))
    everything = sorted({*first, *second}, key=Address.sort_key)
    if not everything:
        return
    excluded = data.draw(st.sampled_from(everything))
    made = world.plan(second, excludes=(excluded.text,))
    assert broken_laws(made) == []
    touched = {change.address for change in made.changes}
    assert excluded not in touched
    assert not {address for address in second if excluded in second[address].depends_on} & touched


@SLOW
@given(projects())
def test_destroying_leaves_nothing_but_what_is_protected_or_retained(desired):
    world = World()
    world.apply(world.plan(desired))
    made = world.plan({}, destroy=True)
    if unprotected(made):
        world.apply(made)
        retained = {address for address, resource in desired.items() if resource.lifecycle.on_destroy == "retain"}
        assert world.held == {}
        assert {thing.address for thing in world.things.values()} == retained
    assert {change.action for change in made.changes} <= {Action.DELETE, Action.FORGET}


@SLOW
@given(projects(), st.data())
def test_only_looking_again_calls_nothing(desired, data):
    world = World()
    world.apply(world.plan(desired))
    accident(world, data)
    calls = len(world.calls)
    world.apply(world.plan(desired, refresh_only=True))
    assert len(world.calls) == calls
    assert list(world.plan(desired, refresh_only=True).actions()) == []


@given(projects(), projects())
def test_the_same_goes_in_and_the_same_comes_out(first, second):
    world = World()
    world.apply(world.plan(first))
    backwards = dict(reversed(second.items()))
    assert world.plan(second).steps == world.plan(backwards).steps
