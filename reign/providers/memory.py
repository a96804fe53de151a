"""`memory.*`: the reference of what a provider is, and the fake that tests of every other room use.

Its objects stand in a `World`, which plays the outside system: it can refuse, be slow, and lose answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event, RLock
from typing import Annotated, Any, Literal

from pydantic import Field as Described

from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Health, Observation, Readiness, Resource, Snapshot
from reign.model.schema import Kind, Output, When
from reign.model.values import Spec
from reign.ports import Call, Wanted
from reign.providers.modelled import Modelled
from reign.providers.spec import COMPUTED, HOLDS, IDENTITY, IMMUTABLE, Model, Types, TypeSpec


@dataclass(slots=True)
class Thing:
    """One object of the world. `mark` is (lineage, address, key), None on what nobody of ours made."""

    type: str
    name: str
    spec: Spec
    id: str
    mark: tuple[str, str, str] | None = None
    version: int = 1


@dataclass(slots=True)
class Fault:
    """What happens to the next `times` calls of `verb` (of the object `name`, if given).

    before: refused, nothing done. after: done, and the answer is lost. `wait` holds the call up until it is set.
    """

    verb: str
    error: ProviderError | None = None
    when: Literal["before", "after"] = "before"
    name: str = ""
    times: int = 1
    wait: Event | None = None


@dataclass(slots=True)
class World:
    """The outside system. `calls` are (verb, name) as they arrived. Reaching it fails while `reachable` is False."""

    things: dict[tuple[str, str], Thing] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    reachable: bool = True
    unready: set[str] = field(default_factory=set)
    lock: RLock = field(default_factory=RLock)

    def inject(self, fault: Fault) -> None:
        """Let `fault` befall the calls to come."""
        with self.lock:
            self.faults.append(fault)

    def lose_answers(self, verb: str, name: str = "", times: int = 1) -> None:
        """The next calls of `verb` are carried out, and their answers are lost."""
        error = ProviderError(ErrorKind.TRANSIENT, "Connection lost", "The connection broke before the answer came.")
        self.inject(Fault(verb, error, "after", name, times))

    def _struck(self, verb: str, name: str, when: str) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.times > 0 and fault.verb == verb and fault.when == when and fault.name in ("", name):
                    fault.times -= 1
                    return fault
        return None

    def arrive(self, verb: str, name: str, deadline_s: float) -> None:
        """A call reached the system. Raises what was injected before it."""
        with self.lock:
            self.calls.append((verb, name))
            reachable = self.reachable
        if not reachable:
            raise ProviderError(
                ErrorKind.TRANSIENT, "Not reachable", "The in-memory system does not answer.", "Let it answer again."
            )
        self._strike(verb, name, "before", deadline_s)

    def answer(self, verb: str, name: str, deadline_s: float) -> None:
        """The call was carried out. Raises what was injected after it."""
        self._strike(verb, name, "after", deadline_s)

    def _strike(self, verb: str, name: str, when: str, deadline_s: float) -> None:
        fault = self._struck(verb, name, when)
        if fault is None:
            return
        if fault.wait is not None and not fault.wait.wait(deadline_s):
            raise ProviderError(
                ErrorKind.TIMEOUT, "No answer in time", f"The in-memory system did not answer within {deadline_s:g} s."
            )
        if fault.error is not None:
            raise fault.error


class ItemSpec(Model):
    """Something with a name, a size and labels."""

    name: Annotated[str, IDENTITY, Described(description="What it is called there.")]
    size: Annotated[int, Described(description="Can change in place.")] = 1
    zone: Annotated[str, IMMUTABLE, Described(description="Cannot change in place.")] = "a"
    labels: Annotated[dict[str, str] | None, Described(description="Anything.")] = None
    within: Annotated[str | None, HOLDS, Described(description="The `memory.box` that it stands in.")] = None
    note: Annotated[Any, Described(description="Any value.")] = None
    slug: Annotated[str | None, COMPUTED, Described(description="The name in lower case.")] = None


class BoxSpec(Model):
    """Something that items stand in, and that cannot go while they do."""

    name: Annotated[str, IDENTITY, Described(description="What it is called there.")]
    color: Annotated[str, IMMUTABLE, Described(description="Cannot change in place.")] = "red"


class ItemType(TypeSpec):
    """`memory.item`: the slug follows from the name."""

    def normalize(self, spec: Spec) -> Spec:
        """See `TypeSpec`."""
        checked = super().normalize(spec)
        name = checked["name"]
        return {**checked, "slug": name.lower() if isinstance(name, str) else name}


class Memory(Modelled):
    """Objects in a `World`, each with the mark of what made it."""

    name = "memory"

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()
        made = Output(Kind("string"), description="The id that the system gave.")
        version = Output(Kind("integer"), follows=None, description="Counts the changes.")
        size = Output(Kind("integer"), follows=("size",), description="The size.")
        self.types = Types(
            ItemType("memory.item", ItemSpec, {"id": made, "version": version, "size": size}, ready=True),
            TypeSpec("memory.box", BoxSpec, {"id": made, "version": version}, fills=When()),
        )

    def check(self, call: Call) -> Health:
        """Whether the world answers."""
        try:
            self.world.arrive("check", "", call.deadline_s)
        except ProviderError as error:
            return Health(False, error.summary, error.detail, error.fix)
        return Health(reachable=True)

    def observe(self, wanted: Sequence[Wanted], call: Call) -> Mapping[Address, Observation | ProviderError | None]:
        """See `ports.Provider`."""
        return {item.address: self._observed(item, call) for item in wanted}

    def _observed(self, wanted: Wanted, call: Call) -> Observation | ProviderError | None:
        name = _name(wanted)
        try:
            self.world.arrive("observe", name, call.deadline_s)
        except ProviderError as error:
            return error
        with self.world.lock:
            thing = self.world.things.get((wanted.address.type, name))
            return _seen(thing, call.site.lineage) if thing else None

    def create(self, desired: Resource, call: Call) -> Observation:
        """See `ports.Provider`."""
        kind, name = desired.address.type, str(desired.spec["name"])
        self.world.arrive("create", name, call.deadline_s)
        mark = (call.site.lineage, str(desired.address), call.key)
        with self.world.lock:
            thing = self.world.things.get((kind, name))
            if thing is not None and thing.mark != mark:
                raise ProviderError(
                    ErrorKind.CONFLICT,
                    "Already there, and not made by this project",
                    f"A {kind} named {name} stands there already.",
                    "Remove it, or choose another name.",
                )
            if thing is None:
                thing = Thing(kind, name, dict(desired.spec), f"{kind}/{name}", mark)
                self.world.things[kind, name] = thing
            seen = _seen(thing, call.site.lineage)
        self.world.answer("create", name, call.deadline_s)
        return seen

    def update(self, desired: Resource, prior: Snapshot, call: Call) -> Observation:
        """See `ports.Provider`."""
        name = prior.external_id.partition("/")[2]
        self.world.arrive("update", name, call.deadline_s)
        with self.world.lock:
            thing = self.world.things.get((prior.address.type, name))
            if thing is None:
                raise ProviderError(ErrorKind.MISSING, "Gone", f"{name} is not there any more.", "Plan again.")
            _refuse_foreign(thing, call)
            thing.spec, thing.version = dict(desired.spec), thing.version + 1
            seen = _seen(thing, call.site.lineage)
        self.world.answer("update", name, call.deadline_s)
        return seen

    def delete(self, prior: Snapshot, call: Call) -> None:
        """See `ports.Provider`."""
        name = prior.external_id.partition("/")[2]
        self.world.arrive("delete", name, call.deadline_s)
        with self.world.lock:
            thing = self.world.things.get((prior.address.type, name))
            if thing is not None:
                _refuse_foreign(thing, call)
                _refuse_holding(thing, self.world)
                del self.world.things[prior.address.type, name]
        self.world.answer("delete", name, call.deadline_s)

    def adopt(self, address: Address, external_id: str, call: Call) -> Observation:
        """See `ports.Provider`."""
        name = external_id.partition("/")[2]
        self.world.arrive("adopt", name, call.deadline_s)
        with self.world.lock:
            thing = self.world.things.get((address.type, name))
            if thing is None or thing.id != external_id:
                raise ProviderError(
                    ErrorKind.INVALID,
                    "Nothing to import",
                    f"Nothing has the id {external_id}.",
                    f"An id looks like {address.type}/NAME.",
                )
            thing.mark = (call.site.lineage, str(address), call.key)
            return _seen(thing, call.site.lineage)

    def ready(self, type: str, seen: Observation, call: Call) -> Readiness:  # noqa: ARG002
        """Waiting while the world says so."""
        name = seen.external_id.partition("/")[2]
        self.world.arrive("ready", name, call.deadline_s)
        return Readiness("waiting", f"{name} is starting") if name in self.world.unready else Readiness("done")


def _name(wanted: Wanted) -> str:
    if wanted.known is not None:
        return wanted.known.external_id.partition("/")[2]
    return str(wanted.desired.spec.get("name", "")) if wanted.desired else ""


def _seen(thing: Thing, lineage: str) -> Observation:
    outputs: Spec = {"id": thing.id, "version": thing.version}
    if "size" in thing.spec:
        outputs["size"] = thing.spec["size"]
    return Observation(thing.id, dict(thing.spec), outputs, thing.mark is not None and thing.mark[0] == lineage)


def _refuse_foreign(thing: Thing, call: Call) -> None:
    if thing.mark is None or thing.mark[0] != call.site.lineage:
        raise ProviderError(
            ErrorKind.CONFLICT,
            "Not made by this project",
            f"{thing.name} does not carry this project's mark.",
            "Import it, or remove it from the state.",
        )


def _refuse_holding(box: Thing, world: World) -> None:
    inside = [thing.name for thing in world.things.values() if thing.spec.get("within") == box.name]
    if box.type == "memory.box" and inside:
        raise ProviderError(
            ErrorKind.CONFLICT,
            "Still in use",
            f"{box.name} still holds {', '.join(sorted(inside))}.",
            "Move or destroy what stands in it first.",
        )
