"""A run that is killed at any moment, and carried on by the next ones: what is in the world, and how often it was made.

The provider is the one in memory, whole; the pool runs each call where it is submitted, so that every batch boundary
is met. What was durable is folded as a writer folds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from reign.execution.cancel import Cancel
from reign.execution.executor import execute
from reign.execution.job import Job, Origin, Seams
from reign.execution.task import perform
from reign.model.address import Address, parse_address
from reign.model.codec import encode
from reign.model.event import Event, EventKind, State
from reign.model.plan import Action, Basis, Change, OutputChange, Plan, SecretSource, Step
from reign.model.redact import Masks
from reign.model.resource import Group, HealthCheck, Readiness, Resource, Snapshot
from reign.model.schema import Schema
from reign.model.values import Deferred, Sensitive, Spec, Unknown, Value, reveal
from reign.ports import Call, Connection, Site, Wanted
from reign.providers.memory import Memory
from reign.providers.memory import World as Outside
from reign.state.fold import Fold

from .conftest import Clock, Vault
from .test_sensitive import forms, written

SITE = Site("/p", "/p", "/p/.reign", "lineage")
GATE = HealthCheck("tcp", Deferred("${self.id}"), interval_s=0.0)
FOLD = {"lineage": "lineage"}


class Inline(Executor):
    """Runs a call where it is submitted."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@dataclass
class Life:
    """A project, what stands outside, and what the journal of all its runs holds.

    `needs` are the resources that each waits for; `gated` those that must be healthy before others start.
    """

    needs: list[list[int]]
    gated: list[bool]
    outside: Outside = field(default_factory=Outside)
    events: list[Event] = field(default_factory=list)
    runs: int = 0
    unhealthy: int = 0

    def __post_init__(self) -> None:
        self.provider = Memory(self.outside)
        self.made_up: list[str] = []

    def state(self) -> State:
        fold = Fold(FOLD)
        for seq, event in enumerate(self.events):
            fold.apply(raw(event, seq), "")
        return Vault().decrypt(fold.state())

    def run(self, until: int | None = None, *, lost: bool = False) -> bool:
        """One run, killed before batch number `until` is durable; `lost`: right after that. True when it came to its end."""
        self.runs += 1
        state = self.state()
        roots = {"secret": dict(state.secrets)}
        masks = Masks([reveal(value) for value in state.secrets.values()])
        job = Job(self.plan(state), state, SITE, Origin(f"r{self.runs}"), roots=roots)
        seams = Seams(
            partial(perform, lambda _: self.provider, self.probe),
            cast("Callable[[str], Schema]", self.provider.schemas().__getitem__),
            self.normalize,
            generate=self.make_up,
            vault=Vault(),
            masks=masks,
        )
        for number, batch in enumerate(execute(job, seams, Inline(), Clock(), Cancel())):
            if number == until and not lost:
                return False
            self.events += batch.events
            if number == until:
                return False
        return True

    def recover(self) -> None:
        """What became of open intents, by the mark of what is there: what every start does before it plans."""
        for intent in self.state().open_intents:
            address = parse_address(intent.address)
            thing = self.outside.things.get((address.type, address.name))
            found = thing is not None and thing.mark == ("lineage", intent.address, intent.op)
            data = {
                **intent.data,
                "outcome": "done" if found else "failed",
                "duration_s": 0.0,
                "error": None,
                "message": "",
            }
            if found:
                data["snapshot"] = self.healed(address, intent.op)
            self.events.append(Event(EventKind.RESULT, intent.run, "", intent.op, intent.address, data=data))

    def healed(self, address: Address, key: str) -> dict[str, Any]:
        call = Call("", Connection("memory"), SITE)
        spec = self.spec(address.name)
        seen = self.provider.observe([Wanted(address, Resource(address, {"name": address.name}, "memory"))], call)[
            address
        ]
        secret = self.state().secrets["pw"]
        held = {**spec, "note": secret, "size": 1, "zone": "a", "labels": None, "within": None, "slug": address.name}
        snapshot = Snapshot(
            address,
            "memory",
            seen.external_id,
            held,
            seen.outputs,
            create_key=key,
            unproven=self.gated[int(address.name[1:])],
        )
        return encode(Vault().encrypt(snapshot))

    # The project

    def names(self) -> list[str]:
        return [f"n{index}" for index in range(len(self.needs))]

    def spec(self, name: str) -> Spec:
        return {"name": name, "note": Deferred("${secret.pw}")}

    def plan(self, state: State) -> Plan:
        changes: list[Change] = []
        steps: list[Step] = []
        ends: dict[int, int] = {}
        for index, name in enumerate(self.names()):
            address = parse_address(f"memory.item.{name}")
            held = state.resources.get(address)
            needs = tuple(sorted({ends[need] for need in self.needs[index] if need in ends}))
            resource = Resource(address, self.spec(name), "memory", health=GATE if self.gated[index] else None)
            if held is None:
                after = self.normalize("memory.item", {"name": name, "note": Unknown(("secret.pw",), sensitive=True)})
                changes.append(Change(address, Action.CREATE, "memory", after=after, desired=resource))
                steps.append(Step("call", "create", address, needs))
            elif held.unproven:
                changes.append(
                    Change(
                        address,
                        Action.UPDATE,
                        "memory",
                        after=held.spec,
                        prior=held,
                        desired=resource,
                        recorded_only=True,
                    )
                )
                steps.append(Step("record", "record", address, needs))
            else:
                continue
            ends[index] = len(steps) - 1
            if self.gated[index]:
                steps.append(Step("gate", "create", address, (ends[index],)))
                ends[index] = len(steps) - 1
        groups = tuple(Group("memory.item", name, "single") for name in self.names())
        output = OutputChange("pw", "create", value=Deferred("${secret.pw}"), sensitive=True)
        basis = Basis("lineage", state.serial, state.head, False, "")
        sources = {"pw": SecretSource("generate", 16)}
        return Plan("p", "", basis, tuple(changes), tuple(steps), outputs=(output,), groups=groups, secrets=sources)

    # Its seams

    def normalize(self, type: str, spec: Spec) -> Spec:
        marked: dict[str, Value] = {"note": spec.get("note")}
        return {**self.provider.normalize(type, {**spec, "note": None}), **marked}

    def make_up(self, length: int) -> str:
        self.made_up.append(f"canary/{len(self.made_up)}+{'x' * length}")
        return self.made_up[-1]

    def probe(self, check: HealthCheck, call: Call) -> Readiness:
        if self.unhealthy:
            self.unhealthy -= 1
            return Readiness("waiting", "not yet")
        return Readiness("done")


