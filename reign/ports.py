"""Every seam of Reign, on one page. Rooms above the line call these; rooms below, and third parties, implement them.

Nothing is implemented here but the data that crosses, and the way of what is said to who listens. Whatever crosses a
seam pickles: calls may run on another thread, in another process or on another machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias, TypeVar, runtime_checkable

from reign.model.address import Address
from reign.model.errors import Problem, ProviderError
from reign.model.event import Event
from reign.model.resource import Allowance, Block, Health, HealthCheck, Observation, Readiness, Resource, Snapshot
from reign.model.schema import Schema
from reign.model.values import Spec, Value

T = TypeVar("T")
Hear: TypeAlias = "Callable[[str, str], None]"
"""Is told the text and the word of every `say`, on the thread that says it. It returns at once and never raises."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a project stands, as absolute paths: `folder` is the project's, `root` what may be read, `state` the
    environment's part of `.reign`. `trusted`: commands of the project may run, and what it names may be connected to.
    """

    folder: str
    root: str
    state: str
    lineage: str
    project: str = ""
    env: str = ""
    trusted: bool = True


@dataclass(frozen=True, slots=True)
class Connection:
    """One outside system as configured, its settings resolved. `name` is `docker` or `docker.eu`."""

    name: str
    settings: Spec = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """What comes with every call. `key` is the operation id; what a create makes carries lineage, address and key as its mark.

    A provider gives up by `deadline_s` seconds after the call began, with a ProviderError of kind `timeout`. `first`: of a
    create, nothing was ever made at its address, so what turns out to be there already is found (`Observation.found`).
    `is_private`: something sensitive goes in or comes out, so a provider writes neither down. `allow`: the dangers that its
    resource may have (`Cautious`). `restarts`: of an update, a trigger asks that what runs there begins anew, whatever else
    differs.
    """

    key: str
    connection: Connection
    site: Site
    attempt: int = 1
    deadline_s: float = 600.0
    first: bool = False
    is_private: bool = False
    allow: tuple[Allowance, ...] = ()
    restarts: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing to look at. `known` is what the state holds; `desired` what is declared, as far as it is known.

    `key` is the operation id of an intent without a result: find the object by its mark.
    """

    address: Address
    desired: Resource | None = None
    known: Snapshot | None = None
    key: str = ""


class Provider(Protocol):
    """The code that talks to one kind of outside system. Called from many threads at once; holds no state between calls.

    Every error is a ProviderError: vendor exceptions are mapped by one table per provider. No provider retries, logs,
    masks or counts; wrappers around it do.
    """

    name: str

    def schemas(self) -> Mapping[str, Schema]:
        """Type -> schema. Pure: no connection, no I/O, no vendor import."""
        ...

    def normalize(self, type: str, spec: Spec) -> Spec:
        """`spec` checked and completed: defaults, canonical forms, computed fields. Pure and idempotent.

        Unknowns stay in place, and errors at or under one are dropped. Raises InvalidSpec with all problems at once.
        What is sensitive comes in clear; the wrapper around it marks the same places of the answer.
        """
        ...

    def expand(self, block: Block, call: Call) -> Sequence[Resource]:
        """What `block` stands for: usually itself, and then it is not asked. Where the schema says `expands`, others, each
        with a key of its own; where it says `reads`, the block with its computed fields filled in. May read files inside
        `call.site.root`, and nothing else.

        The block's spec is normalised; what is not known yet may be left in what comes out, as far as it is in no key.
        Of a type that `expands`, what is sensitive comes marked, and what is made of it is to be marked as well; a text that
        repeats it is marked by the wrapper. Of one that `reads`, it comes in clear.
        Raises InvalidSpec, ProviderError.
        """
        ...

    def check(self, call: Call) -> Health:
        """Can the connection be reached and used? Never raises."""
        ...

    def observe(self, wanted: Sequence[Wanted], call: Call) -> Mapping[Address, Observation | None | ProviderError]:
        """What is there now, one entry for each of `wanted`. None: absent. An error: it cannot be told. Changes nothing.

        All of `wanted` are of one connection: one request per type where the API can list. One that is denied fails alone.
        """
        ...

    def create(self, desired: Resource, call: Call) -> Observation:
        """Make it, with the mark on it. What exists and is not ours is a conflict; it is never taken over.

        When an object with the mark of exactly this lineage, address and `call.key` is there already, that is the
        answer, once what was only begun of it is finished: an earlier answer was lost.
        """
        ...

    def update(self, desired: Resource, prior: Snapshot, call: Call) -> Observation:
        """Change what `prior` names in place. Gone is `missing`."""
        ...

    def delete(self, prior: Snapshot, call: Call) -> None:
        """Remove it. Absent is success. What is there but not ours is a conflict."""
        ...

    def adopt(self, address: Address, external_id: str, call: Call) -> Observation:
        """Take an existing object under `address`, putting the mark on it; where its system lets nobody do that, it is ours
        as long as the state holds its id. An id that names nothing is `invalid`.
        """
        ...

    def ready(self, type: str, seen: Observation, call: Call) -> Readiness:
        """Done, waiting (why), or failed (why). Asked again until it is not `waiting`, for types whose schema says `ready`."""
        ...


