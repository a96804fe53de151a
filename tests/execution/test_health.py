"""Waits and gates: what depends on a resource starts when it is done and healthy."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from reign.execution.cancel import Cancel
from reign.execution.figures import counts_as
from reign.execution.health import Vigil
from reign.execution.job import Limits
from reign.model.codec import decode
from reign.model.errors import ErrorKind, ProviderError
from reign.model.event import Event, EventKind, State
from reign.model.plan import Action, Change, Step
from reign.model.redact import Masks
from reign.model.resource import HealthCheck, Readiness, Snapshot
from reign.model.values import Deferred, Spec, Unknown

from .conftest import Ran, Run, Task, World, a, call, create, plan_of, snapshot, update
from .test_sensitive import CANARY, ROOTS, assert_hidden

CHECK = HealthCheck("tcp", "h:1", interval_s=0.001, deadline_s=20)
WAITING, DONE = Readiness("waiting", "refused"), Readiness("done")


def gated(change: Change, check: HealthCheck = CHECK) -> Change:
    return replace(change, desired=replace(change.desired, health=check))


def gate(name: str, *needs: int, verb: str = "create") -> Step:
    return Step("gate", verb, a(name), needs)  # type: ignore[arg-type]


def answering(world: World, *answers: object) -> list[HealthCheck]:
    """Let the world give these answers to probes, the last one again and again. Returns what was asked."""
    left, asked = list(answers), []

    def answer(task: Task) -> object:
        if task.verb not in ("probe", "ready"):
            return ...
        asked.append(task.check)
        return left.pop(0) if len(left) > 1 else left[0]

    world.script = answer  # type: ignore[assignment]
    return asked  # type: ignore[return-value]


def held(ran: Ran, name: str) -> Snapshot:
    """What the state holds at the end."""
    [*_, last] = [event for event in ran.events if event.address == f"thing.{name}" and event.data.get("snapshot")]
    return decode(Snapshot, last.data["snapshot"])


GATED = [call("a"), gate("a", 0), call("b", 1)]


def test_what_depends_on_it_starts_once_it_is_healthy(run: Run, world: World) -> None:
    asked = answering(world, WAITING, DONE, WAITING, DONE, DONE)
    plan = plan_of([gated(create("a"), replace(CHECK, healthy_after=2)), create("b")], GATED)
    ran = run(plan)
    assert len(asked) == 5
    assert world.made == ["+thing.a", "+thing.b"]
    assert ran.end()["status"] == "completed"
    assert (ran.end()["added"], ran.end()["changed"]) == (2, 0)


def test_it_is_unproven_from_its_call_on_and_proven_once_it_passed(run: Run, world: World) -> None:
    ran = run(plan_of([gated(create("a")), create("b")], GATED))
    told = [event for event in ran.events if event.address == "thing.a" and "snapshot" in event.data]
    assert [decode(Snapshot, event.data["snapshot"]).unproven for event in told] == [True, False]
    assert [(event.kind, event.data["action"], counts_as(event)) for event in told] == [
        (EventKind.RESULT, "create", "added"),
        (EventKind.RECORDED, "proven", ""),
    ]
    assert not held(ran, "b").unproven


def test_unhealthy_after_a_create_is_tainted_and_what_depends_on_it_skipped(run: Run, world: World) -> None:
    answering(world, WAITING)
    plan = plan_of([gated(create("a"), replace(CHECK, deadline_s=0.01)), create("b")], GATED)
    ran = run(plan)
    assert world.made == ["+thing.a"]
    assert (held(ran, "a").tainted, held(ran, "a").unproven) == (True, False)
    error = ran.of(EventKind.RESULT)[-1].data["error"]
    assert (error["kind"], error["summary"], error["detail"]) == ("timeout", "Unhealthy", "refused")
    assert [event.address for event in ran.of(EventKind.SKIPPED)] == ["thing.b"]


@pytest.mark.parametrize(("answer", "helps"), [(WAITING, True), (Readiness("failed", "exit code 1"), False)])
def test_more_time_is_advised_where_it_may_help(run: Run, world: World, answer: Readiness, helps: bool) -> None:
    answering(world, answer)
    ran = run(plan_of([gated(create("a"), replace(CHECK, deadline_s=0.01))], GATED[:2]))
    assert ("health.deadline" in ran.of(EventKind.RESULT)[-1].data["error"]["fix"]) is helps


def test_unhealthy_after_an_update_stays_unproven_and_is_not_tainted(run: Run, world: World) -> None:
    answering(world, Readiness("failed", "exit code 1"))
    plan = plan_of([gated(update("a", {"x": 1}, {"x": 2}))], [call("a", verb="update"), gate("a", 0, verb="update")])
    ran = run(plan, State(resources={a("a"): snapshot("a")}))
    assert (held(ran, "a").tainted, held(ran, "a").unproven) == (False, True)
    assert ran.end()["failed"] == 1


def test_a_gate_that_is_asked_again_clears_what_was_unproven(run: Run, world: World) -> None:
    before = replace(snapshot("a"), unproven=True)
    change = gated(update("a", {"x": 1}, {"x": 1}, recorded_only=True))
    change = replace(change, prior=before)
    steps = [Step("record", "record", a("a")), gate("a", 0, verb="update")]
    ran = run(plan_of([change], steps), State(resources={a("a"): before}))
    assert world.made == []
    assert not held(ran, "a").unproven
    assert [event.data["action"] for event in ran.of(EventKind.RECORDED)] == ["update", "proven"]


def test_what_is_no_longer_asked_for_counts_as_proven(run: Run, world: World) -> None:
    before = replace(snapshot("a"), unproven=True)
    change = replace(update("a", {"x": 1}, {"x": 1}, recorded_only=True), prior=before)
    ran = run(plan_of([change], [Step("record", "record", a("a"))]), State(resources={a("a"): before}))
    assert not held(ran, "a").unproven


def test_a_target_reads_the_resource_itself_and_goes_out_in_clear(run: Run, world: World) -> None:
    asked = answering(world, DONE)
    check = replace(CHECK, kind="http", target=Deferred("http://u:${secret.db}@${self.id}/${self.x}"))
    ran = run(plan_of([gated(create("a"), check)], GATED[:2]), roots=ROOTS)
    assert [check.target for check in asked] == [f"http://u:{ROOTS['secret']['db'].value}@thing.a#1/1"]
    assert_hidden(ran)


def test_a_target_that_cannot_be_told_fails_the_gate(run: Run, world: World) -> None:
    check = replace(CHECK, target=Deferred("${self.nothing}"))
    ran = run(plan_of([gated(create("a"), check)], GATED[:2]))
    assert ran.of(EventKind.RESULT)[-1].data["error"]["kind"] == "invalid"
    assert (held(ran, "a").tainted, held(ran, "a").unproven) == (False, True)


def test_an_error_while_asking_that_passes_is_asked_again(run: Run, world: World) -> None:
    answering(world, ProviderError(ErrorKind.TRANSIENT, "no route"), DONE)
    ran = run(plan_of([create("a")], [call("a"), Step("wait", "create", a("a"), (0,))]))
    assert ran.end()["status"] == "completed"


def test_an_error_while_asking_that_does_not_pass_taints_what_was_made(run: Run, world: World) -> None:
    answering(world, ProviderError(ErrorKind.DENIED, "Not allowed"))
    ran = run(plan_of([create("a")], [call("a"), Step("wait", "create", a("a"), (0,))]))
    assert held(ran, "a").tainted
    assert ran.of(EventKind.RESULT)[-1].data["error"]["detail"] == "Not allowed"


def test_a_readiness_has_the_patience_that_its_health_says(run: Run, world: World) -> None:
    asked = answering(world, WAITING, DONE, DONE)
    check = HealthCheck("ready", True, interval_s=0.001, healthy_after=2)
    run(plan_of([gated(create("a"), check)], [call("a"), Step("wait", "create", a("a"), (0,))]))
    assert len(asked) == 3


def test_a_probe_that_never_answers_is_unhealthy(run: Run, world: World) -> None:
    release = threading.Event()
    world.script = lambda task: release.wait(20) and ... if task.verb == "probe" else ...  # type: ignore[assignment]
    plan = plan_of([gated(create("a"), replace(CHECK, deadline_s=0.01))], GATED[:2])
    ran = run(plan, limits=Limits(overrun_s=0.01))
    release.set()
    assert held(ran, "a").tainted
    assert ran.outcomes() == {"thing.a:create": "failed"}


def test_the_last_answer_is_told_once_for_as_long_as_it_stays_the_same(run: Run, world: World) -> None:
    other, down = Readiness("waiting", "503 from h:1"), Readiness("waiting", "refused")
    answering(world, down, down, down, other, DONE, other, other, DONE, DONE)
    ran = run(plan_of([gated(create("a"), replace(CHECK, healthy_after=2))], GATED[:2]))
    assert [event.data for event in ran.of(EventKind.WAITING)] == [
        {"for": "healthy", "reason": reason, "good": good, "needed": 2}
        for reason, good in [("refused", 0), ("503 from h:1", 0), ("", 1), ("503 from h:1", 0), ("", 1)]
    ]
    assert {event.address for event in ran.of(EventKind.WAITING)} == {"thing.a"}


def test_an_answer_that_lets_it_pass_or_fail_is_no_waiting(run: Run, world: World) -> None:
    answering(world, Readiness("failed", "exit code 1"))
    assert run(plan_of([gated(create("a"))], GATED[:2])).of(EventKind.WAITING) == []
    answering(world, DONE)
    assert run(plan_of([gated(create("a"))], GATED[:2])).of(EventKind.WAITING) == []


def test_an_error_while_asking_for_readiness_is_told_too(run: Run, world: World) -> None:
    answering(world, ProviderError(ErrorKind.TRANSIENT, "no route"), DONE)
    ran = run(plan_of([create("a")], [call("a"), Step("wait", "create", a("a"), (0,))]))
    assert [event.data for event in ran.of(EventKind.WAITING)] == [
        {"for": "ready", "reason": "no route", "good": 0, "needed": 1}
    ]


def test_what_is_waited_for_shows_nothing_sensitive(run: Run, world: World) -> None:
    masks = Masks([CANARY])
    answering(world, Readiness("waiting", f"401 with {CANARY}"), DONE)
    ran = run(plan_of([gated(create("a"))], GATED[:2]), masks=masks)
    assert len(ran.of(EventKind.WAITING)) == 1
    assert_hidden(ran)


@pytest.mark.parametrize(
    ("enough", "answers", "failure"),
    [
        (1, [WAITING], "refused"),
        (2, [DONE, WAITING], "refused, 0 of 2 good answers"),
        (2, [WAITING, DONE], "1 of 2 good answers"),
        (1, [None], "It gave no answer."),
    ],
)
def test_a_failure_says_how_many_good_answers_there_were(enough: int, answers: list[Readiness], failure: str) -> None:
    watch = Vigil(began=0, until=1, interval_s=2, enough=enough)
    for answer in answers:
        watch.after(answer, 0)
    assert watch.failure == failure


def test_an_interrupt_ends_the_asking_and_leaves_it_unproven(run: Run, world: World) -> None:
    cancel = Cancel()
    answering(world, WAITING)

    def interrupt(events: tuple[Event, ...]) -> None:
        if any(event.kind is EventKind.RESULT for event in events):
            cancel.finish()

    ran = run(plan_of([gated(create("a")), create("b")], GATED), cancel=cancel, on_batch=interrupt)
    assert ran.end()["status"] == "paused"
    assert (held(ran, "a").unproven, held(ran, "a").tainted) == (True, False)


def test_a_second_interrupt_leaves_a_hanging_probe_behind(run: Run, world: World) -> None:
    cancel = Cancel()
    started, release = threading.Event(), threading.Event()

    def hang(task: Task) -> object:
        if task.verb == "probe":
            started.set()
            release.wait(20)
        return ...

    def interrupt() -> None:
        started.wait(20)
        cancel.stop()

    world.script = hang  # type: ignore[assignment]
    threading.Thread(target=interrupt).start()
    ran = run(plan_of([gated(create("a"))], GATED[:2]), cancel=cancel, limits=Limits(grace_s=0.01))
    release.set()
    assert ran.outcomes() == {"thing.a:create": "done"}
    assert held(ran, "a").unproven
    assert ran.end()["status"] == "paused"


def test_asking_takes_no_place_from_what_can_run(run: Run, world: World) -> None:
    def once_others_are_made(task: Task) -> object:
        return ... if task.verb != "probe" else DONE if "+thing.c" in world.made else WAITING

    world.script = once_others_are_made  # type: ignore[assignment]
    plan = plan_of([gated(create("a")), create("b"), create("c")], [call("a"), gate("a", 0), call("b"), call("c")])
    ran = run(plan, limits=Limits(parallelism=1))
    assert ran.end()["status"] == "completed"


@pytest.mark.parametrize(
    ("answers", "verdicts"),
    [
        ([(DONE, 1)], ["passed"]),
        ([(WAITING, 1), (WAITING, 9), (DONE, 10)], [3, 10, "passed"]),
        ([(WAITING, 9.5), (WAITING, 10)], [10, "failed"]),
        ([(Readiness("failed"), 1)], ["failed"]),
        ([(None, 1)], ["failed"]),
    ],
)
def test_patience_is_asked_a_last_time_when_it_ends(
    answers: list[tuple[Readiness, float]], verdicts: list[float | str]
) -> None:
    watch = Vigil(began=0, until=10, interval_s=2, enough=1)
    assert [watch.after(answer, now) for answer, now in answers] == verdicts


def test_a_replace_that_never_gets_healthy_is_tainted(run: Run, world: World) -> None:
    answering(world, Readiness("failed", "no"))
    after: Spec = {"x": 2}
    change = replace(gated(update("a", {"x": 1}, after)), action=Action.REPLACE, reason="replace_because_cannot_update")
    plan = plan_of([change], [call("a", verb="delete"), call("a", 0), gate("a", 1)])
    ran = run(plan, State(resources={a("a"): snapshot("a")}))
    assert held(ran, "a").tainted


def test_an_update_that_turns_out_unneeded_is_not_asked_after(run: Run, world: World) -> None:
    asked = answering(world, DONE)
    b = gated(update("b", {"x": "thing.a#old"}, {"x": Unknown(("thing.a.id",))}, {"x": Deferred("${resources.a.id}")}))
    first = update("a", {"x": 1}, {"x": 2})
    steps = [call("a", verb="update"), call("b", 0, verb="update"), gate("b", 1, verb="update")]
    ran = run(plan_of([first, b], steps), State(resources={a("a"): snapshot("a"), a("b"): b.prior}))
    assert asked == []
    assert ran.end()["status"] == "completed"
