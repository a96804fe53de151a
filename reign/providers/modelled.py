"""What providers whose specs are models have in common; all of it may be overridden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Block, Health, Observation, Readiness, Resource, Snapshot
from reign.model.schema import Schema
from reign.model.values import Spec
from reign.ports import Call, Wanted

if TYPE_CHECKING:
    from reign.providers.spec import Types


class Modelled:
    """The pure half of a provider, read off its models; a block stands for itself, and what is made is ready."""

    types: Types

    def schemas(self) -> Mapping[str, Schema]:
        """See `ports.Provider`."""
        return self.types.schemas()

    def normalize(self, type: str, spec: Spec) -> Spec:
        """See `ports.Provider`."""
        return self.types.normalize(type, spec)

    def expand(self, block: Block, call: Call) -> Sequence[Resource]:  # noqa: ARG002
        """The block itself."""
        return (block,)

    def ready(self, type: str, seen: Observation, call: Call) -> Readiness:  # noqa: ARG002
        """Done: the call that made it waited for it."""
        return Readiness("done")


class OnlyData(Modelled):
    """A provider whose types are only looked up: nothing of them is ever made. Its own part is `look_up`."""

    def check(self, call: Call) -> Health:  # noqa: ARG002
        """This machine is always there."""
        return Health(reachable=True)

    def observe(
        self,
        wanted: Sequence[Wanted],
        call: Call,  # noqa: ARG002
    ) -> Mapping[Address, Observation | ProviderError | None]:
        """There are no resources."""
        return dict.fromkeys((item.address for item in wanted), None)

    def create(self, desired: Resource, call: Call) -> Observation:  # noqa: ARG002
        """Raises ProviderError `invalid`."""
        raise _only_data(desired.address)

    def update(self, desired: Resource, prior: Snapshot, call: Call) -> Observation:  # noqa: ARG002
        """As `create`."""
        raise _only_data(desired.address)

    def delete(self, prior: Snapshot, call: Call) -> None:
        """Nothing of it is ever there."""

    def adopt(self, address: Address, external_id: str, call: Call) -> Observation:  # noqa: ARG002
        """As `create`."""
        raise _only_data(address)


def _only_data(address: Address) -> ProviderError:
    return ProviderError(
        ErrorKind.INVALID,
        "Only looked up",
        f"{address} is of a type that is looked up and never made.",
        "Declare it under `data`.",
    )


def as_recorded(wanted: Sequence[Wanted]) -> Mapping[Address, Observation | ProviderError | None]:
    """What the state says: the answer of types that leave nothing to look at."""
    return {
        item.address: Observation(item.known.external_id, item.known.spec, item.known.outputs) if item.known else None
        for item in wanted
    }


def nothing_to_adopt(address: Address) -> ProviderError:
    """The answer to an import of a type that leaves nothing to look at."""
    return ProviderError(
        ErrorKind.INVALID,
        "Cannot be imported",
        f"A {address.type} leaves nothing outside of the state, so there is nothing that {address} could take over.",
        "Declare it: its first apply makes it.",
    )
