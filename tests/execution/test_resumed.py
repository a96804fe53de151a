"""A run that is killed or fails at any point, and resumed until it ends: the end is that of a run that nothing happened to.

The provider is the one in memory, whole, and the planner and the executor are the real ones. What was durable is folded as
a writer folds it; what was cut off is looked up by its mark, as every start does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from reign.execution.cancel import Cancel
from reign.execution.earlier import earlier
from reign.execution.executor import execute
from reign.execution.job import Job, Origin, Seams
from reign.execution.task import perform
from reign.expression import links
from reign.model.address import Address, parse_address
from reign.model.codec import encode
from reign.model.errors import ErrorKind, ProviderError
from reign.model.event import Event, EventKind, State
from reign.model.lifecycle import courses
from reign.model.plan import Basis, Plan, SecretSource
from reign.model.redact import Masks
from reign.model.resource import Group, Lifecycle, Observation, Readiness, Resource, Snapshot
from reign.model.schema import Schema
from reign.model.values import Deferred, Sensitive, Spec, Unknown, Value, reveal
from reign.planning import Inputs, Options, OutputDeclaration, desired_now, plan, remaining
from reign.ports import Call, Connection, Site, Wanted
from reign.providers.memory import Memory
from reign.providers.memory import World as Outside
from reign.state.fold import Fold

from .conftest import Clock, Vault
from .test_kills import Inline, raw

SITE = Site("/p", "/p", "/p/.reign", "lineage")
CALL = Call("", Connection("memory"), SITE)
WRITES = ("create", "update", "delete", "adopt")


@dataclass(frozen=True)
class Item:
    """What is declared of one; `zone` cannot change in place. `reads`: it shows the id of that one."""

    size: int = 1
    zone: str = "a"
    first: bool = False
    reads: int | None = None
    hides: bool = False


Project = Mapping[int, Item]


class Frail(Memory):
    """Memory with accidents, each of which happens once: a call that fails, a create that leaves half of it, and something
    that does not get ready.
    """

    def __init__(self, world: Outside) -> None:
        super().__init__(world)
        self.broken: set[tuple[str, str]] = set()
        self.half: set[str] = set()
        self.sick: set[str] = set()

    def create(self, desired: Resource, call: Call) -> Observation:
        name = str(desired.spec["name"])
        self._break("create", name)
        seen = super().create(desired, call)
        if name in self.half:
            self.half.remove(name)
            raise ProviderError(ErrorKind.FAULT, "Half of it", "It did not start.", partial=seen)
        return seen

    def update(self, desired: Resource, prior: Snapshot, call: Call) -> Observation:
        self._break("update", str(desired.spec["name"]))
        return super().update(desired, prior, call)

    def delete(self, prior: Snapshot, call: Call) -> None:
        self._break("delete", prior.external_id.partition("/")[2])
        super().delete(prior, call)

    def ready(self, type: str, seen: Observation, call: Call) -> Readiness:
        name = seen.external_id.partition("/")[2]
        if name in self.sick:
            self.sick.remove(name)
            return Readiness("failed", "it is sick")
        return super().ready(type, seen, call)

    def _break(self, verb: str, name: str) -> None:
        if (verb, name) in self.broken:
            self.broken.remove((verb, name))
            raise ProviderError(ErrorKind.DENIED, "Refused", "Not this time.")


@dataclass
class Life:
    """What stands outside, and what the journal of all runs holds. `lost` are updates that nobody heard the end of."""

    outside: Outside = field(default_factory=Outside)
    events: list[Event] = field(default_factory=list)
    lost: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.provider = Frail(self.outside)

    @property
    def schemas(self) -> Callable[[str], Schema]:
        return self.provider.schemas().__getitem__

    @property
    def state(self) -> State:
        fold = Fold({"lineage": "lineage"})
        for seq, event in enumerate(self.events):
            fold.apply(raw(event, seq), f"h{seq}")
        return Vault().decrypt(fold.state())

    def plan(self, project: Project) -> Plan:
        state, names = self.state, [f"n{index}" for index in project]
        desired = dict(map(self._declared, project.items()))
        told = {name: Sensitive(reveal(value), f"${{secret.{name}}}") for name, value in state.secrets.items()}
        inputs = Inputs(
            project="p",
            env="",
            desired=desired,
            groups=tuple(Group("memory.item", name, "single") for name in names),
            outputs={"ids": OutputDeclaration([Deferred(f"${{resources.{name}.id}}") for name in names])},
            prior=state,
            observed={},
            schema=self.provider.schemas().get,
            normalize=self.normalize,
            basis=Basis("lineage", state.serial, state.head, fresh=False, config_digest=""),
            options=Options(),
            roots={"secret": {"pw": Unknown(("secret.pw",), sensitive=True), **told}},
            secrets={"pw": SecretSource("generate", 16)},
            hash=Vault().hash,
        )
        now = desired_now(inputs)
        wanted = [Wanted(at, now.get(at), _clear(state.resources.get(at))) for at in {**now, **state.resources}]
        return plan(replace(inputs, observed=self.provider.observe(wanted, CALL)))

    def _declared(self, one: tuple[int, Item]) -> tuple[Address, Resource]:
        index, item = one
        address = Address("memory.item", f"n{index}")
        name = f"n{index}{item.zone if item.first else ''}"  # the new one stands beside the old one
        spec: Spec = {"name": name, "size": item.size, "zone": item.zone}
        if item.reads is not None:
            spec["labels"] = {"of": Deferred(f"${{resources.n{item.reads}.id}}")}
        if item.hides:
            spec["note"] = Deferred("${secret.pw}")
        needs = () if item.reads is None else (Address("memory.item", f"n{item.reads}"),)
        order = Lifecycle(create_before_destroy=item.first)
        return address, Resource(address, spec, "memory", depends_on=needs, lifecycle=order)

    def normalize(self, type: str, spec: Spec) -> Spec:
        kept: dict[str, Value] = {name: spec[name] for name in ("note", "labels") if spec.get(name) is not None}
        return {**self.provider.normalize(type, {**spec, "note": None, "labels": None}), **kept}

    # Runs

    def run(self, plan: Plan, run: str, until: int | None = None, *, lost: bool = False, again: bool = False) -> bool:
        """One run, killed before batch number `until` is durable; `lost`: right after. True when it came to its end."""
        state = self.state
        before = earlier(event for event in self.events if event.run == run) if again else None
        if before is not None:
            plan = remaining(plan, run, state, before.done, before.settled)
            assert_lawful(plan)
        masks = Masks([str(reveal(value)) for value in state.secrets.values()])
        roots = {"secret": dict(state.secrets)}
        job = Job(plan, state, SITE, Origin(run), roots=roots, earlier=before)
        seams = Seams(
            partial(perform, lambda _: self.provider, lambda _, __: Readiness("done")),
            self.schemas,
            self.normalize,
            generate=lambda length: "s" * length,
            vault=Vault(),
            masks=masks,
        )
        durable = len(self.outside.calls)
        for number, batch in enumerate(execute(job, seams, Inline(), Clock(), Cancel())):
            if number == until and not lost:
                self.lost.update(call for call in self.outside.calls[durable:] if call[0] == "update")
                return False
            self.events += batch.events
            durable = len(self.outside.calls)
            if number == until:
                return False
        return True

    def recover(self, run: str, plan: Plan) -> None:
        """What every start does: it looks by their marks for what was cut off, and the run is paused."""
        for intent in self.state.open_intents:
            self.events.append(self._looked_up(intent, plan))
        if run in self.state.open_runs:
            self.events.append(Event(EventKind.PHASE_ENDED, run, "", data={"name": "execute", "status": "pending"}))
            self.events.append(Event(EventKind.RUN_ENDED, run, "", data={"status": "paused", "duration_s": 0.0}))

    def _looked_up(self, intent: Event, plan: Plan) -> Event:
        address, verb = parse_address(intent.address), intent.data["verb"]
        [change] = [change for change in plan.changes if change.address == address]
        data = {**intent.data, "outcome": "failed", "duration_s": 0.0, "error": None, "message": ""}
        mark = ("lineage", intent.address, intent.op)
        made = next((thing for thing in self.outside.things.values() if thing.mark == mark), None)
        held = self.state.deposed.get(address) or self.state.resources.get(address)
        if verb == "create" and made is not None:
            data |= {"outcome": "done", "snapshot": encode(Vault().encrypt(self._made(change, intent, made.name)))}
            if change.create_first and change.prior is not None and address not in self.state.deposed:
                data["deposed"] = encode(Vault().encrypt(change.prior))
        elif (
            verb == "delete" and held is not None and ("memory.item", held.external_id[12:]) not in self.outside.things
        ):
            data |= {"outcome": "done", "deposed" if address in self.state.deposed else "snapshot": None}
        return Event(EventKind.RESULT, intent.run, "", intent.op, intent.address, data=data)

    def _made(self, change: Any, intent: Event, name: str) -> Snapshot:
        thing = self.outside.things["memory.item", name]
        seen = self.provider.observe([Wanted(change.address, Resource(change.address, {"name": name}, "memory"))], CALL)
        spec = {**thing.spec, **({"note": Sensitive(thing.spec["note"])} if thing.spec.get("note") else {})}
        return Snapshot(
            change.address, "memory", thing.id, spec, cast("Observation", seen[change.address]).outputs,
            change.depends_on, change.desired.lifecycle, unproven=True, create_key=intent.op,
            links=links(change.desired.spec), created_run=intent.run, updated_run=intent.run,
        )  # fmt: skip

    # What came of it

    def world(self) -> dict[str, Any]:
        """What stands outside, by name; how often it was updated is told by the calls."""
        return {name: (thing.spec, thing.mark) for (_, name), thing in sorted(self.outside.things.items())}

    def held(self) -> dict[str, Any]:
        """What the state says, times aside."""
        return {str(address): _timeless(snapshot) for address, snapshot in self.state.resources.items()}

    def writes(self) -> Counter[tuple[str, str]]:
        return Counter(call for call in self.outside.calls if call[0] in WRITES)

    def end(self) -> dict[str, int]:
        told = self.events[-1].data
        return {name: told[name] for name in ("added", "changed", "destroyed", "failed", "skipped")}


def _clear(snapshot: Snapshot | None) -> Snapshot | None:
    return replace(snapshot, spec=cast("Spec", reveal(snapshot.spec))) if snapshot else None


def _timeless(snapshot: Snapshot) -> Snapshot:
    outputs = {name: value for name, value in snapshot.outputs.items() if name != "version"}
    settings = dict[str, Any]()
    return replace(snapshot, outputs=outputs, created_at="", updated_at="", settings=settings)


def assert_lawful(plan: Plan) -> None:
    """What is left is a plan like any other: every step is of a change that does something, after what it needs."""
    doing = {change.address for change in plan.changes if change.does_something}
    for index, step in enumerate(plan.steps):
        assert all(need < index for need in step.needs)
        assert step.address in doing


# Projects


@st.composite
def items(draw: st.DrawFn, index: int) -> Item:
    reads = draw(st.none() | st.integers(0, index - 1)) if index else None
    first, zone = draw(st.booleans()), draw(st.sampled_from("ab"))
    return Item(draw(st.integers(1, 2)), zone, first, reads, draw(st.booleans()))


@st.composite
def projects(draw: st.DrawFn) -> tuple[Project, Project]:
    """What is declared before and after; each may come and go, and reads only what stays."""
    size = draw(st.integers(1, 4))
    firsts = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    found: list[Project] = []
    for _ in range(2):
        kept = [index for index in range(size) if draw(st.integers(0, 3))]
        made = {index: replace(draw(items(index)), first=firsts[index]) for index in kept}
        found.append({i: item if item.reads in kept else replace(item, reads=None) for i, item in made.items()})
    return found[0], found[1]


@dataclass(frozen=True)
class Accidents:
    broken: frozenset[tuple[str, int]]
    half: frozenset[int]
    sick: frozenset[int]


NUMBERS = st.frozensets(st.integers(0, 3), max_size=2)
ACCIDENTS = st.builds(
    Accidents, st.frozensets(st.tuples(st.sampled_from(WRITES[:3]), st.integers(0, 3)), max_size=2), NUMBERS, NUMBERS
)
NONE = Accidents(frozenset(), frozenset(), frozenset())


def begun(before: Project, after: Project) -> tuple[Life, Plan]:
    """A project that was applied, with a plan of what it is to be next."""
    life = Life()
    assert life.run(life.plan(before), "r1")
    assert life.end()["failed"] == 0
    life.outside.calls.clear()
    return life, life.plan(after)


def struck(life: Life, accidents: Accidents) -> None:
    names = {index: (f"n{index}", f"n{index}a", f"n{index}b") for index in range(4)}
    life.provider.broken = {(verb, name) for verb, index in accidents.broken for name in names[index]}
    life.provider.half = {name for index in accidents.half for name in names[index]}
    life.provider.sick = {name for index in accidents.sick for name in names[index]}


def resumed(life: Life, plan: Plan, kills: Sequence[tuple[int, bool]] = ()) -> None:
    """The run goes on until nothing is left to do, killed on its way as `kills` say."""
    for until, lost in [*kills, *[(None, False)] * 8]:
        life.recover("r2", plan)
        _, wrong = courses(life.events)
        assert not wrong
        if life.events[-1].kind is EventKind.RUN_ENDED and life.events[-1].data["status"] == "completed":
            return
        life.run(plan, "r2", until, lost=lost, again=True)
    raise AssertionError("it never came to its end")


def assert_same(life: Life, other: Life) -> None:
    """`life`, which was struck, has come to where `other` is."""
    assert life.world() == other.world()
    assert life.held() == other.held()
    assert not life.state.deposed
    assert {name: output.value for name, output in life.state.outputs.items()} == {
        name: output.value for name, output in other.state.outputs.items()
    }
    assert life.state.serial == other.state.serial
    assert life.state.secrets.keys() == other.state.secrets.keys()


FAST = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LONG = settings(FAST, max_examples=400)


@FAST
@given(projects())
def test_a_run_that_is_killed_at_any_batch_ends_as_if_it_was_not(pair: tuple[Project, Project]) -> None:
    kill_everywhere(pair)


@pytest.mark.slow
@pytest.mark.timeout(900)
@LONG
@given(projects())
def test_many_runs_that_are_killed_at_any_batch(pair: tuple[Project, Project]) -> None:
    kill_everywhere(pair)


def kill_everywhere(pair: tuple[Project, Project]) -> None:
    straight, planned = begun(*pair)
    if not planned.does_something:
        return
    assert straight.run(planned, "r2")
    assume(not straight.end()["failed"])  # two that swap what only one can have
    for until, lost in boundaries(pair):
        life, plan = begun(*pair)
        assert not life.run(plan, "r2", until, lost=lost)
        if not any(event.run == "r2" for event in life.events):
            continue  # killed before it began
        resumed(life, plan)
        assert_same(life, straight)
        assert life.writes() - life.lost == straight.writes()
        assert life.end() == straight.end()


def boundaries(pair: tuple[Project, Project]) -> Iterator[tuple[int, bool]]:
    """Before and after each batch of the run."""
    number = 0
    while True:
        life, plan = begun(*pair)
        if life.run(plan, "r2", number):
            return
        yield number, False
        yield number, True
        number += 1


KILLS = st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=4)


@FAST
@given(projects(), ACCIDENTS, KILLS)
def test_a_run_with_accidents_ends_as_if_there_were_none(
    pair: tuple[Project, Project], accidents: Accidents, kills: list[tuple[int, bool]]
) -> None:
    strike(pair, accidents, kills)


@pytest.mark.slow
@pytest.mark.timeout(900)
@LONG
@given(projects(), ACCIDENTS, KILLS)
def test_many_runs_with_accidents(
    pair: tuple[Project, Project], accidents: Accidents, kills: list[tuple[int, bool]]
) -> None:
    strike(pair, accidents, kills)


def strike(pair: tuple[Project, Project], accidents: Accidents, kills: list[tuple[int, bool]]) -> None:
    straight, planned = begun(*pair)
    if not planned.does_something:
        return
    assert straight.run(planned, "r2")
    assume(not straight.end()["failed"])
    life, plan = begun(*pair)
    struck(life, accidents)
    life.run(plan, "r2")
    resumed(life, plan, kills)
    assert_same(life, straight)
