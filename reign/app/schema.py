"""`schema`: the JSON Schemas of what users write, for people and for their editors."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from reign import __version__
from reign.app.nouns import Where
from reign.app.workspace import Workspace, open_workspace
from reign.config import include_schema, overlay_schema, reign_schema
from reign.config import type_schema as schema_of
from reign.model.address import Address
from reign.model.errors import Failed
from reign.model.finding import Finding
from reign.model.nearest import nearest
from reign.state.files import write_file

_COMMENT = f"Written by Reign {__version__}; a writer of another version renews it."

_FILES = {"": reign_schema, "overlay": overlay_schema, "include": include_schema}
"""The schema of each kind of file, by the word that asks for it."""


def schema(where: Where, name: str = "") -> dict[str, Any]:
    """The schema of `reign.yaml`, with every type that is installed here; of an `overlay` or an `include`; or of the spec of a
    type. `data.` in front of one may be left out where the type is only looked up.

    Raises Failed with the nearest name where there is none.
    """
    space = open_workspace(where)
    if name in _FILES:
        return _schema_of_file(space, name)
    registry = space.registry
    looked_up = registry.data_types()
    found = registry.schema(name) or (registry.schema(f"data.{name}") if name in looked_up else None)
    if found is None:
        names = sorted({*registry.types(), *looked_up})
        meant = nearest(name, [*names, *filter(None, _FILES)])
        said = f"No installed provider has a type {name!r}. There are {', '.join(names)}."
        raise Failed(
            [Finding("usage/unknown-type", "Unknown type", said, fix=f"Did you mean {meant}?" if meant else "")]
        )
    return schema_of(found)


def write_schemas(space: Workspace) -> list[str]:
    """Bring the schemas in `.reign` up to date, by which editors know what may be written. Those that were not, by name."""
    written = []
    for word in _FILES:
        document = {"$comment": _COMMENT, **_schema_of_file(space, word)}
        data = (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
        path = space.layout.root / _name(word)
        if not path.exists() or path.read_bytes() != data:
            write_file(path, data)
            written.append(path.name)
    return written


def renew_schemas(space: Workspace, addresses: Iterable[Address]) -> None:
    """Write them anew where another version of Reign wrote them, or the type of one of `addresses` was not installed then.

    Where there are none, nobody wants them; where they cannot be written, that keeps nobody from anything.
    """
    path = space.layout.root / _name("")
    with suppress(OSError):
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        types = {each.kind for each in addresses}
        if text and (_COMMENT not in text[:200] or any(f'"spec.{each}": {{' not in text for each in types)):
            write_schemas(space)


def _name(word: str) -> str:
    return f"reign.{word}.schema.json" if word else "reign.schema.json"


def _schema_of_file(space: Workspace, word: str) -> dict[str, Any]:
    registry = space.registry
    types = (*registry.types(), *(f"data.{each}" for each in registry.data_types()))
    return _FILES[word]({each: space.schema(each) for each in types})
