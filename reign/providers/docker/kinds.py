"""The seam inside this provider: one kind for each type of object that an engine holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from reign.model.address import Address
from reign.model.errors import ProviderError
from reign.model.resource import Observation, Readiness, Resource, Snapshot
from reign.model.values import Spec
from reign.ports import Call, Wanted

if TYPE_CHECKING:
    from reign.providers.docker.engine import Engine
    from reign.providers.docker.found import Listed


class Kind(Protocol):
    """As `ports.Provider`, with the engine in front: each call is about things of one type on one engine.

    Made once without arguments, and called from many threads at once. Vendor exceptions are mapped by `errors.mapped`.
    """

    def observe(
        self, engine: Engine, wanted: Sequence[Wanted], call: Call
    ) -> Mapping[Address, Observation | ProviderError | None]:
        """See `ports.Provider`. One list call, then only what is ours is inspected."""
        ...

    def create(self, engine: Engine, desired: Resource, call: Call) -> Observation:
        """See `ports.Provider`."""
        ...

    def update(self, engine: Engine, desired: Resource, prior: Snapshot, call: Call) -> Observation:
        """See `ports.Provider`."""
        ...

    def delete(self, engine: Engine, prior: Snapshot, call: Call) -> None:
        """See `ports.Provider`."""
        ...

    def adopt(self, engine: Engine, address: Address, external_id: str, call: Call) -> Observation:
        """See `ports.Provider`."""
        ...


@runtime_checkable
class Readies(Protocol):
    """Beside Kind, for a type whose schema says `ready`."""

    def ready(self, engine: Engine, seen: Observation, call: Call) -> Readiness:
        """See `ports.Provider`."""
        ...


@runtime_checkable
class Marked(Protocol):
    """Optional, beside Kind: what on the engine carries the mark of our lineage."""

    def marked(self, engine: Engine, call: Call) -> Iterator[Listed]:
        """Each object of this kind that carries the mark of `call.site.lineage`."""
        ...


@runtime_checkable
class LooksUp(Protocol):
    """Optional, beside Kind: things that are looked up by name (`data.TYPE`)."""

    def look_up(self, engine: Engine, spec: Spec, call: Call) -> Spec:
        """See `ports.Lookup`."""
        ...
