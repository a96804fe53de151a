"""`value`: something remembered in the state, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field as Described

from reign.model.address import Address
from reign.model.errors import ProviderError
from reign.model.resource import Health, Observation, Resource, Snapshot
from reign.model.schema import Kind, Output
from reign.ports import Call, Wanted
from reign.providers.modelled import Modelled, as_recorded, nothing_to_adopt
from reign.providers.spec import IMMUTABLE, Model, Types, TypeSpec


class ValueSpec(Model):
    """A value to remember, and what makes it anew."""

    value: Annotated[Any, Described(description="Anything; what `resources.NAME.value` gives.")]
    triggers: Annotated[
        dict[str, Any] | None, IMMUTABLE, Described(description="When one of these changes, the value is replaced.")
    ] = None


class Values(Modelled):
    """Touches nothing outside of the state, so every call is its own proof."""

    name = "value"

    def __init__(self) -> None:
        self.types = Types(
            TypeSpec(
                "value",
                ValueSpec,
                {"value": Output(Kind(), follows=("value",), description="The value.")},
                marked=False,
                observable=False,
                effects=False,
            )
        )

    def check(self, call: Call) -> Health:  # noqa: ARG002
        """Always there."""
        return Health(reachable=True)

    def observe(
        self,
        wanted: Sequence[Wanted],
        call: Call,  # noqa: ARG002
    ) -> Mapping[Address, Observation | ProviderError | None]:
        """What the state says."""
        return as_recorded(wanted)

    def create(self, desired: Resource, call: Call) -> Observation:
        """The value, under the operation's id."""
        return _held(call.key, desired)

    def update(self, desired: Resource, prior: Snapshot, call: Call) -> Observation:  # noqa: ARG002
        """The new value, under the old id."""
        return _held(prior.external_id, desired)

    def delete(self, prior: Snapshot, call: Call) -> None:
        """Nothing stands anywhere."""

    def adopt(self, address: Address, external_id: str, call: Call) -> Observation:  # noqa: ARG002
        """There is nothing to take over. Raises ProviderError `invalid`."""
        raise nothing_to_adopt(address)


def _held(external_id: str, desired: Resource) -> Observation:
    return Observation(external_id, desired.spec, {"value": desired.spec["value"]})
