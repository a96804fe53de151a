"""What stands at an address, and whether it is ours."""

from __future__ import annotations

from reign.model.address import Address
from reign.model.errors import ProviderError
from reign.model.resource import Observation, Snapshot
from reign.model.values import Spec
from reign.planning.compare import Subject
from reign.planning.decide import Recorded, Seen
from reign.planning.digest import believed
from reign.planning.inputs import Inputs
from reign.planning.marks import Marks
from reign.planning.shapes import Shape, Shapes


class Sight:
    """Reality where it was looked at, else what the state believes."""

    def __init__(self, inputs: Inputs, shapes: Shapes, marks: Marks) -> None:
        self._shapes, self._marks = shapes, marks
        self._held = inputs.prior.resources
        self._observed = inputs.observed if inputs.options.refresh else {}
        self._holders: dict[tuple[str, str, str], Snapshot] | None = None

    def at(
        self, address: Address, connection: str, shape: Shape, desired: Spec | None = None, *, hides: bool = False
    ) -> tuple[Seen, Observation | ProviderError | None]:
        """How it counts in the decision table, and what was seen, with what must not be shown marked.

        `connection` is where it was looked for, `desired` the spec that is declared; `hides`: something of it is
        sensitive.
        """
        prior = self._held.get(address)
        if address not in self._observed:
            return (
                ("ours", self._marks.seen(believed(prior), address, shape, desired, hides=hides))
                if prior
                else ("absent", None)
            )
        seen = self._observed[address]
        if seen is None:
            return "absent", None
        if isinstance(seen, ProviderError):
            return "unreachable", seen
        seen = self._marks.seen(seen, address, shape, desired, hides=hides)
        if prior is None and seen.found:
            return "found", seen
        return ("ours" if self._is_ours(address, connection, shape, seen) else "theirs"), seen

    def was_looked_at(self, address: Address) -> bool:
        """False where only the state is believed."""
        return address in self._observed

    def holder(self, shape: Shape, connection: str, seen: Observation) -> Address | None:
        """The address under which the state has what was seen."""
        held = self._holder(shape, connection, seen.external_id)
        return held.address if held else None

    def recorded(self, address: Address) -> Recorded:
        """How the state counts in the decision table."""
        prior = self._held.get(address)
        return "no" if prior is None else "tainted" if prior.tainted else "yes"

    def is_passed_on(self, subject: Subject, seen: Observation) -> bool:
        """What stands in its place is what another address has made by the same identity, and still has."""
        connection = subject.resource.connection
        held = self._holder(subject.shape, connection, seen.external_id)
        shape = self._shapes.of(held.address.type) if held else None
        if held is None or shape is None or held.address == subject.resource.address:
            return False
        taken = subject.shape.identity_of(connection, subject.spec)
        is_same = taken is not None and taken == shape.identity_of(held.connection, held.spec)
        return is_same and self.at(held.address, held.connection, shape)[0] == "ours"

    def _is_ours(self, address: Address, connection: str, shape: Shape, seen: Observation) -> bool:
        """The mark carries our lineage, and no other address holds this external id."""
        if not seen.owned:
            return False
        prior = self._held.get(address)
        if prior is not None and prior.external_id == seen.external_id:
            return True
        held = self._holder(shape, connection, seen.external_id)
        return held is None or held.address == address or shape.may_share(held.spec, held.spec)

    def _holder(self, shape: Shape, connection: str, external_id: str) -> Snapshot | None:
        """What the state has by this external id."""
        if self._holders is None:
            spaces = ((self._shapes.of(held.address.type), held) for held in self._held.values())
            self._holders = {(shape.space, held.connection, held.external_id): held for shape, held in spaces if shape}
        return self._holders.get((shape.space, connection, external_id))
