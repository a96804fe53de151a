from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from reign.execution.cancel import Cancel
from reign.execution.job import Limits
from reign.execution.retries import wait_before
from reign.execution.schedule import Schedule
from reign.execution.task import Task
from reign.model.codec import decode
from reign.model.errors import ErrorKind, InvalidSpec, Problem, ProviderError
from reign.model.event import Event, EventKind, State
from reign.model.plan import Action, Change, OutputChange, Step
from reign.model.resource import Lifecycle, Observation, Readiness, Resource, Retry, Snapshot
from reign.model.values import Deferred, Unknown

from .conftest import Run, World, a, call, create, plan_of, snapshot

QUICK = Retry(attempts=4, initial_s=0.001, jitter="none")


def test_everything_is_made_once_and_in_order(run: Run, world: World) -> None:
    plan = plan_of([create(n) for n in "abc"], [call("a"), call("b", 0), call("c", 1)])
    ran = run(plan)
    assert world.made == ["+thing.a", "+thing.b", "+thing.c"]
    assert ran.end() | {"duration_s": 0} == {
        "status": "completed", "message": "", "duration_s": 0,
        "added": 3, "changed": 0, "destroyed": 0, "failed": 0, "skipped": 0,
    }  # fmt: skip


def test_an_intent_is_handed_out_before_its_call_begins(run: Run, world: World) -> None:
    plan = plan_of([create(n) for n in "abc"], [call("a"), call("b", 0), call("c", 0)])
    ran = run(plan)
    for batch, made in zip(ran.batches, ran.made_before, strict=True):
        for event in batch:
            if event.kind is EventKind.INTENT:
                assert f"+{event.address}" not in made


def test_a_journal_that_fails_ends_the_run_with_nothing_called(run: Run, world: World) -> None:
    def fail(_: object) -> None:
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        run(plan_of([create("a")], [call("a")]), on_batch=fail)
    assert world.made == []


def test_no_more_runs_at_once_than_allowed(run: Run, world: World) -> None:
    names = [f"n{i}" for i in range(40)]
    gate = threading.Barrier(4, timeout=20)

    def wait(_: Task) -> object:
        gate.wait()
        return ...

    world.script = wait  # type: ignore[assignment]
    run(plan_of([create(n) for n in names], [call(n) for n in names]), limits=Limits(parallelism=4))
    assert world.most == 4
    assert len(world.made) == 40


def test_only_descendants_of_a_failure_are_skipped(run: Run, world: World) -> None:
    def fail_b(task: Task) -> object:
        return ProviderError(ErrorKind.DENIED, "No", "not you") if task.address == a("b") else ...

    world.script = fail_b  # type: ignore[assignment]
    plan = plan_of([create(n) for n in "abcde"], [call("a"), call("b", 0), call("c", 1), call("d", 2), call("e", 0)])
    ran = run(plan)
    assert sorted(world.made) == ["+thing.a", "+thing.e"]
    assert [(e.address, e.data["because"]) for e in ran.of(EventKind.SKIPPED)] == [
        ("thing.c", "thing.b"),
        ("thing.d", "thing.b"),
    ]
    assert ran.end()["status"] == "failed"
    assert (ran.end()["added"], ran.end()["failed"], ran.end()["skipped"]) == (2, 1, 2)
    assert ran.outcomes()["thing.b:create"] == "failed"


def test_stop_on_failure_starts_nothing_more(run: Run, world: World) -> None:
    def fail_a(task: Task) -> object:
        return ProviderError(ErrorKind.FAULT, "No") if task.address == a("a") else ...

    world.script = fail_a  # type: ignore[assignment]
    plan = plan_of([create(n) for n in "abc"], [call("a"), call("b"), call("c")])
    ran = run(plan, limits=Limits(parallelism=1, on_failure="stop"))
    assert world.made == []
    assert [e.address for e in ran.of(EventKind.SKIPPED)] == ["thing.b", "thing.c"]


def test_an_exception_of_the_provider_is_a_failure_of_that_resource_alone(run: Run, world: World) -> None:
    def broken(task: Task) -> object:
        if task.address == a("a"):
            raise KeyError("oops")
        return ...

    world.script = broken  # type: ignore[assignment]
    ran = run(plan_of([create("a"), create("b")], [call("a"), call("b")]))
    assert world.made == ["+thing.b"]
    assert (
        "KeyError" in ran.of(EventKind.RESULT)[0].data["error"]["detail"] + ran.of(EventKind.RESULT)[-1].data["message"]
    )


