"""The last look before the first write: what was reviewed must still be what is there."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from dataclasses import replace

from reign.app.nouns import Looking, Planned, nobody
from reign.app.observe import Observed, observe
from reign.app.sources import content_hash, is_kept, pinned_sources
from reign.app.workspace import Workspace
from reign.model.address import Address
from reign.model.errors import ProviderError, Stale
from reign.model.event import State
from reign.model.finding import Finding
from reign.model.plan import Change, Plan
from reign.model.resource import Import, Observation, Resource
from reign.model.values import Value
from reign.planning import is_as_planned


def check_reality(space: Workspace, planned: Planned, state: State, looking: Looking = nobody) -> Observed:
    """Observe again everything that the plan changes, in one batch per connection. Raises Stale naming each difference."""
    seen, moved = _moved_resources(space, planned.plan, state, looking)
    findings = [*moved, *_changed_sources(space, planned)]
    if findings:
        raise Stale(findings)
    return seen


def _moved_resources(space: Workspace, plan: Plan, state: State, looking: Looking) -> tuple[Observed, list[Finding]]:
    changes = {change.address: change for change in plan.actions() if change.address.mode == "managed"}
    desired = {at: _as_planned(change.desired, change) for at, change in changes.items() if change.desired}
    imports = [Import(change.address, change.import_id) for change in changes.values() if change.import_id is not None]
    site = space.site(plan.basis.lineage, plan.project, plan.env)
    held = _renamed(state, changes.values())
    seen = observe(space, site, desired, held, plan.connections, changes, imports, looking)
    keyed = space.vault(plan.basis.lineage).hash
    return seen, [
        finding
        for address, change in changes.items()
        if address in seen and (finding := _difference(plan, change, seen[address], keyed))
    ]


def _renamed(state: State, changes: Iterable[Change]) -> State:
    """The state with what the plan moves under its new names."""
    resources = dict(state.resources)
    moved = {change.address: change.previous_address for change in changes if change.previous_address is not None}
    left = {old: resources.pop(old) for old in moved.values() if old in resources}
    return replace(state, resources=resources | {new: left[old] for new, old in moved.items() if old in left})


def _as_planned(desired: Resource, change: Change) -> Resource:
    """The resource with the spec that the plan observed by: a provider reports the fields of the completed spec."""
    return replace(desired, spec=change.after or {})


def _difference(
    plan: Plan, change: Change, seen: Observation | ProviderError | None, hash: Callable[[Value], str]
) -> Finding | None:
    """What to say when `seen` is not what the plan was made from."""
    if isinstance(seen, ProviderError):
        return unreachable(change.address, seen)
    if is_as_planned(change, seen, hash):
        return None
    return Finding(
        "plan/reality-changed",
        "Reality changed since the plan was made",
        f"{change.address} is not what the plan was made from, so nothing was done.",
        address=str(change.address),
        fix=f"Plan again: {planned_by(plan)}",
    )


def unreachable(address: Address, error: ProviderError) -> Finding:
    """That nobody can tell whether reality is still what it was."""
    text = f"{address} cannot be looked at, so nothing was done. {error}"
    return Finding("plan/unreachable", "Reality cannot be told", text, address=str(address), fix=error.fix)


def _changed_sources(space: Workspace, planned: Planned) -> list[Finding]:
    """Of what a rollback needs again, the copy that is kept will do."""
    goes_back = planned.plan.rollback is not None
    return [
        Finding(
            "plan/source-changed",
            "Source file changed since the plan was made",
            f"{source} holds other bytes than when {address} was planned, so nothing was done.",
            address=str(address),
            fix=f"Plan again: {planned_by(planned.plan)}",
        )
        for address, source, sha256 in pinned_sources(planned)
        if content_hash(space.folder / source) != sha256 and not (goes_back and is_kept(space, sha256))
    ]


def planned_by(plan: Plan) -> str:
    """The command that makes such a plan anew, into a file."""
    if plan.rollback is None:
        return "reign plan --out F"
    return f"reign rollback --to {shlex.quote(plan.rollback.to.split(' ')[-1])} --out F"