def raw(event: Event, seq: int) -> dict[str, Any]:
    """An event as a line has it."""
    return {
        "seq": seq, "at": event.at, "run": event.run, "op": event.op, "kind": event.kind.value,
        "address": event.address, "serial": event.serial, "data": event.data,
    }  # fmt: skip


@st.composite
def projects(draw: st.DrawFn) -> tuple[list[list[int]], list[bool]]:
    size = draw(st.integers(1, 6))
    needs = [
        draw(st.lists(st.integers(0, index - 1), max_size=2, unique=True)) if index else [] for index in range(size)
    ]
    return needs, draw(st.lists(st.booleans(), min_size=size, max_size=size))


def assert_lawful(life: Life) -> None:
    """Each thing was made once, is healthy, and holds the one secret, of which the journal tells nothing."""
    state = life.state()
    assert sorted(name for _, name in life.outside.things) == life.names()
    assert [life.outside.things["memory.item", name].version for name in life.names()] == [1] * len(life.needs)
    assert {address.name for address in state.resources} == set(life.names())
    assert not any(held.unproven or held.tainted for held in state.resources.values())
    [secret] = {str(reveal(value)) for value in state.secrets.values()}
    assert secret in life.made_up
    assert {thing.spec["note"] for thing in life.outside.things.values()} == {secret}
    assert {held.spec["note"] for held in state.resources.values()} == {Sensitive(secret)}
    assert state.outputs["pw"].value == Sensitive(secret)
    assert not state.open_intents
    journal = written(life.events)
    assert [form for text in life.made_up for form in forms(text) if form in journal] == []


@settings(max_examples=30, deadline=None)
@given(projects(), st.integers(0, 3))
def test_a_run_that_is_killed_at_any_batch_is_carried_on(
    project: tuple[list[list[int]], list[bool]], sick: int
) -> None:
    for until, lost in boundaries(project, sick):
        life = Life(*project, unhealthy=sick)
        life.run(until, lost=lost)
        life.recover()
        assert life.run()
        assert_lawful(life)


def boundaries(project: tuple[list[list[int]], list[bool]], sick: int) -> Iterator[tuple[int, bool]]:
    """Before and after each batch of a run that nobody kills."""
    number = 0
    while not Life(*project, unhealthy=sick).run(number):
        yield number, False
        yield number, True
        number += 1
    assert number > 1


@settings(max_examples=30, deadline=None)
@given(projects(), st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=6))
def test_a_project_outlives_any_number_of_kills(
    project: tuple[list[list[int]], list[bool]], kills: list[tuple[int, bool]]
) -> None:
    life = Life(*project)
    for until, lost in kills:
        life.run(until, lost=lost)
        life.recover()
    assert life.run()
    assert_lawful(life)
