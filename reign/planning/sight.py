"""What stands at an address, and whether it is ours."""

from __future__ import annotations

from reign.model.address import Address
from reign.model.errors import ProviderError
from reign.model.resource import Observation
from reign.planning.decide import Recorded, Seen
from reign.planning.digest import believed
from reign.planning.inputs import Inputs
from reign.planning.shapes import Shape


class Sight:
    """Reality where it was looked at, else what the state believes."""

    def __init__(self, inputs: Inputs) -> None:
        self._held = inputs.prior.resources
        self._observed = inputs.observed if inputs.options.refresh else {}
        self._holders: dict[tuple[str, str, str], Address] | None = None

    def at(self, address: Address, connection: str, shape: Shape) -> tuple[Seen, Observation | ProviderError | None]:
        """How it counts in the decision table, and what was seen. `connection` is where it was looked for."""
        prior = self._held.get(address)
        if not shape.schema.observable or address not in self._observed:
            return ("ours", believed(prior)) if prior else ("absent", None)
        seen = self._observed[address]
        if seen is None:
            return "absent", None
        if isinstance(seen, ProviderError):
            return "unreachable", seen
        return ("ours" if self._is_ours(address, connection, seen) else "theirs"), seen

    def recorded(self, address: Address) -> Recorded:
        """How the state counts in the decision table."""
        prior = self._held.get(address)
        return "no" if prior is None else "tainted" if prior.tainted else "yes"

    def _is_ours(self, address: Address, connection: str, seen: Observation) -> bool:
        """The mark carries our lineage, and no other address holds this external id."""
        if not seen.owned:
            return False
        prior = self._held.get(address)
        if prior is not None and prior.external_id == seen.external_id:
            return True
        if self._holders is None:
            self._holders = {
                (held.address.type, held.connection, held.external_id): held.address for held in self._held.values()
            }
        return self._holders.get((address.type, connection, seen.external_id), address) == address
