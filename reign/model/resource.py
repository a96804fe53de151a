"""Desired, prior and observed: the three views of one resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from reign.model.address import Address, Key
from reign.model.finding import Place
from reign.model.values import Spec, Value


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
class Resource:
    """One declared instance.

    `spec` may hold `Deferred` until it is resolved, `Unknown` after. `depends_on` are instances: what the block says
    and what its references imply. `connection` is the name of one (`docker.eu`; `docker` is the default one).
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
    place: Place | None = None


Block: TypeAlias = Resource
"""What `Provider.expand` is given: an instance that may stand for several."""


@dataclass(frozen=True, slots=True)
class Group:
    """The shape of a block, by which `resources.NAME` is read: one, a map, a list, or null when disabled."""

    type: str
    name: str
    shape: Literal["single", "map", "list", "disabled"]
    keys: tuple[Key, ...] = (None,)
    mode: Literal["managed", "data"] = "managed"


@dataclass(frozen=True, slots=True)
class Observation:
    """What a provider saw. `spec` holds the declared fields as they are; `owned`: the mark is there and of our lineage."""

    external_id: str
    spec: Spec
    outputs: Spec
    owned: bool = True


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A resource as the state knows it: enough to delete it, or to bring it back, with no YAML at all.

    `spec` is as normalised. `depends_on` are the recorded edges, implied ones included, as canonical text.
    `create_key` is the operation id of its create, which its mark carries. `settings` are those of the connection it was
    made over, for when the project does not declare that one any more.
    """

    address: Address
    connection: str
    external_id: str
    spec: Spec
    outputs: Spec
    depends_on: tuple[str, ...] = ()
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    tainted: bool = False
    create_key: str = ""
    schema_version: int = 1
    settings: Mapping[str, Value] = field(default_factory=dict)
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
