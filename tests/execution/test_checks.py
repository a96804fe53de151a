"""Assertions about the project, once it has been carried out."""

from __future__ import annotations

import pytest

from reign.execution.cancel import Cancel
from reign.model.errors import ErrorKind, ProviderError
from reign.model.event import EventKind
from reign.model.finding import Place, Severity
from reign.model.plan import Check
from reign.model.values import Deferred, Unknown, Value

from .conftest import Ran, Run, World, a, call, create, plan_of
from .test_sensitive import CANARY, ROOTS, assert_hidden


def check(condition: Value, message: str = "") -> Check:
    return Check("up", condition, Severity.MAJOR, message, place=Place("reign.yaml", 7, 3))


def told(ran: Ran) -> list[dict[str, object]]:
    return [event.data for event in ran.of(EventKind.FINDING)]


def test_a_check_is_told_whichever_way_it_came_out(run: Run, world: World) -> None:
    checks = (check(Deferred("${resources.a.id == 'thing.a#1'}")), check(Deferred("${resources.a.x > 5}"), "too small"))
    ran = run(plan_of([create("a")], [call("a")], checks=checks))
    place = {"file": "reign.yaml", "line": 7}
    assert told(ran) == [
        {"code": "check/failed", "name": "up", "severity": "major", "summary": "Check up holds", **place, "status": "passed"},
        {"code": "check/failed", "name": "up", "severity": "major", "summary": "Check up does not hold: too small", **place,
         "status": "open"},
    ]  # fmt: skip
    assert ran.end()["status"] == "completed"
    assert ran.events[-1].kind is EventKind.RUN_ENDED


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        (Deferred("${resources.a.nope}"), "It cannot be told: "),
        (Deferred("${resources.a.x}"), "Its assertion gives neither true nor false."),
        (False, "Its assertion is false."),
    ],
)
def test_a_check_that_gives_no_answer_does_not_hold(run: Run, world: World, condition: Value, why: str) -> None:
    [found] = told(run(plan_of([create("a")], [call("a")], checks=(check(condition),))))
    assert found["status"] == "open"
    assert why in str(found["summary"])


@pytest.mark.parametrize("complete", [True, False])
def test_what_did_not_come_to_be_is_not_asserted(run: Run, world: World, complete: bool) -> None:
    no = ProviderError(ErrorKind.DENIED, "No")
    world.script = lambda task: no if complete and task.address == a("b") else ...  # type: ignore[assignment]
    checks = (check(Deferred("${resources.c.id == 'x'}")), check(Deferred("${resources.a.x == 1}")))
    ran = run(plan_of([create("a"), create("b")], [call("a"), call("b")], checks=checks, complete=complete))
    assert [found["status"] for found in told(ran)] == ["passed"]


def test_what_is_not_known_is_not_asserted(run: Run) -> None:
    assert told(run(plan_of([], [], checks=(check(Unknown(("x",))),)))) == []


def test_a_cancelled_run_asserts_nothing(run: Run, world: World) -> None:
    cancel = Cancel()
    cancel.finish()
    ran = run(plan_of([create("a")], [call("a")], checks=(check(True),)), cancel=cancel)
    assert ran.end()["status"] == "paused"
    assert told(ran) == []


def test_a_check_of_something_sensitive_says_nothing_of_it(run: Run) -> None:
    checks = (
        check(Deferred("${secret.db == 'x'}"), f"it is {CANARY}"),
        check(Deferred("${secret.db != 'x'}")),
        check(Deferred("${secret.db}")),
    )
    ran = run(plan_of([create("a", {"x": ROOTS["secret"]["db"]})], [call("a")], checks=checks), roots=ROOTS)
    assert [found["status"] for found in told(ran)] == ["open", "passed", "open"]
    assert_hidden(ran)
