"""Writing down by hand what a resource is: no provider is asked, and none is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reign.app.push import hidden
from reign.app.surgery import Operation
from reign.app.workspace import Workspace
from reign.model.address import Address, parse_address
from reign.model.errors import Failed, InvalidSpec
from reign.model.event import State
from reign.model.finding import Finding
from reign.model.resource import Snapshot
from reign.model.values import Spec
from reign.planning import by_hand, findings
from reign.planning.pushing import is_same, slips_out
from reign.planning.selection import Names
from reign.planning.surgery import Record, Surgery, matches


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody says of a resource. None: as it is recorded, else as the type has it."""

    address: str
    spec: Spec
    outputs: Spec | None = None
    external_id: str | None = None
    depends_on: Sequence[str] | None = None
    protected: bool | None = None


def record(told: Told) -> Operation:
    """The state says of `told.address` what `told` does. Raises Failed where that is no address."""
    try:
        address = parse_address(told.address)
    except ValueError:
        raise Failed([by_hand.no_address(told.address)]) from None

    def plan(state: State, space: Workspace, _: Mapping[str, str]) -> Surgery:
        return _planned(space.opened(state), space, address, told)

    return Operation("state record", plan)


def one_of(state: State, text: str) -> Address | None:
    """The one in the state that `text` names; None where nothing is called so. Raises Failed where several are."""
    found = Names(sorted(state.resources, key=Address.sort_key)).find(text)
    if len(found) > 1:
        raise Failed([by_hand.ambiguous(text, found)])
    return found[0] if found else None


def _planned(state: State, space: Workspace, address: Address, told: Told) -> Surgery:
    if address.mode == "data":
        return Surgery(findings=(by_hand.no_address(told.address),))
    schema = space.registry.schema(address.type)
    if schema is None:
        return Surgery(findings=(by_hand.unknown_type(address),))
    before = state.resources.get(address)
    edges, wrong = _edges(state, told, before)
    try:
        spec = space.registry.normalize(address.type, dict(told.spec))
    except InvalidSpec as error:
        return Surgery(findings=(*wrong, *(findings.invalid(address, problem) for problem in error.problems)))
    made = Snapshot(
        address,
        before.connection if before else address.provider,
        told.external_id or (before.external_id if before else address.text),
        spec,
        _outputs(told, before, {name: spec[name] for name in schema.outputs if name in spec}),
        edges,
        schema_version=schema.version,
    )
    if before is not None:
        made = replace(made, **{name: getattr(before, name) for name in _KEPT})
    if told.protected is not None:
        made = replace(made, lifecycle=replace(made.lifecycle, prevent_destroy=told.protected))
    made = hidden(space, made, before)
    after = Record("record", address, before, made)
    wrong += [by_hand.slips_out(address)] if slips_out(after) else []
    if wrong:
        return Surgery(findings=tuple(wrong))
    return Surgery(already=(address,)) if is_same(before, made) else Surgery((after,))


_KEPT = ("lifecycle", "create_key", "settings", "found", "created_run", "created_at")
"""What nobody says, and stays as it is recorded."""


def _outputs(told: Told, before: Snapshot | None, same: Spec) -> Spec:
    """`same` are the fields that are outputs as well."""
    if told.outputs is not None:
        return {**same, **told.outputs}
    return {**(before.outputs if before else {}), **same}


def _edges(state: State, told: Told, before: Snapshot | None) -> tuple[tuple[str, ...], list[Finding]]:
    if told.depends_on is None:
        return (before.depends_on if before else ()), []
    found, wrong = matches(state.resources, told.depends_on)
    return tuple(each.text for each in found), wrong
