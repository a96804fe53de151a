"""`schema`: the JSON Schemas of what users write, for people and for their editors."""

from __future__ import annotations

from typing import Any

from reign.app.nouns import Where
from reign.app.workspace import Workspace, open_workspace
from reign.config import reign_schema
from reign.model.errors import Failed
from reign.model.finding import Finding
from reign.model.nearest import nearest


def file_schema(where: Where) -> dict[str, Any]:
    """The schema of `reign.yaml`, with every type that is installed here."""
    return schema_of_all(open_workspace(where))


def schema_of_all(space: Workspace) -> dict[str, Any]:
    """The same for rooms that are found already."""
    registry = space.registry
    names = (*registry.types(), *(f"data.{name}" for name in registry.data_types()))
    return reign_schema({name: space.schema(name) for name in names})


def type_schema(where: Where, type: str) -> dict[str, Any]:
    """The schema of one type's spec; `data.` in front may be left out where the type is only looked up.

    Raises Failed with the nearest name where there is none.
    """
    registry = open_workspace(where).registry
    looked_up = registry.data_types()
    schema = registry.schema(type) or (registry.schema(f"data.{type}") if type in looked_up else None)
    if schema is None:
        names = sorted({*registry.types(), *looked_up})
        meant = nearest(type, names)
        said = f"No installed provider has a type {type!r}. There are {', '.join(names)}."
        raise Failed(
            [Finding("usage/unknown-type", "Unknown type", said, fix=f"Did you mean {meant}?" if meant else "")]
        )
    return dict(schema.json)
