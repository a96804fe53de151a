"""What stands already where the new one of a replacement is to go, while the old one is left standing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reign.app.nouns import Looking
from reign.app.observe import observe
from reign.app.workspace import Workspace
from reign.model.address import Address
from reign.model.finding import Finding
from reign.model.plan import Action, Change, Plan
from reign.model.resource import Observation
from reign.model.values import is_known
from reign.planning.findings import place_taken
from reign.planning.inputs import Inputs
from reign.ports import Site


def taken_places(space: Workspace, site: Site, inputs: Inputs, made: Plan, looking: Looking) -> list[Finding]:
    """A finding for each that would only fail when it is made. What the state has by another address is the planner's."""
    going = {each.address: each for each in made.changes if each.address in inputs.observed and _goes_on(space, each)}
    if not going:
        return []
    desired = {at: replace(change.desired, spec=change.after or {}) for at, change in going.items() if change.desired}
    elsewhere = replace(inputs.prior, resources={})
    seen = observe(space, site, desired, elsewhere, inputs.connections, going, (), looking)
    held = {(each.connection, each.external_id) for each in inputs.prior.resources.values()}
    return [
        place_taken(address, _id(going, address), found.external_id, ours=found.owned)
        for address, found in seen.items()
        if isinstance(found, Observation) and (going[address].connection, found.external_id) not in held
    ]


def _goes_on(space: Workspace, change: Change) -> bool:
    """Whether it leaves what is there standing, for another by a name that is known."""
    if change.action is not Action.REPLACE or not change.is_retained or not is_known(change.after or {}):
        return False
    fields = space.schema(change.address.type).fields
    return any(name in fields and fields[name].identity for name in change.replace_paths)


def _id(going: Mapping[Address, Change], address: Address) -> str:
    prior = going[address].prior
    return prior.external_id if prior is not None else ""
