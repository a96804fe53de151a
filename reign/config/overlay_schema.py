"""The JSON Schema of an overlay, from that of what it is laid over: nothing is required, null removes, and keys have signs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_NULL = {"type": "null"}
_OVER = "Over"
"""Behind the name of a definition, for the one that is laid over it."""

_REQUIRES = ("required", "oneOf")
"""What is said of a whole object, of which an overlay holds a part."""

_ITSELF = ("description", "markdownDescription", "title", "default", "examples")


def laid_over(schema: Mapping[str, Any]) -> dict[str, Any]:
    """`schema` for what is laid over a document that meets it. Lists, and what stands under `key!`, are written in full, so
    they keep the definitions as they are."""
    definitions = schema["$defs"]
    over = {f"{name}{_OVER}": _over(part) for name, part in definitions.items()}
    made = _over({key: value for key, value in schema.items() if key != "$defs"})
    return {**made, "$defs": dict(sorted((definitions | over).items()))}


def _over(schema: Mapping[str, Any]) -> dict[str, Any]:
    made = {key: value for key, value in schema.items() if key not in _REQUIRES}
    if "$ref" in made:
        made["$ref"] += _OVER
    for key in ("anyOf", "allOf"):
        if key in made:
            made[key] = [_over(part) for part in made[key]]
    if "then" in made:
        made["then"] = _over(made["then"])
    if "properties" in made:
        made["properties"] = {name: _or_null(_over(part)) for name, part in made["properties"].items()}
        if schema.get("additionalProperties") is False:
            made["patternProperties"] = _signed(schema["properties"])
    if "propertyNames" in made:
        made["propertyNames"] = {"pattern": made["propertyNames"]["pattern"].removesuffix("$") + "[+!]?$"}
    if isinstance(schema.get("additionalProperties"), dict):
        made["additionalProperties"] = _or_null(_over(schema["additionalProperties"]))
    return made


def _signed(properties: Mapping[str, Any]) -> dict[str, Any]:
    """`key!` for every key, and `key+` for those of lists."""
    whole = {f"^{re.escape(name)}!$": _or_null(part) for name, part in properties.items()}
    more = {rf"^{re.escape(name)}\+$": _list_in(part) for name, part in properties.items()}
    return whole | {pattern: part for pattern, part in more.items() if part is not None}


def _list_in(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """The list that may stand in a field; None where none may."""
    about = {key: schema[key] for key in ("description",) if key in schema}
    if "array" in schema.get("type", ()):
        return {**schema, "type": "array"}
    part = next((part for part in schema.get("anyOf", ()) if "array" in part.get("type", ())), None)
    if part is not None:
        return {**part, "type": "array", **about}
    return {"type": "array", **about} if not schema.keys() - {*_ITSELF} else None


def _or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """`schema`, or null. What is said about it for people stands outside, where editors look."""
    kind = schema.get("type")
    shape = {key: value for key, value in schema.items() if key not in _ITSELF}
    if not shape or kind == "null" or (isinstance(kind, list) and "null" in kind) or _NULL in schema.get("anyOf", ()):
        return dict(schema)
    about = {key: value for key, value in schema.items() if key in _ITSELF}
    others = shape["anyOf"] if shape.keys() == {"anyOf"} else [shape]
    return {**about, "anyOf": [*others, _NULL]}
