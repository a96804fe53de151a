"""What is only looked up: its outputs where they are known now, else a read during the apply."""

from __future__ import annotations

from collections.abc import Mapping

from reign.model.address import Address
from reign.model.errors import ProviderError
from reign.model.finding import Finding
from reign.model.plan import Action, ActionReason, Change
from reign.model.resource import Resource
from reign.model.values import Spec, is_known
from reign.planning import findings
from reign.planning.diff import differences
from reign.planning.inputs import Inputs
from reign.planning.marks import Marks
from reign.planning.shapes import Shape
from reign.planning.standing import acts


class Lookups:
    """Tells what becomes of data. `changes` are those planned so far."""

    def __init__(self, inputs: Inputs, changes: Mapping[Address, Change], marks: Marks) -> None:
        self._inputs, self._changes, self._marks = inputs, changes, marks

    def of(self, resource: Resource, shape: Shape, spec: Spec) -> Spec | Change | Finding:
        """Its outputs, the change that reads them, or why neither can be told. `spec` has the planned values."""
        told = self._inputs.data.get(resource.address)
        later = self._why_later(resource, spec)
        if later is not None:
            return self._read(resource, shape, spec, *later)
        if isinstance(told, ProviderError):
            return findings.not_looked_up(resource.address, told)
        if told is None:
            return self._read(resource, shape, spec, "", "it was not looked up")
        if differences(told.spec, spec, self._inputs.hash):
            return self._read(resource, shape, spec, "", "it was looked up by other values than it has now")
        return self._marks.looked_up(told.outputs, resource.address, shape, spec)

    def _why_later(self, resource: Resource, spec: Spec) -> tuple[ActionReason, str] | None:
        """Why only the apply can look it up, if that is so."""
        if not is_known(spec):
            return "read_because_config_unknown", "what it is looked up by is known after apply"
        pending = next((needed for needed in resource.depends_on if self._is_pending(needed)), None)
        if pending is None:
            return None
        return "read_because_dependency_pending", f"{pending}, which it depends on, changes first"

    def _is_pending(self, address: Address) -> bool:
        change = self._changes.get(address)
        return acts(change) or (change is not None and change.action is Action.READ)

    def _read(self, resource: Resource, shape: Shape, spec: Spec, reason: ActionReason, phrase: str) -> Change:
        return Change(
            address=resource.address,
            action=Action.READ,
            connection=resource.connection,
            after=spec,
            after_outputs=shape.unknown_outputs(resource.address, spec),
            reason=reason,
            reasons=(phrase,),
            desired=resource,
            depends_on=tuple([needed.text for needed in resource.depends_on]),
        )
