"""Random projects through random edits, accidents and kills: what must hold whatever happens."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from reign.graph import closure, of_resources
from reign.model.address import Address
from reign.model.plan import Action, Plan
from reign.model.resource import HealthCheck as Health
from reign.model.resource import Import, Lifecycle, Moved, Removed, Resource
from reign.model.values import Deferred, Sensitive, Value, leaves, reveal
from tests.planning.laws import broken_laws
from tests.planning.simulation import SECRETS, Project, World

FAST = settings(
    max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None
)
NUMBERS = st.integers(1, 3)
SIZE = 8
REFERENCES = ("size", "image", "labels", "nets", "links", "password")
OUTPUTS = {
    "thing": ("id", "size_text", "status", "name", "password"),
    "safe": ("id", "sum", "key"),
    "net": ("id", "name"),
    "slow": ("id",),
    "fact": ("value",),
    "data.host": ("ip", "key"),
}


@st.composite
def resources(draw: st.DrawFn, index: int, earlier: list[Address]) -> Resource:
    """One resource that may refer to any of `earlier`. Names differ, so that they never collide.

    It may have one of two names, of which the second is where the first has moved to.
    """
    kind = draw(st.sampled_from(("thing", "thing", "thing", "safe", "net", "slow", "fact", "data.host")))
    if kind == "data.host":
        return draw(lookups(index, earlier))
    address = Address(kind, f"{draw(st.sampled_from('rm'))}{index}")
    spec: dict[str, Any] = {"value": draw(NUMBERS)} if kind == "fact" else {"size": draw(NUMBERS)}
    needed: dict[Address, None] = {}
    lifecycle, health = Lifecycle(), None
    if kind in ("thing", "net", "safe"):
        spec = {"name": f"{kind}{index}-{draw(NUMBERS)}"}
    if kind == "safe":
        texts = st.sampled_from(("plain", "${secret.one}", "user:${secret.two}@host", "${secret.one | sha256}"))
        spec |= {"content": text_of(draw(texts)), "hidden": text_of(draw(texts))}
    if kind == "thing":
        spec |= {"size": draw(NUMBERS), "image": draw(NUMBERS), "note": draw(NUMBERS)}
        spec["password"] = draw(st.sampled_from((1, 2, Deferred("${secret.one}"), Deferred("x${secret.two}"))))
        for other in draw(st.lists(st.sampled_from(earlier), max_size=3, unique=True)) if earlier else []:
            needed[other] = None
            value = reference(other, draw(st.sampled_from(OUTPUTS[other.kind])))
            field = draw(st.sampled_from(REFERENCES))
            spec[field] = [value] if field in ("nets", "links") else {"x": value} if field == "labels" else value
        managed = [address.text for address in needed if address.mode == "managed"]
        triggers = draw(st.lists(st.sampled_from(managed), max_size=1)) if managed else []
        lifecycle = Lifecycle(
            create_before_destroy=draw(st.booleans()),
            prevent_destroy=draw(st.sampled_from((False, False, False, True))),
            ignore_changes=draw(st.sampled_from(((), (), ("size",), ("labels.x", "image")))),
            replace_triggered_by=tuple(triggers) if draw(st.booleans()) else (),
            restart_triggered_by=tuple(triggers),
            on_destroy=draw(st.sampled_from(("delete", "delete", "retain"))),
        )
        health = draw(st.sampled_from((None, None, Health("tcp", Deferred("${self.name}:80")))))
    for other in draw(st.lists(st.sampled_from(earlier), max_size=1)) if earlier else []:
        needed[other] = None
    return Resource(address, spec, "main", tuple(needed), lifecycle, health=health)


@st.composite
def lookups(draw: st.DrawFn, index: int, earlier: list[Address]) -> Resource:
    """What is looked up of one of `earlier`; a fact of no meaning where there is none."""
    made = [address for address in earlier if address.mode == "managed" and address.type != "fact"]
    if not made:
        return Resource(Address("fact", f"r{index}"), {"value": 1}, "main")
    other = draw(st.sampled_from(made))
    spec = {"name": reference(other, "id")}
    return Resource(Address("host", f"d{index}", mode="data"), spec, "main", (other,))


def reference(other: Address, output: str) -> Deferred:
    root = "data" if other.mode == "data" else "resources"
    return Deferred(f"${{{root}.{other.name}.{output}}}")


def text_of(text: str) -> Any:
    return Deferred(text) if "${" in text else text


@st.composite
def projects(draw: st.DrawFn) -> Project:
    """Up to eight resources; an index may be left out, so that projects drawn one after the other add and remove."""
    desired: dict[Address, Resource] = {}
    moved, removed, imports = [], [], []
    for index in range(SIZE):
        if not draw(st.booleans()):
            if draw(st.booleans()):
                ends = {"destroy": draw(st.booleans()), "unprotect": draw(st.sampled_from(("", "it may go")))}
                removed += [Removed(f"{letter}{index}", **ends) for letter in "rm"]
            continue
        resource = draw(resources(index, list(desired)))
        address = resource.address
        desired[address] = resource
        if address.name.startswith("m"):
            moved.append(Moved(f"{address.type}.r{index}", f"m{index}"))
        if address.type in ("thing", "net") and draw(st.sampled_from((False, False, True))):
            imports.append(Import(address, f"stranger-{address.type}-{index}"))
    return Project(desired, tuple(moved), tuple(removed), tuple(imports))


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
    elif "content" in thing.spec:
        leaked = [f"it says {text}" for held in world.held.values() for text in hidden_texts(held.spec)]
        thing.spec["content"] = data.draw(st.sampled_from(("other", *leaked)))


def hidden_texts(value: Value) -> list[str]:
    return [str(reveal(leaf)) for _, leaf in leaves(value) if isinstance(leaf, Sensitive)]


@FAST
@given(st.lists(projects(), min_size=1, max_size=4), st.data())
def test_an_applied_plan_leaves_nothing_to_do_and_protected_things_never_go(history, data):
    live(history, data)


@pytest.mark.slow
@settings(FAST, max_examples=1000)
@given(st.lists(projects(), min_size=1, max_size=4), st.data())
def test_a_thousand_lives(history, data):
    live(history, data)


def live(history: list[Project], data: st.DataObject) -> None:
    """One edit after the other is planned and applied, with accidents in between."""
    world = World()
    for project in history:
        made = world.plan(project)
        assert broken_laws(made, SECRETS.values()) == []
        check_protection(world, project, made)
        if not unprotected(made):
            event(f"refused: {next(finding.code for finding in made.findings if finding.severity == 'error')}")
            continue
        event("applied")
        world.apply(made)
        again = world.plan(project)
        assert [(change.address.text, change.action, change.reasons) for change in again.actions()] == []
        assert (again.steps, again.drift) == ((), ())
        assert {output.action for output in again.outputs} <= {"no-op"}
        assert broken_laws(again, SECRETS.values()) == []
        accident(world, data)


def check_protection(world: World, project: Project, made: Plan) -> None:
    """What is protected goes only where somebody said so, and a refusal names it."""
    lifted = {removed.source for removed in project.removed if removed.unprotect}
    steps = {step.address for step in made.steps if step.verb == "delete"}
    for change in made.changes:
        held = world.held.get(change.previous_address or change.address)
        is_protected = held is not None and held.lifecycle.prevent_destroy
        goes = change.address in steps and change.action in (Action.DELETE, Action.REPLACE)
        if is_protected and goes and change.address.name not in lifted:
            assert any(f.code == "plan/protected" and f.address == change.address.text for f in made.findings)


@FAST
@given(projects(), projects(), st.data())
def test_a_run_that_was_cut_off_converges_and_leaves_nothing_behind(first, second, data):
    world = World()
    before = world.plan(first)
    if unprotected(before):
        world.apply(before)
    made = world.plan(second)
    if not unprotected(made):
        return
    world.apply(made, data.draw(st.integers(0, len(made.steps))))
    rest = world.plan(second)
    assert broken_laws(rest, SECRETS.values()) == []
    if not unprotected(rest):
        return
    world.apply(rest)
    assert list(world.plan(second).actions()) == []
    assert world.deposed == {}


def applied(first: Project) -> World:
    """A world in which a project was applied, if it could be."""
    world = World()
    made = world.plan(first)
    if unprotected(made):
        world.apply(made)
    return world


@FAST
@given(projects(), projects(), st.data())
def test_targets_never_touch_what_they_do_not_name(first, second, data):
    world = applied(first)
    whole = world.plan(second)
    everything = [change.address for change in whole.changes]
    if not everything:
        return
    target = data.draw(st.sampled_from(everything))
    made = world.plan(second, targets=(target.text,))
    assert broken_laws(made, SECRETS.values()) == []
    assert not made.complete
    assert made.outputs == ()
    known = {address.text: address for address in everything}
    needs = of_resources(second.desired).needs
    waiting: dict[Address, set[Address]] = {}
    for change in whole.changes:  # recorded edges, by the names of now
        for text in change.prior.depends_on if change.prior else ():
            if text in known:
                waiting.setdefault(known[text], set()).add(change.address)
    for address, needed in needs.items():
        for other in needed:
            waiting.setdefault(other, set()).add(address)
    went = {change.address for change in made.changes if change.action in (Action.DELETE, Action.REPLACE)}
    allowed = closure(
        [target], lambda address: [*needs.get(address, ()), *(waiting.get(address, ()) if address in went else ())]
    )
    assert {change.address for change in made.changes} <= allowed
    if not any(finding.code.startswith("data/") for finding in made.findings):
        assert target in {change.address for change in made.changes}
    if unprotected(made):
        held = dict(world.held)
        world.apply(made)
        moved_from = {change.previous_address for change in made.changes}
        untouched = {address for address in held if address not in allowed and address not in moved_from}
        assert {address: world.held.get(address) for address in untouched} == {a: held[a] for a in untouched}


@FAST
@given(projects(), projects(), st.data())
def test_what_is_excluded_is_never_touched(first, second, data):
    world = applied(first)
    everything = [change.address for change in world.plan(second).changes]
    if not everything:
        return
    excluded = data.draw(st.sampled_from(everything))
    made = world.plan(second, excludes=(excluded.text,))
    assert broken_laws(made, SECRETS.values()) == []
    touched = {change.address for change in made.changes}
    assert excluded not in touched
    desired = second.desired
    assert not {address for address in desired if excluded in desired[address].depends_on} & touched


@FAST
@given(projects())
def test_destroying_leaves_nothing_but_what_is_protected_or_retained(project):
    world = applied(project)
    retained = {address for address, held in world.held.items() if held.lifecycle.on_destroy == "retain"}
    made = world.plan(project, destroy=True)
    assert broken_laws(made, SECRETS.values()) == []
    if unprotected(made):
        world.apply(made)
        assert world.held == {}
        assert {thing.address for thing in world.left.values()} == retained
        assert all(thing.tainted for thing in world.things.values())
    assert {change.action for change in made.changes} <= {Action.DELETE, Action.FORGET}


@FAST
@given(projects(), st.data())
def test_only_looking_again_calls_nothing(project, data):
    world = applied(project)
    accident(world, data)
    calls = len(world.calls)
    made = world.plan(project, refresh_only=True)
    assert broken_laws(made, SECRETS.values()) == []
    world.apply(made)
    assert len(world.calls) == calls
    assert list(world.plan(project, refresh_only=True).actions()) == []


@FAST
@given(projects())
def test_a_plan_of_what_is_there_is_empty_whatever_the_state_has_lost(project):
    """A state that is lost is written anew from the marks, and nothing is called."""
    world = applied(project)
    if project.imports or any(address.mode == "data" for address in project.desired):
        return  # what is imported is looked for by the id that the project gives, and data by what the state holds
    world.held = {address: held for address, held in world.held.items() if address.type == "fact"}
    made = world.plan(project)
    assert not any(step.kind == "call" for step in made.steps) or made.findings


@FAST
@given(projects(), projects())
def test_the_same_goes_in_and_the_same_comes_out(first, second):
    world = applied(first)
    backwards = Project(
        dict(reversed(second.desired.items())), second.moved, second.removed, tuple(reversed(second.imports))
    )
    assert world.plan(second).steps == world.plan(backwards).steps
