"""Secrets that the first run which needs them makes up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reign.execution.job import made_up
from reign.model.event import EventKind, State
from reign.model.plan import OutputChange, SecretSource
from reign.model.resource import HealthCheck
from reign.model.values import Deferred, Secret, Sensitive, Unknown, Value, from_json

from .conftest import Ran, Run, Vault, World, a, call, create, plan_of
from .test_sensitive import assert_hidden

NEW = Unknown(("secret.pw",), sensitive=True)
SECRETS = {"pw": SecretSource("generate", 12), "other": SecretSource("generate", 12), "db": SecretSource("env", "DB")}
READS = create("a", {"x": Deferred("pw=${secret.pw}")}, after={"x": NEW})


def made(ran: Ran) -> dict[str, Value]:
    told = {event.data["name"]: from_json(event.data["value"]) for event in ran.of(EventKind.SECRET)}
    return {name: Vault().decrypt({"it": value})["it"] for name, value in told.items()}


def test_a_secret_is_in_the_journal_before_the_first_intent_that_needs_it(run: Run, world: World) -> None:
    ran = run(plan_of([READS], [call("a")], secrets=SECRETS), generate="new-secret-{}".format)
    assert made(ran) == {"pw": Sensitive("new-secret-12")}
    assert world.things["thing.a#1"] == {"x": "pw=new-secret-12"}
    kinds = [event.kind for event in ran.events]
    assert kinds.index(EventKind.SECRET) < kinds.index(EventKind.INTENT)
    assert [(event.kind, event.serial) for event in ran.events if event.serial] == [(EventKind.SECRET, 1)]
    assert_hidden(ran, "new-secret-12")


@pytest.mark.parametrize(
    "held",
    [
        {"state": State(secrets={"pw": Secret("", "h", "k", "c")}), "roots": {"secret": {"pw": Sensitive("held one")}}},
        {"roots": {"secret": {"pw": Sensitive("held one")}}},
    ],
)
def test_a_secret_that_is_held_is_not_made_again(run: Run, world: World, held: dict[str, object]) -> None:
    ran = run(plan_of([READS], [call("a")], secrets=SECRETS), **held)
    assert made(ran) == {}
    assert world.things["thing.a#1"] == {"x": "pw=held one"}


def test_a_secret_that_the_state_holds_and_nobody_can_open_is_not_made_again(run: Run, world: World) -> None:
    state = State(secrets={"pw": Secret("", "h", "k", "c")})
    ran = run(plan_of([READS], [call("a")], secrets=SECRETS), state, roots={"secret": {"pw": NEW}})
    assert made(ran) == {}
    assert world.made == []


def test_a_secret_that_nothing_reads_is_not_made(run: Run) -> None:
    ran = run(plan_of([create("a")], [call("a")], secrets=SECRETS))
    assert made(ran) == {}


@pytest.mark.parametrize(
    "more",
    [
        {"outputs": [OutputChange("o", "create", value=Deferred("${secret.pw}"), sensitive=True)]},
        {"connections": {"thing": {"password": Deferred("${secret['pw']}")}}},
        {"changes": [create("a", {"x": Deferred("${resources.b.y}")}, after={"x": NEW})]},
        {"health": HealthCheck("http", Deferred("http://u:${secret.pw}@h/"))},
    ],
)
def test_a_secret_is_made_for_whatever_reads_it(run: Run, more: dict[str, object]) -> None:
    [change] = more.pop("changes", [create("a")])  # type: ignore[misc]
    desired = replace(change.desired, health=more.pop("health", None))
    ran = run(plan_of([replace(change, desired=desired)], [call("a")], secrets=SECRETS, **more))
    assert list(made(ran)) == ["pw"]


def test_the_same_secret_is_one_value_everywhere(run: Run, world: World) -> None:
    b = replace(READS, address=a("b"), desired=replace(READS.desired, address=a("b")))
    run(plan_of([READS, b], [call("a"), call("b")], secrets=SECRETS))
    assert world.things["thing.a#1"] == world.things["thing.b#2"]


def test_what_is_made_up_has_its_length_and_no_sign_that_needs_quoting() -> None:
    values = {made_up(40) for _ in range(50)}
    assert len(values) == 50
    assert all(len(value) == 40 and value.isascii() and value.isalnum() for value in values)