@runtime_checkable
class Lookup(Protocol):
    """Optional, beside Provider: types that are looked up and never changed.

    Their schemas say `data` and are named `data.TYPE`; `normalize` takes that name.
    """

    def look_up(self, type: str, spec: Spec, call: Call) -> Spec:
        """The outputs of what `spec`, normalised and known, names. Changes nothing. Raises ProviderError, `missing` for
        what is not there. An output that only a trusted folder would tell is `Unknown`.
        """
        ...


@runtime_checkable
class Configured(Protocol):
    """Optional, beside Provider: connections of which it can be told whether they are understood before they are used."""

    def check_settings(self, settings: Spec) -> Sequence[Problem]:
        """What is wrong with the settings of a connection, in clear, each at its path. Pure; unknowns are not judged."""
        ...


@runtime_checkable
class Cautious(Protocol):
    """Optional, beside Provider: types whose resources may do what nobody should do unasked."""

    def dangers(self, type: str, spec: Spec, site: Site, *, going: bool = False) -> Sequence[Problem]:
        """What a resource with `spec`, normalised, would do that has to be named in its `allow`, by a code `danger/what`;
        `going`: what its delete alone would do. Connects to nothing and runs nothing; may read files inside `site.root`.

        What is not known yet is not judged: the provider refuses it itself when it is called, before it does anything.
        """
        ...


class Probe(Protocol):
    """Asks once whether something is healthy. Runs on a worker."""

    def __call__(self, check: HealthCheck, call: Call) -> Readiness:
        """One answer to `check`, whose target is known and in clear, within `check.timeout_s`: done or waiting, with why.

        Never raises: what cannot be reached is not healthy yet.
        """
        ...


class Vault(Protocol):
    """Keeps what is sensitive out of what is written, with the project's key. Raises Failed where there is no key to use."""

    def hash(self, value: Value) -> str:
        """A keyed hash of a value in clear, by which two are compared: equal for equal values under one key and lineage."""
        ...

    def conceal(self, noun: T) -> T:
        """`noun` with every `Sensitive` in it as a `Secret` with template and hash: what plan files hold."""
        ...

    def encrypt(self, noun: T) -> T:
        """`noun` with every `Sensitive` in it as a `Secret` with hash and cipher: what the journal holds."""
        ...

    def decrypt(self, noun: T) -> T:
        """The inverse of `encrypt`."""
        ...


@dataclass(frozen=True, slots=True)
class Recalled:
    """What became of a call by the record that it left.

    not-done: it never began. done: it ended well; `seen` is what a create or an update led to, None after a delete. failed:
    it ended otherwise, which `error` tells. running: it still does; `reason` says as what. unknown: it was cut off itself,
    or ended well and what it led to cannot be told any more.
    """

    status: Literal["not-done", "done", "failed", "running", "unknown"]
    seen: Observation | None = None
    error: ProviderError | None = None
    reason: str = ""


