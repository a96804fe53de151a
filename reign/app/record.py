"""Writing down by hand what a resource is: no provider is asked, and none is called."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from reign.app.push import hidden
from reign.app.surgery import Operation
from reign.app.workspace import Workspace
from reign.model.address import Address, parse_address
from reign.model.errors import Failed, InvalidSpec
from reign.model.event import State
from reign.model.finding import Finding
from reign.model.misfit import Misfit, address_misfits, plain_misfits
from reign.model.resource import Snapshot
from reign.model.values import Spec
from reign.planning import by_hand, findings
from reign.planning.pushing import held_twice, is_same, slips_out
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
    """The state says of `told.address` what `told` does, whatever becomes of its maps later.

    Raises Failed where that is no address of a resource, or where something of it could not be written down.
    """
    if any(address_misfits(told.address, ())):
        raise Failed([by_hand.no_address(told.address)])
    address = parse_address(told.address)
    wrong = [by_hand.unwritable(address, each.path, each.what) for each in _misfits(told)]
    if wrong:
        raise Failed(wrong)
    told = replace(told, spec=_plain(told.spec), outputs=None if told.outputs is None else _plain(told.outputs))

    def plan(state: State, space: Workspace, _: Mapping[str, str]) -> Surgery:
        return _planned(space.opened(state), space, address, told)

    return Operation("state record", plan)


_KINDS: Mapping[str, tuple[Any, str]] = {
    "spec": (Mapping, "a map"),
    "outputs": (Mapping, "a map"),
    "external_id": (str, "a text"),
    "depends_on": (Collection, "a list"),
    "protected": (bool, "true or false"),
}


def _misfits(told: Told) -> Iterator[Misfit]:
    """What is not as `Told` has it: a program may hand over anything."""
    for name, (kind, word) in _KINDS.items():
        value: Any = getattr(told, name)
        if value is None and name != "spec":
            continue
        if not isinstance(value, kind) or (name == "depends_on" and isinstance(value, str)):
            kind_of = "None" if value is None else f"of the type {type(value).__name__}"
            yield Misfit((name,), f"is {kind_of}, and not {word}")
        elif kind is Mapping:
            yield from plain_misfits(dict(value), (name,))
        elif name == "depends_on" and not all(isinstance(each, str) for each in value):
            yield Misfit((name,), "names what is not a text")


def _plain(value: Spec) -> Spec:
    """`value` as it is read from the state again."""
    return cast("Spec", json.loads(json.dumps(dict(value))))


def one_of(state: State, text: str) -> Address | None:
    """The one in the state that `text` names; None where nothing is called so. Raises Failed where several are."""
    found = Names(sorted(state.resources, key=Address.sort_key)).find(text)
    if len(found) > 1:
        raise Failed([by_hand.ambiguous(text, found)])
    return found[0] if found else None


def _planned(state: State, space: Workspace, address: Address, told: Told) -> Surgery:
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
    if not is_same(before, made):
        recorded = replace(state, resources={**state.resources, address: made})
        wrong += held_twice(recorded, (address,), space.registry.schema)
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
