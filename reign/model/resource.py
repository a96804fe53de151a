"""Desired, prior and observed: the three views of one resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from reign.model.address import Address, Key
from reign.model.finding import Place
from reign.model.values import Declared, Spec, Value


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What a block says about its own end. Paths and addresses are canonical text; a trigger without a key is the whole group."""

    prevent_destroy: bool = False
    create_before_destroy: bool = False
    ignore_changes: tuple[str, ...] = ()
    replace_triggered_by: tuple[str, ...] = ()
    restart_triggered_by: tuple[str, ...] = ()
    on_destroy: Literal["delete", "retain"] = "delete"


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how fast a failed call is tried again. `attempts` counts the first; times in seconds."""

    attempts: int = 3
    initial_s: float = 1.0
    backoff: float = 2.0
    max_s: float = 30.0
    jitter: Literal["none", "full"] = "full"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds for a whole operation, by what it does."""

    create_s: float = 600.0
    update_s: float = 600.0
    delete_s: float = 600.0

    def of(self, verb: str) -> float:
        """The seconds for a call; what is adopted has as long as what is created."""
        return {"update": self.update_s, "delete": self.delete_s}.get(verb, self.create_s)


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """When a resource counts as healthy, asked after it was made or changed. What depends on it waits for that.

    `kind` says which probe, `target` what it looks at: a URL, `host:port`, a command as of `schema.Kind` `command`, an
    exit code, or True. It may hold `Deferred`, with `self` for what the resource's outputs and spec will be. `status`
    are ranges of HTTP codes, as in `200-399,401`. Times in seconds; `healthy_after` good answers in a row are enough,
    and after `deadline_s` without them it is unhealthy.
    """

    kind: Literal["http", "tcp", "command", "exit", "ready"]
    target: Value
    status: str = "200-399"
    interval_s: float = 2.0
    timeout_s: float = 1.0
    healthy_after: int = 1
    deadline_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """A finding that is tolerated: `code`, why, and until which day (`2027-01-01`, inclusive; empty: for good)."""

    code: str
    reason: str
    until: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """One declared instance, of something to be made or (`address.mode` `data`) of something to be looked up.

    `spec` may hold `Deferred` until it is resolved, `Unknown` after, and `Sensitive`. `depends_on` are instances: what
    the block says and what its references imply. `connection` is the name of one (`docker.eu`; `docker` is the default
    one).
    """

    address: Address
    spec: Spec
    connection: str
    depends_on: tuple[Address, ...] = ()
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    retry: Retry | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    priority: int = 0
    tags: tuple[str, ...] = ()
    health: HealthCheck | None = None
    allow: tuple[Allowance, ...] = ()
    place: Place | None = None


Block: TypeAlias = Resource
"""What `Provider.expand` is given: an instance that may stand for several."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the resources that an instance of a block stands for (`Schema.expands`), which `address` is that of.

    `resources.NAME.WORD["key"]` reads it, with the last word of its type; `of` is the key of the instance, which stands
    behind NAME where the block has `for_each` or `count`.
    """

    address: Address
    of: Key
    key: str


@dataclass(frozen=True, slots=True)
class Group:
    """The shape of a block, by which `resources.NAME` is read: one, a map, a list, or null when disabled.

    `parts` are what the instances stand for, in order, where they stand for others (`expands`).
    """

    type: str
    name: str
    shape: Literal["single", "map", "list", "disabled"]
    keys: tuple[Key, ...] = (None,)
    mode: Literal["managed", "data"] = "managed"
    expands: bool = False
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Import:
    """An outside thing to be taken under `to`, by the id that its system knows it by."""

    to: Address
    id: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """What the state calls `source` is called `target` from now on. Names as users write them: an instance or a group."""

    source: str
    target: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Removed:
    """What becomes of `source`, a name as of `Moved`, now that it is not declared. `unprotect` is why it may go all the same."""

    source: str
    destroy: bool = True
    unprotect: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """What a provider saw. `spec` holds the declared fields as they are; `owned`: the mark is there and of our lineage.

    `found`: it was there before it was ours, and is never deleted. Of a type that carries no mark and that the state
    knows nothing of, it becomes ours by being recorded.
    """

    external_id: str
    spec: Spec
    outputs: Spec
    owned: bool = True
    found: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A resource as the state knows it: enough to delete it, or to bring it back, with no YAML at all.

    `spec` is as normalised. `depends_on` are the recorded edges, implied ones included, as canonical text.
    `create_key` is the operation id of its create, which its mark carries. `settings` are those of the connection it was
    made over, for when the project does not declare that one any more. `unproven`: the wait or gate that its last
    create or update led to has not been passed, so the next plan asks again. `found`: it was there before the first
    create, so it is never deleted. `links` are the parts of the spec that were declared as expressions of other resources,
    by path, as they were declared.
    """

    address: Address
    connection: str
    external_id: str
    spec: Spec
    outputs: Spec
    depends_on: tuple[str, ...] = ()
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    tainted: bool = False
    unproven: bool = False
    found: bool = False
    create_key: str = ""
    schema_version: int = 1
    settings: Mapping[str, Value] = field(default_factory=dict)
    links: Mapping[str, Declared] = field(default_factory=dict)
    created_run: str = ""
    updated_run: str = ""
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether what was made can be relied on, and why not (yet)."""

    status: Literal["done", "waiting", "failed"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a connection can be used, and why not."""

    reachable: bool
    summary: str = ""
    detail: str = ""
    fix: str = ""