def test_a_partial_result_is_recorded_as_tainted(run: Run, world: World) -> None:
    half = Observation("half", {"x": 1}, {"id": "half"})
    world.script = lambda _: ProviderError(ErrorKind.FAULT, "Half", partial=half)
    ran = run(plan_of([create("a")], [call("a")]))
    recorded = decode(Snapshot, ran.of(EventKind.RESULT)[0].data["snapshot"])
    assert recorded.tainted
    assert recorded.external_id == "half"
    assert recorded.created_run == "run1"


def test_values_that_were_unknown_are_filled_in(run: Run, world: World) -> None:
    b = create("b", {"x": Deferred("id is ${resources.a.id}")}, after={"x": Unknown(("thing.a.id",))})
    output = OutputChange("o", "create", value=Deferred("${resources.b.x}"))
    ran = run(plan_of([create("a"), b], [call("a"), call("b", 0)], [output]))
    assert world.things["thing.b#2"] == {"x": "id is thing.a#1"}
    link = {"$reign": "deferred", "text": "${resources.b.x}", "kind": "any"}
    assert ran.of(EventKind.OUTPUTS)[0].data["outputs"] == {"o": {"value": "id is thing.a#1", "link": link}}


def test_a_spec_that_is_refused_once_its_values_are_known_calls_nothing(run: Run, world: World) -> None:
    def picky(_: str, spec: dict[str, object]) -> dict[str, object]:
        if spec.get("x") == "thing.a#1":
            raise InvalidSpec([Problem(("x",), "spec/x", "Bad", "too good to be true")])
        return spec

    b = create("b", {"x": Deferred("${resources.a.id}")}, after={"x": Unknown(("thing.a.id",))})
    ran = run(plan_of([create("a"), b], [call("a"), call("b", 0)]), normalize=picky)
    assert world.made == ["+thing.a"]
    assert not [e for e in ran.of(EventKind.INTENT) if e.address == "thing.b"]
    error = ran.of(EventKind.RESULT)[-1].data["error"]
    assert error["kind"] == "invalid"
    assert "too good to be true" in error["detail"]


def test_what_was_known_at_plan_must_come_out_the_same(run: Run, world: World) -> None:
    b = create("b", {"x": Deferred("${resources.a.id}"), "y": 2}, after={"x": Unknown(("thing.a.id",)), "y": 1})
    ran = run(plan_of([create("a"), b], [call("a"), call("b", 0)]))
    assert world.made == ["+thing.a"]
    assert ran.of(EventKind.RESULT)[-1].data["error"]["kind"] == "fault"


def test_an_ignored_path_keeps_what_was_planned(run: Run, world: World) -> None:
    spec = {"x": Deferred("${resources.a.id}"), "y": 2}
    desired = Resource(a("b"), spec, "thing", lifecycle=Lifecycle(ignore_changes=("y",)))
    b = replace(create("b", spec, after={"x": Unknown(("thing.a.id",)), "y": 1}), desired=desired)
    run(plan_of([create("a"), b], [call("a"), call("b", 0)]))
    assert world.things["thing.b#2"] == {"x": "thing.a#1", "y": 1}


