"""A small world to run plans in: what exists, how often it was made, and what the executor was told."""

from __future__ import annotations

import hmac
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any, TypeVar

import pytest

from reign.execution.cancel import Cancel
from reign.execution.executor import execute
from reign.execution.job import Job, Limits, Origin, Seams
from reign.execution.task import Outcome, Task
from reign.model.address import Address, parse_address
from reign.model.event import Event, EventKind, State
from reign.model.plan import Action, Basis, Change, OutputChange, Plan, Step
from reign.model.resource import Group, Observation, Readiness, Resource, Snapshot
from reign.model.rewrite import rewritten
from reign.model.schema import Field, Output, Schema
from reign.model.values import Secret, Sensitive, Spec, Value, to_json
from reign.ports import Site

T = TypeVar("T")


class Clock:
    """The real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return monotonic()


@dataclass
class World:
    """An outside system. `script` answers a call in place of the usual answer."""

    things: dict[str, Spec] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    running: int = 0
    most: int = 0
    script: Callable[[Task], Outcome] | None = None
    effects: bool = True
    marked: bool = True
    fields: Mapping[str, Field] = field(default_factory=dict)
    outputs: Mapping[str, Output] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def perform(self, task: Task) -> Outcome:
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
        try:
            if self.script is not None and (answer := self.script(task)) is not ...:
                return answer
            return self.usual(task)
        finally:
            with self.lock:
                self.running -= 1

    def usual(self, task: Task) -> Outcome:
        name = str(task.address)
        if task.verb == "probe":
            return Readiness("done")
        with self.lock:
            if task.verb == "delete":
                self.things.pop(task.prior.external_id, None)
                self.made.append(f"-{name}")
                return None
            if task.verb == "read":
                self.made.append(f"?{name}")
                return {"told": task.desired.spec}
            if task.verb == "adopt":
                self.made.append(f"@{name}")
                return Observation(task.external_id, self.things[task.external_id], {"id": task.external_id})
            spec = task.desired.spec
            self.made.append(f"+{name}" if task.verb == "create" else f"~{name}")
            external_id = f"{name}#{len(self.made)}" if task.verb == "create" else task.prior.external_id
            self.things[external_id] = spec
            return Observation(external_id, spec, {"id": external_id, "out": spec.get("x")})

    def schema(self, type: str) -> Schema:
        return Schema(type, self.fields, self.outputs, effects=self.effects, marked=self.marked)


class Vault:
    """A vault whose ciphers hold nothing of what they stand for that could be recognised."""

    def hash(self, value: Value) -> str:
        return hmac.digest(b"key", json.dumps(to_json(value), sort_keys=True).encode(), "sha256").hex()

    def conceal(self, noun: T) -> T:
        return rewritten(noun, (Sensitive,), lambda part, _: Secret(part.template, self.hash(part.value), "k"))

    def encrypt(self, noun: T) -> T:
        return rewritten(
            noun, (Sensitive,), lambda part, _: Secret("", self.hash(part.value), "k", _hidden(part.value))
        )

    def decrypt(self, noun: T) -> T:
        return rewritten(noun, (Secret,), lambda part, _: Sensitive(_shown(part.cipher)))


def _hidden(value: Value) -> str:
    return bytes(byte ^ 0xA5 for byte in json.dumps(value).encode()).hex()


def _shown(cipher: str) -> Value:
    return json.loads(bytes(byte ^ 0xA5 for byte in bytes.fromhex(cipher)))


def a(name: str) -> Address:
    return parse_address(f"thing.{name}")


def update(name: str, before: Spec, after: Spec, desired: Spec | None = None, **more: object) -> Change:
    return Change(
        a(name),
        Action.UPDATE,
        "thing",
        before=before,
        after=after,
        changed=tuple(key for key in after if before.get(key) != after[key]),
        prior=snapshot(name, before),
        desired=Resource(a(name), desired or after, "thing"),
        **more,  # type: ignore[arg-type]
    )


def create(name: str, spec: Spec | None = None, after: Spec | None = None, **more: object) -> Change:
    spec = {"x": 1} if spec is None else spec
    return Change(
        a(name),
        Action.CREATE,
        "thing",
        after=spec if after is None else after,
        desired=Resource(a(name), spec, "thing"),
        **more,  # type: ignore[arg-type]
    )


def plan_of(
    changes: Sequence[Change],
    steps: Sequence[Step],
    outputs: Sequence[OutputChange] = (),
    groups: Sequence[Group] = (),
    **more: Any,
) -> Plan:
    basis = Basis("lineage", 0, "", True, "digest")
    addresses = [change.address for change in changes]
    groups = groups or [Group(each.type, each.name, "single", mode=each.mode) for each in addresses]
    return Plan("p", "", basis, tuple(changes), tuple(steps), outputs=tuple(outputs), groups=tuple(groups), **more)


def call(name: str, *needs: int, verb: str = "create") -> Step:
    return Step("call", verb, a(name), needs)  # type: ignore[arg-type]


@dataclass
class Ran:
    """The batches, in order, and what the world looked like when each was handed out."""

    batches: list[tuple[Event, ...]] = field(default_factory=list)
    made_before: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def events(self) -> list[Event]:
        return [event for batch in self.batches for event in batch]

    def of(self, kind: EventKind) -> list[Event]:
        return [event for event in self.events if event.kind is kind]

    def outcomes(self) -> dict[str, str]:
        return {f"{e.address}:{e.data['verb']}": e.data["outcome"] for e in self.of(EventKind.RESULT)}

    def end(self) -> dict[str, object]:
        return self.events[-1].data


Run = Callable[..., Ran]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def run(world: World) -> Iterator[Run]:
    pools: list[ThreadPoolExecutor] = []

    def go(
        plan: Plan,
        state: State | None = None,
        limits: Limits | None = None,
        cancel: Cancel | None = None,
        on_batch: Callable[[tuple[Event, ...]], None] = lambda _: None,
        normalize: Callable[[str, Spec], Spec] = lambda _, spec: spec,
        roots: Mapping[str, Any] | None = None,
        **seams: Any,
    ) -> Ran:
        pool = ThreadPoolExecutor(32)
        pools.append(pool)
        site = Site("/p", "/p", "/p/.reign", "lineage")
        job = Job(plan, state or State(), site, Origin("run1"), limits or Limits(), roots or {})
        given = Seams(world.perform, world.schema, normalize, vault=Vault(), **seams)
        ran = Ran()
        for batch in execute(job, given, pool, Clock(), cancel or Cancel()):
            ran.batches.append(batch.events)
            ran.made_before.append(tuple(world.made))
            on_batch(batch.events)
        return ran

    yield go
    for pool in pools:
        pool.shutdown(wait=True)


def snapshot(name: str, spec: Spec | None = None, **outputs: Value) -> Snapshot:
    spec = {"x": 1} if spec is None else spec
    return Snapshot(a(name), "thing", f"thing.{name}#old", spec, {"id": f"thing.{name}#old", **outputs})
