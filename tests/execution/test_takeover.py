"""What is taken over, moved, found or let go: mostly the state alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reign.execution.figures import counts_as
from reign.execution.schedule import moves
from reign.model.codec import decode
from reign.model.errors import ErrorKind, ProviderError
from reign.model.event import Event, EventKind, State
from reign.model.plan import Action, Change, Step
from reign.model.resource import Observation, Resource, Snapshot
from reign.model.values import Deferred, Unknown

from .conftest import Ran, Run, Task, World, a, call, create, plan_of, snapshot, update
from .test_health import gate, gated
from .test_sensitive import DB, assert_hidden


def imported(name: str, before: dict[str, object], after: dict[str, object]) -> Change:
    changed = tuple(key for key in after if before.get(key) != after[key])
    return Change(
        a(name), Action.UPDATE if changed else Action.NOOP, "thing", before=before, after=after, changed=changed,
        import_id="there", desired=Resource(a(name), after, "thing"),
    )  # fmt: skip


def states(ran: Ran) -> dict[str, Snapshot]:
    """What the state holds after the events, as a fold has it."""
    found: dict[str, Snapshot] = {}
    for event in ran.events:
        if event.data.get("previous"):
            found.pop(event.data["previous"], None)
        if event.data.get("snapshot"):
            found[event.address] = decode(Snapshot, event.data["snapshot"])
        elif "snapshot" in event.data:
            found.pop(event.address, None)
    return found


def test_what_is_as_declared_is_taken_over_and_no_more(run: Run, world: World) -> None:
    world.things["there"] = {"x": 1}
    ran = run(plan_of([imported("a", {"x": 1}, {"x": 1})], [call("a", verb="adopt")]))
    assert world.made == ["@thing.a"]
    held = states(ran)["thing.a"]
    assert (held.external_id, held.spec, held.create_key) == ("there", {"x": 1}, ran.of(EventKind.INTENT)[0].op)
    assert [(event.data["action"], event.data["verb"], counts_as(event)) for event in ran.of(EventKind.RESULT)] == [
        ("import", "adopt", "")
    ]
    assert (ran.end()["added"], ran.end()["changed"]) == (0, 0)


def test_what_differs_is_updated_after_it_was_taken_over(run: Run, world: World) -> None:
    world.things["there"] = {"x": 1}
    priors: list[Snapshot | None] = []
    world.script = lambda task: priors.append(task.prior) or ...  # type: ignore[assignment, func-returns-value]
    plan = plan_of([imported("a", {"x": 1}, {"x": 2})], [call("a", verb="adopt"), call("a", 0, verb="update")])
    ran = run(plan)
    assert world.made == ["@thing.a", "~thing.a"]
    assert world.things == {"there": {"x": 2}}
    assert priors[1] is not None
    assert (priors[1].external_id, priors[1].spec) == ("there", {"x": 1})
    assert states(ran)["thing.a"].spec == {"x": 2}
    assert (ran.end()["added"], ran.end()["changed"]) == (0, 1)


def test_an_update_that_fails_leaves_what_was_taken_over_on_record_as_it_is(run: Run, world: World) -> None:
    world.things["there"] = {"x": 1}
    no = ProviderError(ErrorKind.DENIED, "No")
    world.script = lambda task: no if task.verb == "update" else ...  # type: ignore[assignment]
    plan = plan_of([imported("a", {"x": 1}, {"x": 2})], [call("a", verb="adopt"), call("a", 0, verb="update")])
    assert states(run(plan))["thing.a"].spec == {"x": 1}


def test_what_is_taken_over_is_so_even_if_an_unknown_comes_out_as_it_is(run: Run, world: World) -> None:
    world.things["there"] = {"x": "thing.a#1"}
    b = replace(
        imported("b", {"x": "thing.a#1"}, {"x": Unknown(("thing.a.id",))}),
        desired=Resource(a("b"), {"x": Deferred("${resources.a.id}")}, "thing"),
    )
    steps = [call("a"), call("b", 0, verb="adopt"), call("b", 1, verb="update")]
    ran = run(plan_of([create("a"), b], steps))
    assert world.made == ["+thing.a", "@thing.b"]
    assert states(ran)["thing.b"].external_id == "there"


def test_what_is_taken_over_and_never_gets_healthy_is_not_tainted(run: Run, world: World) -> None:
    world.things["there"] = {"x": 1}
    no = ProviderError(ErrorKind.DENIED, "No")
    world.script = lambda task: no if task.verb == "probe" else ...  # type: ignore[assignment]
    plan = plan_of(
        [gated(imported("a", {"x": 1}, {"x": 2}))],
        [call("a", verb="adopt"), call("a", 0, verb="update"), gate("a", 1, verb="update")],
    )
    held = states(run(plan))["thing.a"]
    assert (held.tainted, held.unproven) == (False, True)


def test_what_was_sensitive_is_so_in_what_is_taken_over(run: Run, world: World) -> None:
    world.things["there"] = {"x": DB.value}
    ran = run(plan_of([imported("a", {"x": DB}, {"x": DB})], [call("a", verb="adopt")]))
    assert_hidden(ran)


def moved(name: str, source: str, held: Snapshot | None = None) -> Change:
    there = replace(held or snapshot(source), address=a(name))
    return Change(
        a(name), Action.NOOP, "thing", before=there.spec, after=there.spec, prior=there, previous_address=a(source),
        desired=Resource(a(name), there.spec, "thing"),
    )  # fmt: skip


def move(name: str, *needs: int) -> Step:
    return Step("record", "move", a(name), needs)


def test_a_move_is_written_down_and_calls_nothing(run: Run, world: World) -> None:
    ran = run(plan_of([moved("b", "a")], [move("b")]), State(resources={a("a"): snapshot("a")}))
    assert world.made == []
    [told] = ran.of(EventKind.RECORDED)
    assert (told.address, told.data["action"], told.data["previous"]) == ("thing.b", "move", "thing.a")
    held = decode(Snapshot, told.data["snapshot"])
    assert (held.address, held.external_id, held.spec) == (a("b"), "thing.a#old", {"x": 1})
    assert counts_as(told) == ""


def test_what_has_moved_is_updated_by_its_new_name(run: Run, world: World) -> None:
    held = snapshot("a", {"x": DB})
    change = replace(moved("b", "a", held), action=Action.UPDATE, after={"x": 2}, changed=("x",))
    change = replace(change, desired=Resource(a("b"), {"x": 2}, "thing"))
    ran = run(plan_of([change], [move("b"), call("b", 0, verb="update")]), State(resources={a("a"): held}))
    assert world.things == {"thing.a#old": {"x": 2}}
    assert list(states(ran)) == ["thing.b"]
    assert_hidden(ran)


def test_all_moves_are_in_the_batch_that_begins_the_run(run: Run, world: World) -> None:
    """So that a new thing at an address that is left is never forgotten for the old one."""
    names = [f"n{i}" for i in range(30)]
    changes = [*map(create, names), moved("old", "n0"), moved("older", "old")]
    steps = [*map(call, names), move("old"), move("older")]
    state = State(resources={a("n0"): snapshot("n0"), a("old"): snapshot("old")})
    ran = run(plan_of(changes, steps), state)
    first = [event.address for event in ran.batches[0] if event.kind is EventKind.RECORDED]
    assert first == ["thing.older", "thing.old"]
    assert {name: held.external_id.partition("#")[0] for name, held in states(ran).items()} == {
        **{f"thing.{name}": f"thing.{name}" for name in names}, "thing.old": "thing.n0", "thing.older": "thing.old",
    }  # fmt: skip


def test_what_is_only_named_otherwise_in_edges_is_recorded_as_the_plan_has_it(run: Run, world: World) -> None:
    held = replace(snapshot("a"), depends_on=("thing.new",))
    change = Change(a("a"), Action.NOOP, "thing", prior=held, desired=Resource(a("a"), {"x": 1}, "thing"))
    ran = run(plan_of([change], [move("a")]), State(resources={a("a"): replace(held, depends_on=("thing.old",))}))
    [told] = ran.of(EventKind.RECORDED)
    assert told.data["previous"] is None
    assert states(ran)["thing.a"].depends_on == ("thing.new",)


def test_moves_in_a_circle_are_not_waited_for() -> None:
    plan = plan_of([moved("a", "b"), moved("b", "a")], [move("a"), move("b")])
    assert sorted(moves(plan)) == [0, 1]


def test_what_is_found_is_recorded_with_what_it_told(run: Run, world: World) -> None:
    found = replace(snapshot("a", {"x": 1}), external_id="found", found=True)
    change = Change(
        a("a"), Action.UPDATE, "thing", before={"x": 1}, after={"x": 1}, after_outputs={"out": "told"}, prior=found,
        recorded_only=True, desired=Resource(a("a"), {"x": 1}, "thing"),
    )  # fmt: skip
    held = states(run(plan_of([change], [Step("record", "record", a("a"))])))["thing.a"]
    assert world.made == []
    assert (held.found, held.external_id, held.outputs) == (True, "found", {"out": "told"})


def test_what_a_create_finds_is_recorded_as_found_and_stays_so(run: Run, world: World) -> None:
    world.script = lambda task: Observation("f", task.desired.spec, {}, found=True)
    held = states(run(plan_of([create("a")], [call("a")])))["thing.a"]
    assert held.found
    world.script = lambda task: Observation("f", task.desired.spec, {})
    change = replace(update("a", {"x": 1}, {"x": 2}), prior=held)
    assert states(run(plan_of([change], [call("a", verb="update")])))["thing.a"].found


@pytest.mark.parametrize(
    ("change", "state", "first"),
    [
        (create("a"), State(), True),
        (replace(create("a"), prior=snapshot("a")), State(), False),
        (create("a"), State(resources={a("a"): snapshot("a")}), False),
        (create("a"), State(open_intents=(Event(EventKind.INTENT, "r", "", address="thing.a"),)), False),
        (create("a"), State(open_intents=(Event(EventKind.INTENT, "r", "", address="thing.b"),)), True),
    ],
)
def test_a_create_says_whether_anything_was_ever_made_there(
    run: Run, world: World, change: Change, state: State, first: bool
) -> None:
    said: list[bool] = []

    def note(task: Task) -> object:
        said.append(task.call.first)
        return ...

    world.script = note  # type: ignore[assignment]
    run(plan_of([change], [call("a")]), state)
    assert said == [first]


def test_what_is_removed_without_a_call_is_forgotten(run: Run, world: World) -> None:
    change = Change(a("a"), Action.FORGET, "thing", before={"x": 1}, prior=snapshot("a"))
    ran = run(plan_of([change], [Step("record", "forget", a("a"))]), State(resources={a("a"): snapshot("a")}))
    [told] = ran.of(EventKind.RECORDED)
    assert (told.data["action"], told.data["snapshot"], told.data["previous"]) == ("forget", None, None)


def test_a_record_of_what_nobody_holds_fails_alone(run: Run, world: World) -> None:
    change = replace(update("a", {"x": 1}, {"x": 1}, recorded_only=True), prior=None)
    ran = run(plan_of([change, create("b")], [Step("record", "record", a("a")), call("b")]))
    assert ran.outcomes() == {"thing.a:record": "failed", "thing.b:create": "done"}
