"""What is only looked up, while a plan is carried out."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from reign.execution.cancel import Cancel
from reign.execution.figures import counts_as
from reign.execution.job import Limits
from reign.model.address import parse_address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.event import EventKind
from reign.model.plan import Action, Change, OutputChange, Step
from reign.model.resource import Group, Resource, Timeouts
from reign.model.schema import Output
from reign.model.values import Deferred, Sensitive, Spec, Unknown

from .conftest import Run, Task, World, call, create, plan_of
from .test_executor import QUICK
from .test_sensitive import DB, ROOTS, assert_hidden, recorded

D = parse_address("data.thing.d")
READ = Step("call", "read", D)


def looked_up(spec: Spec, after: Spec | None = None) -> Change:
    return Change(D, Action.READ, "thing", after=after or spec, desired=Resource(D, spec, "thing"))


def test_what_is_looked_up_can_be_read_by_what_waits_for_it(run: Run, world: World) -> None:
    d = looked_up({"q": Deferred("${resources.a.id}")}, {"q": Unknown(("thing.a.id",))})
    b = create("b", {"x": Deferred("${data.d.told.q}")}, after={"x": Unknown(("data.thing.d.told",))})
    ran = run(plan_of([create("a"), d, b], [call("a"), replace(READ, needs=(0,)), call("b", 1)]))
    assert world.made == ["+thing.a", "?data.thing.d", "+thing.b"]
    assert world.things["thing.b#3"] == {"x": "thing.a#1"}
    assert (ran.end()["added"], ran.end()["changed"]) == (2, 0)


def test_a_read_leaves_no_intent_no_serial_and_no_snapshot(run: Run, world: World) -> None:
    ran = run(plan_of([looked_up({"q": 1})], [READ]))
    assert ran.of(EventKind.INTENT) == []
    [told] = ran.of(EventKind.RESULT)
    assert (told.data["action"], told.data["verb"], told.data["outcome"]) == ("read", "read", "done")
    assert "snapshot" not in told.data
    assert counts_as(told) == ""
    assert not any(event.serial for event in ran.events)


def test_what_was_looked_up_at_plan_is_there_from_the_start(run: Run, world: World) -> None:
    output = OutputChange("o", "create", value=Deferred("${data.d.told}"))
    groups = [Group("thing", "d", "single", mode="data")]
    ran = run(plan_of([], [], [output], groups, data={D: {"told": 7}}))
    assert ran.of(EventKind.OUTPUTS)[0].data["outputs"] == {"o": {"value": 7}}


def test_a_read_that_fails_stops_what_waits_for_it_alone(run: Run, world: World) -> None:
    missing = ProviderError(ErrorKind.MISSING, "Not there")
    world.script = lambda task: missing if task.verb == "read" else ...  # type: ignore[assignment]
    ran = run(plan_of([looked_up({}), create("a"), create("b")], [READ, call("a", 0), call("b")]))
    assert world.made == ["+thing.b"]
    assert [event.address for event in ran.of(EventKind.SKIPPED)] == ["thing.a"]
    assert (ran.end()["failed"], ran.end()["skipped"]) == (1, 1)


def test_a_read_is_tried_again(run: Run, world: World) -> None:
    world.marked = False
    tries: list[int] = []

    def busy(task: Task) -> object:
        tries.append(task.call.attempt)
        return ProviderError(ErrorKind.TRANSIENT, "busy") if len(tries) < 3 else ...

    world.script = busy  # type: ignore[assignment]
    ran = run(plan_of([looked_up({})], [READ]), limits=Limits(retry=QUICK))
    assert tries == [1, 2, 3]
    assert ran.end()["status"] == "completed"


def test_a_read_that_never_answers_has_failed(run: Run, world: World) -> None:
    release = threading.Event()
    world.script = lambda _: release.wait(20) and ...  # type: ignore[assignment, return-value]
    d = looked_up({})
    d = replace(d, desired=replace(d.desired, timeouts=Timeouts(create_s=0.01)))
    ran = run(plan_of([d, create("a")], [READ, call("a", 0)]), limits=Limits(overrun_s=0.01))
    release.set()
    assert ran.outcomes() == {"data.thing.d:read": "failed"}


def test_a_read_that_is_cut_off_is_not_told_at_all(run: Run, world: World) -> None:
    cancel = Cancel()
    started, release = threading.Event(), threading.Event()

    def hold(_: Task) -> object:
        started.set()
        release.wait(20)
        return ...

    def interrupt() -> None:
        started.wait(20)
        cancel.stop()

    world.script = hold  # type: ignore[assignment]
    threading.Thread(target=interrupt).start()
    ran = run(plan_of([looked_up({})], [READ]), cancel=cancel, limits=Limits(grace_s=0.01))
    release.set()
    assert ran.of(EventKind.RESULT) == []
    assert ran.end()["status"] == "paused"


@pytest.mark.parametrize("guarded", [True, False])
def test_what_is_looked_up_is_marked(run: Run, world: World, guarded: bool) -> None:
    world.outputs = {"told": Output(sensitive=True)} if guarded else {}
    d = looked_up({"q": "x" if guarded else DB}, {"q": "x" if guarded else DB})
    b = create("b", {"x": Deferred("${data.d.told.q}")}, after={"x": Unknown(("data.thing.d.told",))})
    ran = run(plan_of([d, b], [READ, call("b", 0)]), roots=ROOTS)
    assert type(recorded(ran, "thing.b").spec["x"]).__name__ == "Secret"
    assert_hidden(ran)


def test_a_read_is_handed_clear_values(run: Run, world: World) -> None:
    seen: list[object] = []
    world.script = lambda task: seen.append(task.desired.spec) or {}  # type: ignore[func-returns-value]
    run(plan_of([looked_up({"q": Sensitive("told")})], [READ]))
    assert seen == [{"q": "told"}]
