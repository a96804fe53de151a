"""`state pull` and `state push`: the state as a document, out and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from reign.app.look import state as look
from reign.app.nouns import Where
from reign.app.surgery import Operation
from reign.app.workspace import Workspace
from reign.execution.marks import answered, written
from reign.model.address import Address
from reign.model.event import OutputValue, State
from reign.model.resource import Observation, Snapshot
from reign.model.values import Value
from reign.planning import by_hand, pushing
from reign.planning.surgery import Surgery
from reign.state import read
from reign.state.document import document, read_document


def pull(where: Where) -> dict[str, Any]:
    """The state as a document. Raises Failed where there is no project, or its journal is damaged."""
    return document(look(where))


def push(data: bytes) -> Operation:
    """The state becomes what the document `data` says. Raises Failed with everything that is wrong with it."""
    wanted = read_document(data)

    def plan(state: State, space: Workspace, _: Mapping[str, str]) -> Surgery:
        if state.last_seq and wanted.lineage != state.lineage:
            return Surgery(findings=(by_hand.other_lineage(wanted.lineage, state.lineage),))
        twin = _twin(space, wanted.lineage) if not state.last_seq else None
        if twin is not None:
            return Surgery(findings=(by_hand.lineage_twice(wanted.lineage, twin),))
        for secret in wanted.secrets.values():
            space.vault(wanted.lineage).decrypt(cast("Value", secret))
        held = space.opened(state)
        return pushing.push(held, _marked(space, space.opened(wanted), held), space.registry.schema)

    return Operation("state push", plan, wanted.lineage)


def _twin(space: Workspace, lineage: str) -> str | None:
    """The other environment whose state is of this lineage; None where there is none."""
    others = [each for each in space.layout.siblings() if each.state != space.layout.state]
    return next((each.env for each in others if lineage and read(each).lineage == lineage), None)


def _marked(space: Workspace, wanted: State, held: State) -> State:
    """`wanted` with a mark on everything that must not be shown, also where somebody wrote it in clear."""

    def several(snapshots: Mapping[Address, Snapshot], before: Mapping[Address, Snapshot]) -> dict[Address, Snapshot]:
        return {address: hidden(space, each, before.get(address)) for address, each in snapshots.items()}

    def output(name: str, told: OutputValue) -> OutputValue:
        before = held.outputs.get(name)
        return told if told == before else written(told, before, space.masks)

    return replace(
        wanted,
        resources=several(wanted.resources, held.resources),
        deposed=several(wanted.deposed, held.deposed),
        outputs={name: output(name, told) for name, told in wanted.outputs.items()},
    )


def hidden(space: Workspace, snapshot: Snapshot, held: Snapshot | None) -> Snapshot:
    """The same of one resource; `held` is what the state has of it, opened."""
    schema = space.registry.schema(snapshot.address.type)
    if schema is None:
        return snapshot
    seen = Observation(snapshot.external_id, snapshot.spec, snapshot.outputs)
    told = answered(seen, schema, held.spec if held else {}, held.outputs if held else {}, space.masks)
    return replace(snapshot, spec=told.spec, outputs=told.outputs)
