"""One call as a worker makes it."""

from __future__ import annotations

import pickle
from functools import partial

import pytest

from reign.execution.task import Outcome, Task, perform
from reign.model.address import Address, parse_address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import HealthCheck, Observation, Readiness, Resource, Snapshot
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
