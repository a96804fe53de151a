"""Checkpoints, and how two points of the state differ, as JSON documents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from reign.api.document import Json, output_change_document, resource_document
from reign.app.checkpoints import Compared
from reign.model.event import Checkpoint
from reign.model.resource import Snapshot
from reign.model.values import format_path
from reign.planning.between import Difference
from reign.planning.diff import differences
from reign.render.origins import attributes
from reign.render.table import jsonable

COLUMNS = ("name", "created_at", "serial", "resources", "automatic", "description", "checkpoint_id")


def row(held: Checkpoint) -> tuple[Any, ...]:
    """A row of `COLUMNS`."""
    at = datetime.fromisoformat(held.created_at)
    return (held.name, at, held.serial, held.resources, held.automatic, held.description, held.id)


def checkpoint_document(held: Checkpoint, **more: Any) -> Json:
    """One checkpoint, and what else there is to say of it."""
    told = dict(zip(COLUMNS, map(jsonable, row(held)), strict=True))
    return {**told, "digest": held.head, "run_id": held.run, **more}


def compared_document(compared: Compared) -> Json:
    """How two points differ: what is sensitive is absent, and its paths are named all the same."""
    return {
        "from": {"point": compared.before, "serial": compared.before_serial},
        "to": {"point": compared.after, "serial": compared.after_serial},
        "resources": [_difference(each) for each in compared.resources],
        "outputs": {change.name: output_change_document(change) for change in compared.outputs},
    }


def _difference(found: Difference) -> Json:
    told: Json = {"address": found.address.text, "difference": found.kind}
    if found.previous is not None:
        told["previous_address"] = found.previous.text
    told["changed"] = _changed(found.before, found.after)
    for name, side in (("before", found.before), ("after", found.after)):
        told[name] = resource_document(side) if side else None
    return told


def _changed(before: Snapshot | None, after: Snapshot | None) -> Sequence[str]:
    if before is None or after is None:
        return []
    old, new = (attributes(side.spec, side.outputs) or {} for side in (before, after))
    return [format_path(each.path) for each in differences(old, new)]