def replaced(name: str, *, create_first: bool = False, **more: object) -> Change:
    held = snapshot(name)
    return Change(
        a(name), Action.REPLACE, "thing", before=held.spec, after={"x": 2}, changed=("x",), prior=held,
        desired=Resource(a(name), {"x": 2}, "thing"), create_first=create_first, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_replace_deletes_the_old_and_makes_the_new(run: Run, world: World) -> None:
    world.things["thing.a#old"] = {"x": 1}
    plan = plan_of([replaced("a")], [call("a", verb="delete"), call("a", 0)])
    ran = run(plan, State(resources={a("a"): snapshot("a")}))
    assert world.made == ["-thing.a", "+thing.a"]
    assert list(world.things.values()) == [{"x": 2}]
    assert (ran.end()["added"], ran.end()["destroyed"]) == (1, 1)


def test_create_first_keeps_the_old_one_on_record_until_it_is_deleted(run: Run, world: World) -> None:
    world.things["thing.a#old"] = {"x": 1}
    plan = plan_of([replaced("a", create_first=True)], [call("a"), call("a", 0, verb="delete")])
    ran = run(plan, State(resources={a("a"): snapshot("a")}))
    assert world.made == ["+thing.a", "-thing.a"]
    assert list(world.things) == ["thing.a#1"]
    made, gone = ran.of(EventKind.RESULT)
    assert decode(Snapshot, made.data["deposed"]).external_id == "thing.a#old"
    assert gone.data["deposed"] is None
    assert "snapshot" not in gone.data


def test_a_replace_that_turns_out_unneeded_is_recorded_as_no_op(run: Run, world: World) -> None:
    held = snapshot("b", {"x": "thing.a#old"})
    b = Change(
        a("b"), Action.REPLACE, "thing", before=held.spec, after={"x": Unknown(("thing.a.id",))}, changed=("x",),
        may_replace=("x",), prior=held, desired=Resource(a("b"), {"x": Deferred("${resources.a.id}")}, "thing"),
    )  # fmt: skip
    update = Change(
        a("a"), Action.UPDATE, "thing", before={"x": 1}, after={"x": 2}, changed=("x",), prior=snapshot("a"),
        desired=Resource(a("a"), {"x": 2}, "thing"),
    )  # fmt: skip
    plan = plan_of([update, b], [call("a", verb="update"), call("b", 0, verb="delete"), call("b", 1)])
    ran = run(plan, State(resources={a("a"): snapshot("a"), a("b"): held}))
    assert world.made == ["~thing.a"]
    assert [e.data["outcome"] for e in ran.of(EventKind.RESULT)] == ["done", "no-op"]
    assert ran.end()["status"] == "completed"


def test_a_call_that_outlives_its_deadline_is_unknown_and_the_rest_goes_on(run: Run, world: World) -> None:
    release = threading.Event()

    def hang(task: Task) -> object:
        if task.address == a("a"):
            release.wait(20)
        return ...

    world.script = hang  # type: ignore[assignment]
    slow = replace(create("a"), desired=Resource(a("a"), {"x": 1}, "thing"))
    slow = replace(slow, desired=replace(slow.desired, timeouts=replace(slow.desired.timeouts, create_s=0.05)))
    plan = plan_of([slow, create("b"), create("c")], [call("a"), call("b"), call("c", 0)])
    ran = run(plan, limits=Limits(overrun_s=0.05), on_batch=lambda _: None)
    release.set()
    assert ran.outcomes() == {"thing.a:create": "unknown", "thing.b:create": "done"}
    assert [e.address for e in ran.of(EventKind.SKIPPED)] == ["thing.c"]


def test_first_interrupt_starts_nothing_new_and_waits_for_what_runs(run: Run, world: World) -> None:
    cancel = Cancel()
    started, release = threading.Event(), threading.Event()

    def hold(_: Task) -> object:
        started.set()
        release.wait(20)
        return ...

    def interrupt() -> None:
        started.wait(20)
        cancel.finish()
        release.set()

    world.script = hold  # type: ignore[assignment]
    threading.Thread(target=interrupt).start()
    ran = run(plan_of([create("a"), create("b")], [call("a"), call("b", 0)]), cancel=cancel)
    assert world.made == ["+thing.a"]
    assert ran.end()["status"] == "paused"
    assert ran.of(EventKind.SKIPPED) == []


def test_second_interrupt_records_what_runs_as_unknown(run: Run, world: World) -> None:
    cancel = Cancel()
    started, release = threading.Event(), threading.Event()

    def hold(_: Task) -> object:
        started.set()
        release.wait(20)
        return ...

    def interrupt() -> None:
        started.wait(20)
        cancel.finish()
        cancel.stop()

    world.script = hold  # type: ignore[assignment]
    threading.Thread(target=interrupt).start()
    ran = run(plan_of([create("a")], [call("a")]), cancel=cancel, limits=Limits(grace_s=0.05))
    release.set()
    assert ran.outcomes() == {"thing.a:create": "unknown"}
    assert ran.end()["status"] == "paused"


def test_what_touches_nothing_is_done_in_the_batch_that_announces_it(run: Run, world: World) -> None:
    world.effects = False
    names = [f"n{i}" for i in range(50)]
    ran = run(plan_of([create(n) for n in names], [call(n) for n in names]))
    assert len(ran.batches) <= 3
    assert len(ran.of(EventKind.RESULT)) == 50


def test_waiting_until_ready_and_a_create_that_never_is(run: Run, world: World) -> None:
    asked: list[str] = []

    def ready(task: Task) -> object:
        if task.verb != "ready":
            return ...
        asked.append(str(task.address))
        if task.address == a("b"):
            return Readiness("failed", "exit code 1")
        return Readiness("waiting", "starting") if asked.count("thing.a") < 2 else Readiness("done")

    world.script = ready  # type: ignore[assignment]
    plan = plan_of(
        [create("a"), create("b"), create("c")],
        [
            call("a"),
            Step("wait", "create", a("a"), (0,)),
            call("c", 1),
            call("b"),
            Step("wait", "create", a("b"), (3,)),
        ],
    )
    ran = run(plan)
    assert asked.count("thing.a") == 2
    assert "+thing.c" in world.made
    failed = next(e for e in ran.of(EventKind.RESULT) if e.data["outcome"] == "failed")
    assert failed.address == "thing.b"
    assert failed.data["snapshot"]["tainted"] is True


def test_the_first_event_that_changes_the_state_carries_the_next_serial(run: Run, world: World) -> None:
    ran = run(plan_of([create("a"), create("b")], [call("a"), call("b")]), State(serial=7))
    assert [(e.kind, e.serial) for e in ran.events if e.serial] == [(EventKind.INTENT, 8)]


def test_a_run_that_changes_nothing_has_no_serial(run: Run) -> None:
    ran = run(plan_of([], []), State(serial=7))
    assert [e.kind for e in ran.events] == [
        EventKind.RUN_STARTED, EventKind.PHASE_STARTED, EventKind.PHASE_ENDED, EventKind.RUN_ENDED,
    ]  # fmt: skip
    assert not any(e.serial for e in ran.events)


def test_an_output_that_cannot_be_made_keeps_its_value_and_fails_the_run(run: Run, world: World) -> None:
    output = OutputChange("o", "create", value=Deferred("${resources.a.nope}"))
    ran = run(plan_of([create("a")], [call("a")], [output]))
    assert ran.end()["status"] == "failed"
    assert "nope" in str(ran.end()["message"])
    assert ran.of(EventKind.OUTPUTS) == []


def never(_: str) -> bool:
    return False


def test_the_schedule_counts_down_edges_and_skips_transitively() -> None:
    steps = [call("a"), call("b", 0), call("c", 0), call("d", 1, 2)]
    schedule = Schedule(steps, [0, 0, 5, 0], ["thing"] * 4)
    assert schedule.pop(never) == 0
    assert schedule.done(0) == [1, 2]
    assert schedule.pop(never) == 2
    assert schedule.pop(never) == 1
    assert schedule.fail(1) == [3]
    assert schedule.done(2) == []
    assert not schedule.has_ready()


def test_what_most_wait_for_goes_first_among_equals() -> None:
    steps = [call("a"), call("b"), call("c", 1), call("d", 2)]
    schedule = Schedule(steps, [0] * 4, ["thing"] * 4)
    assert [schedule.pop(never), schedule.pop(never)] == [1, 0]


def test_a_full_lane_is_passed_over() -> None:
    steps = [call("a"), call("b"), call("c")]
    schedule = Schedule(steps, [2, 1, 0], ["docker", "docker", "local"])
    assert schedule.pop(lambda lane: lane == "docker") == 2
    assert schedule.pop(lambda lane: lane == "docker") is None
    assert schedule.has_ready()


def test_what_passes_by_itself_is_tried_again(run: Run, world: World) -> None:
    tries: list[int] = []

    def busy(task: Task) -> object:
        tries.append(task.call.attempt)
        return ProviderError(ErrorKind.THROTTLED, "429") if len(tries) < 3 else ...

    world.script = busy  # type: ignore[assignment]
    ran = run(plan_of([create("a")], [call("a")]), limits=Limits(retry=QUICK))
    assert tries == [1, 2, 3]
    assert world.made == ["+thing.a"]
    assert [(e.kind, e.data["attempt"]) for e in ran.events if e.op] == [
        (EventKind.INTENT, 1), (EventKind.RETRY, 1), (EventKind.INTENT, 2), (EventKind.RETRY, 2),
        (EventKind.INTENT, 3), (EventKind.RESULT, 3),
    ]  # fmt: skip


@pytest.mark.parametrize(("kind", "marked"), [(ErrorKind.DENIED, True), (ErrorKind.THROTTLED, False)])
def test_what_does_not_pass_or_leaves_no_mark_is_tried_once(
    run: Run, world: World, kind: ErrorKind, marked: bool
) -> None:
    tries: list[int] = []

    def refuse(task: Task) -> object:
        tries.append(task.call.attempt)
        return ProviderError(kind, "no")

    world.script, world.marked = refuse, marked  # type: ignore[assignment]
    ran = run(plan_of([create("a")], [call("a")]), limits=Limits(retry=QUICK))
    assert tries == [1]
    assert ran.end()["failed"] == 1


def test_tries_come_to_an_end_and_the_last_failure_stands(run: Run, world: World) -> None:
    world.script = lambda _: ProviderError(ErrorKind.TRANSIENT, "again")
    ran = run(plan_of([create("a"), create("b")], [call("a"), call("b", 0)]), limits=Limits(retry=QUICK))
    assert [e.data["attempt"] for e in ran.of(EventKind.RESULT)] == [4]
    assert [e.address for e in ran.of(EventKind.SKIPPED)] == ["thing.b"]


def test_an_interrupt_while_waiting_to_try_again_lets_the_failure_stand(run: Run, world: World) -> None:
    cancel = Cancel()
    world.script = lambda _: ProviderError(ErrorKind.TRANSIENT, "again")

    def interrupt(events: tuple[Event, ...]) -> None:
        if any(event.kind is EventKind.RETRY for event in events):
            cancel.finish()

    slow = Limits(retry=Retry(attempts=9, initial_s=60, jitter="none"))
    ran = run(plan_of([create("a")], [call("a")]), limits=slow, cancel=cancel, on_batch=interrupt)
    assert ran.outcomes() == {"thing.a:create": "failed"}


def test_waits_grow_up_to_a_bound() -> None:
    retry = Retry(initial_s=1, backoff=2, max_s=5, jitter="none")
    assert [wait_before(attempt, retry) for attempt in (2, 3, 4, 5, 6)] == [1, 2, 4, 5, 5]
    assert all(0 <= wait_before(4, replace(retry, jitter="full")) <= 4 for _ in range(100))


def test_no_more_calls_of_one_provider_at_once_than_its_limit(run: Run, world: World) -> None:
    names = [f"n{i}" for i in range(20)]
    plan = plan_of([create(n) for n in names], [call(n) for n in names])
    run(plan, limits=Limits(by_provider={"thing": 2}))
    assert world.most <= 2
    assert len(world.made) == 20


def test_a_certain_replace_is_filled_in_only_when_what_it_waits_for_is_done(run: Run, world: World) -> None:
    held = snapshot("b", {"x": "thing.a#old", "y": 1})
    b = Change(
        a("b"), Action.REPLACE, "thing", before=held.spec, after={"x": Unknown(("thing.a.id",)), "y": 2},
        changed=("x", "y"), replace_paths=("y",), reason="replace_because_cannot_update", prior=held,
        desired=Resource(a("b"), {"x": Deferred("${resources.a.id}"), "y": 2}, "thing"),
    )  # fmt: skip
    plan = plan_of(
        [replaced("a"), b], [call("b", verb="delete"), call("a", 0, verb="delete"), call("a", 1), call("b", 2)]
    )
    run(plan, State(resources={a("a"): snapshot("a"), a("b"): held}))
    assert world.made == ["-thing.b", "-thing.a", "+thing.a", "+thing.b"]
    assert world.things["thing.b#4"] == {"x": "thing.a#3", "y": 2}


def test_what_was_found_by_its_mark_is_updated_though_the_state_lost_it(run: Run, world: World) -> None:
    found = snapshot("a")
    change = Change(
        a("a"), Action.UPDATE, "thing", before={"x": 1}, after={"x": 2}, changed=("x",), prior=found,
        desired=Resource(a("a"), {"x": 2}, "thing"),
    )  # fmt: skip
    ran = run(plan_of([change], [call("a", verb="update")]))
    assert world.made == ["~thing.a"]
    assert decode(Snapshot, ran.of(EventKind.RESULT)[0].data["snapshot"]).external_id == found.external_id


def test_a_delete_goes_where_the_thing_was_made(run: Run, world: World) -> None:
    asked: list[str] = []

    def note(task: Task) -> object:
        asked.append(f"{task.verb} {task.call.connection.name}")
        return ...

    world.script = note  # type: ignore[assignment]
    change = replace(replaced("a"), prior=replace(snapshot("a"), connection="thing.old"))
    run(plan_of([change], [call("a", verb="delete"), call("a", 0)]))
    assert asked == ["delete thing.old", "create thing"]


def test_what_was_pushed_aside_in_an_earlier_run_is_deleted_first(run: Run, world: World) -> None:
    aside = replace(snapshot("a"), external_id="aside")
    world.things |= {"aside": {"x": 0}, "thing.a#old": {"x": 1}}
    change = replace(replaced("a"), deposed=aside)
    steps = [call("a", verb="delete"), call("a", 0, verb="delete"), call("a", 1)]
    ran = run(plan_of([change], steps), State(resources={a("a"): snapshot("a")}, deposed={a("a"): aside}))
    assert list(world.things) == ["thing.a#3"]
    assert [sorted(e.data.keys() & {"deposed", "snapshot"}) for e in ran.of(EventKind.RESULT)] == [
        ["deposed"], ["snapshot"], ["snapshot"],
    ]  # fmt: skip
