"""One call as a worker makes it."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import partial

import pytest

from reign.execution.job import Limits
from reign.execution.task import Outcome, Task, perform
from reign.model.address import Address, parse_address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import HealthCheck, Observation, Readiness, Resource, Snapshot
from reign.model.schema import Field, Schema
from reign.model.values import Spec
from reign.ports import Call, Connection, Site, Wanted, say

CALL = Call("k", Connection("memory"), Site("/", "/", "/", "l"))
ITEM = parse_address("memory.item.a")
DATA = parse_address("data.memory.item.a")


def probe(check: HealthCheck, call: Call) -> Readiness:
    if check.target == "broken":
        raise OSError("no socket")
    return Readiness("done", f"{check.kind} {check.target} {call.key}")


class Provider:
    """Answers `observe` with what it holds, and looks up."""

    name = "memory"

    def __init__(self, seen: Observation | ProviderError | None = None) -> None:
        self.seen = seen

    def observe(self, wanted: list[Wanted], call: Call) -> dict[Address, Observation | ProviderError | None]:
        return {item.address: self.seen for item in wanted}

    def look_up(self, type: str, spec: Spec, call: Call) -> Spec:
        if spec.get("missing"):
            raise ProviderError(ErrorKind.MISSING, "Not there")
        return {"type": type, **spec}


def done(task: Task, provider: object = None) -> Outcome:
    return perform(lambda _: provider or Provider(), probe, task)  # type: ignore[arg-type, return-value]


def test_a_read_is_looked_up_by_the_name_of_its_schema() -> None:
    assert done(Task("read", DATA, CALL, Resource(DATA, {"q": 1}, "memory"))) == {"type": "data.memory.item", "q": 1}


def test_what_is_missing_is_an_answer() -> None:
    found = done(Task("read", DATA, CALL, Resource(DATA, {"missing": True}, "memory")))
    assert isinstance(found, ProviderError)
    assert found.kind is ErrorKind.MISSING


def test_a_provider_that_looks_nothing_up_is_a_fault() -> None:
    found = done(Task("read", DATA, CALL, Resource(DATA, {}, "memory")), object())
    assert isinstance(found, ProviderError)
    assert found.kind is ErrorKind.FAULT


def test_a_probe_is_asked_without_a_provider() -> None:
    def none(_: str) -> object:
        raise AssertionError("not needed")

    task = Task("probe", ITEM, CALL, check=HealthCheck("tcp", "h:1"))
    assert perform(none, probe, task) == Readiness("done", "tcp h:1 k")  # type: ignore[arg-type]


def test_a_probe_that_breaks_is_an_answer() -> None:
    found = done(Task("probe", ITEM, CALL, check=HealthCheck("tcp", "broken")))
    assert isinstance(found, ProviderError)
    assert "no socket" in found.detail


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        (Observation("a", {}, {"exit_code": 0}), "done"),
        (Observation("a", {}, {"exit_code": 3}), "failed"),
        (Observation("a", {}, {"exit_code": None}), "waiting"),
        (None, "failed"),
        (ProviderError(ErrorKind.TRANSIENT, "busy"), "waiting"),
    ],
)
def test_an_exit_code_is_asked_of_the_provider(seen: Observation | ProviderError | None, status: str) -> None:
    prior = Snapshot(ITEM, "memory", "a", {}, {})
    found = done(Task("probe", ITEM, CALL, prior=prior, check=HealthCheck("exit", 0)), Provider(seen))
    assert isinstance(found, Readiness)
    assert found.status == status


def test_what_runs_on_a_worker_pickles() -> None:
    task = Task("probe", ITEM, CALL, check=HealthCheck("tcp", "h:1"))
    work = pickle.loads(pickle.dumps(partial(partial(perform, Provider, probe), task)))
    assert work() == Readiness("done", "tcp h:1 k")


class Talking(Provider):
    """Says what it does, in a word and without one."""

    def observe(self, wanted: list[Wanted], call: Call) -> dict[Address, Observation | ProviderError | None]:
        say("1 of 2", "pulling")
        say("done")
        return super().observe(wanted, call)


def test_what_a_provider_says_is_heard_with_its_address() -> None:
    prior = Snapshot(ITEM, "memory", "a", {}, {})
    task = Task("probe", ITEM, CALL, prior=prior, check=HealthCheck("exit", 0))
    told: list[tuple[Address, str, str]] = []
    perform(lambda _: Talking(), probe, task, lambda *said: told.append(said))  # type: ignore[arg-type, return-value]
    assert told == [(ITEM, "1 of 2", "pulling"), (ITEM, "done", "")]
    done(task, Talking())
    assert len(told) == 2, "nobody listens unless somebody asks to"


MADE = Observation("1", {"size": 2}, {})
LOST = ProviderError(ErrorKind.TRANSIENT, "Connection lost")
SCHEMA = Schema("memory.item", {"size": Field(), "color": Field(observed=False)}, {})


class Losing(Provider):
    """Every write of it fails, whatever was done."""

    def __init__(
        self,
        seen: Observation | ProviderError | None,
        failed: Exception = LOST,
        schema: Schema = SCHEMA,
    ) -> None:
        super().__init__(seen)
        self.failed, self.schema = failed, schema

    def schemas(self) -> dict[str, Schema]:
        return {"memory.item": self.schema}

    def create(self, desired: Resource, call: Call) -> Observation:
        raise self.failed

    def update(self, desired: Resource, prior: Snapshot, call: Call) -> Observation:
        raise self.failed


def written(provider: Losing, before: Spec | None = None, after: Spec | None = None) -> Outcome:
    """The answer to a create, or to an update from `before` to `after`."""
    desired = Resource(ITEM, after or {"size": 2}, "memory")
    prior = Snapshot(ITEM, "memory", "1", before, {}) if before is not None else None
    return done(Task("update" if prior else "create", ITEM, CALL, desired, prior), provider)


@pytest.mark.parametrize("failed", [LOST, ProviderError(ErrorKind.TIMEOUT, "Too long"), OSError("cut")])
def test_what_a_lost_create_made_is_its_answer(failed: Exception) -> None:
    assert written(Losing(MADE, failed)) is MADE


@pytest.mark.parametrize("failed", [LOST, ProviderError(ErrorKind.TIMEOUT, "Too long")])
def test_a_create_that_was_begun_is_gone_on_with(failed: ProviderError) -> None:
    """A container that was made and never started: the next try starts it, and after the last one it is looked up."""
    found = written(Losing(MADE, failed), after={"size": 3, "color": "red"})
    assert isinstance(found, ProviderError)
    assert (found.kind, found.is_lost) == (failed.kind, True)


def test_what_cannot_be_seen_of_a_create_says_nothing_of_its_end() -> None:
    assert written(Losing(MADE), after={"size": 2, "color": "red"}) is MADE


def test_a_look_after_a_deadline_ends_before_the_call_is_given_up() -> None:
    class Late(Losing):
        given_s = 0.0

        def observe(self, wanted: list[Wanted], call: Call) -> dict[Address, Observation | ProviderError | None]:
            self.given_s = call.deadline_s
            return super().observe(wanted, call)

    provider = Late(None, ProviderError(ErrorKind.TIMEOUT, "Too long"))
    done(Task("create", ITEM, replace(CALL, deadline_s=0.0), Resource(ITEM, {}, "memory")), provider)
    assert 0.0 < provider.given_s < Limits().overrun_s


def test_a_create_that_was_not_done_has_failed() -> None:
    assert written(Losing(None)) is LOST


def test_what_others_made_is_no_answer() -> None:
    assert written(Losing(replace(MADE, owned=False))) is LOST


@pytest.mark.parametrize("failed", [ErrorKind.DENIED, ErrorKind.CONFLICT, ErrorKind.INVALID, ErrorKind.THROTTLED])
def test_what_was_refused_is_not_looked_for(failed: ErrorKind) -> None:
    error = ProviderError(failed, "No")
    assert written(Losing(MADE, error)) is error


@pytest.mark.parametrize(
    ("seen", "failed"),
    [(ProviderError(ErrorKind.TRANSIENT, "Away"), LOST), (None, ProviderError(ErrorKind.TIMEOUT, "Too long"))],
    ids=["nobody can look", "it may come to stand yet"],
)
def test_where_it_cannot_be_told_it_is_lost(seen: ProviderError | None, failed: ProviderError) -> None:
    found = written(Losing(seen, failed))
    assert isinstance(found, ProviderError)
    assert (found.kind, found.summary, found.is_lost) == (failed.kind, failed.summary, True)


@pytest.mark.parametrize(
    ("before", "after", "is_done"),
    [
        ({"size": 1}, {"size": 2}, True),
        ({"size": 1}, {"size": 3}, False),
        ({"size": 2}, {"size": 2}, False),  # nothing tells whether it was touched
        ({"size": 1, "color": "red"}, {"size": 2, "color": "blue"}, False),  # nor a field that cannot be seen
        ({"size": 2, "name": "x"}, {"size": 2}, False),
    ],
)
def test_a_lost_update_was_done_where_all_that_it_changes_is_seen(before: Spec, after: Spec, is_done: bool) -> None:
    assert written(Losing(MADE), before, after) is (MADE if is_done else LOST)


def test_what_carries_no_mark_is_not_looked_for() -> None:
    assert written(Losing(MADE, schema=replace(SCHEMA, marked=False))) is LOST