@runtime_checkable
class Recall(Protocol):
    """Optional, beside Provider: types that carry no mark (`Schema.marked`), but whose calls leave a record of their end."""

    def recall(self, verb: str, desired: Resource | None, prior: Snapshot | None, call: Call) -> Recalled:
        """What became of the create, update or delete whose operation id is `call.key`, and whose answer was lost.

        `desired` as it was called with, as far as it is known by now. Changes nothing. Raises ProviderError.
        """
        ...

    def forget(self, verb: str, call: Call) -> None:
        """The outcome of this attempt at `verb` is durable elsewhere now: its record may go. Never raises."""
        ...


_hears: ContextVar[Hear | None] = ContextVar("hears", default=None)


def say(text: str, doing: str = "") -> None:
    """What a provider does right now, for whoever watches: `61 %, 48 of 79 MB`, or a line that a command printed.

    `doing` is a word for it (`pulling`); without one it is at what it was called for. Each replaces the one before, may
    be passed over, and is kept nowhere; mostly nobody listens. Said on the thread of the call, as often as there is
    something to say. Known sensitive values are masked on the way, so a text is never cut in the middle of a word; where
    the call is private, nothing is said of what goes in or comes out.
    """
    if hears := _hears.get():
        hears(text, doing)


@contextmanager
def heard(by: Hear) -> Iterator[None]:
    """Have `by` told what is said on this thread meanwhile."""
    before = _hears.set(by)
    try:
        yield
    finally:
        _hears.reset(before)


@contextmanager
def said_through(mask: Callable[[str], str]) -> Iterator[None]:
    """Have everything that is said on this thread meanwhile go through `mask`, if there is somebody to hear it."""
    hears = _hears.get()
    if hears is None:
        yield
        return
    with heard(lambda text, doing: hears(mask(text), mask(doing))):
        yield


@runtime_checkable
class Logs(Protocol):
    """Optional, beside Provider: the last lines that an object wrote."""

    def logs(self, prior: Snapshot, call: Call, lines: int, follow: bool) -> Iterator[str]:
        """The last `lines` lines (0: none), also of what runs no more; then, when following, each new one, until it ends.

        Whole lines, without their ends, oldest first. Raises ProviderError, also on the way: `invalid` for a type whose
        objects write none.
        """
        ...


@runtime_checkable
class Inspect(Protocol):
    """Optional, beside Provider: the outside system's own description of an object."""

    def inspect(self, prior: Snapshot, call: Call) -> Spec:
        """Whatever the system says, as JSON. Raises ProviderError, `invalid` for a type that it has nothing to say of."""
        ...


@dataclass(frozen=True, slots=True)
class Carrier:
    """Something outside that carries our mark: what `create` put on it. `remove`: the outside system's own command for it."""

    type: str
    external_id: str
    name: str
    address: str
    key: str
    remove: str = ""


@runtime_checkable
class Marked(Protocol):
    """Optional, beside Provider: everything that carries the mark of one lineage, known to its state or not."""

    def marked(self, call: Call) -> Sequence[Carrier]:
        """What carries the mark of `call.site.lineage` over this connection. Changes nothing. Raises ProviderError."""
        ...


class Journal(Protocol):
    """The list of events, and the truth. One writer at a time, who holds the lock."""

    def append(self, events: Sequence[Event]) -> Sequence[Event]:
        """Number the events and make them durable: all of them, or none. Returns them numbered.

        Never called from two threads. After the first failure the journal refuses every later append.
        """
        ...

    def read(self, after: int = 0) -> Iterator[Event]:
        """The events whose number is greater than `after`, in order.

        Stops at the last whole one; damage before it raises Failed.
        """
        ...

    def close(self) -> None:
        """Let go of the files. Nothing is lost by not calling it."""
        ...


class Subscriber(Protocol):
    """Progress, metrics, streams: told of events after they are durable, in order. Its failure is logged and stops nothing."""

    def __call__(self, events: Iterable[Event]) -> None:
        """Called on the driver's thread; must not block."""
        ...


@runtime_checkable
class Hearer(Protocol):
    """Optional, beside Subscriber: told as well what providers say (`say`) while they are called."""

    def hear(self, address: Address, text: str, doing: str) -> None:
        """Called on any thread; must not block, and never raises."""
        ...


class Clock(Protocol):
    """The time, so that the rooms which decide need none of their own."""

    def now(self) -> datetime:
        """UTC, aware."""
        ...

    def monotonic(self) -> float:
        """Seconds; only differences mean something."""
        ...
