"""The JSON Schema of what users write as the spec of a type: from what a provider says of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reign.model.schema import Field, Kind, Schema
from reign.yaml.scalars import written_seconds

EXPRESSION = {"type": "string", "pattern": r"\$\{"}
"""What may stand wherever a value stands."""

TEXT = ["string", "number", "boolean"]
"""What a text field takes: it is read from its source text, so `1.10` and `no` are those characters."""

_RULES = ("enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "examples")
"""What a model may say of a value beyond its type, in the words of JSON Schema."""


def spec_schema(schema: Schema) -> dict[str, Any]:
    """JSON Schema of one type's spec. `x_reign.outputs` names what others may read of it."""
    spec = {"title": schema.type, **_object(schema.fields, schema.json), "type": ["object", "null"]}
    if schema.description:
        spec["description"] = schema.description
    outputs = {name: output.description for name, output in sorted(schema.outputs.items())}
    return {**spec, "x_reign": {"outputs": outputs}} if outputs else spec


def _object(
    fields: Mapping[str, Field], told: Mapping[str, Any], top: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """`told` is what the model of the fields says, `top` what its references lead into."""
    top = told if top is None else top
    written = {name: field for name, field in fields.items() if not field.computed}
    properties = told.get("properties", {})
    shape: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _field(field, properties.get(name, {}), top) for name, field in written.items()},
    }
    required = [name for name, field in written.items() if field.required]
    return {**shape, "required": required} if required else shape


def _field(field: Field, told: Mapping[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    about: dict[str, Any] = {"description": field.description} if field.description else {}
    if told.get("default") is not None:
        default = told["default"]
        about["default"] = written_seconds(default) if field.kind.name == "duration" else default
    return {**_kind(field.kind, _plain(told, top), top), **about}


def _plain(told: Mapping[str, Any], top: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a model says of a value that is there: without the way around by a reference, and without null."""
    parts = [part for part in told.get("anyOf", ()) if part.get("type") != "null"]
    if len(parts) == 1:
        return _plain(parts[0], top)
    reference = str(told.get("$ref", ""))
    if reference.startswith("#/$defs/"):
        return _plain(top.get("$defs", {}).get(reference.removeprefix("#/$defs/"), {}), top)
    return told


def _kind(kind: Kind, told: Mapping[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    """What may be written in a field of `kind`, in any of its forms; null leaves it out."""
    if not kind.also:
        return _form(kind, told, top)
    return {"anyOf": [_form(kind, told, top), *(_form(other, {}, top) for other in kind.also)]}


def _form(kind: Kind, told: Mapping[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    rules = {name: told[name] for name in _RULES if name in told}
    match kind.name:
        case "string" | "source" | "text_source" | "template":
            if "enum" not in rules:
                return {"type": [*TEXT, "null"], **rules}
            shape = {**rules, "enum": [*rules["enum"], None]}
        case "duration":
            return {"type": ["string", "null"], "examples": ["30s", "1h30m"]}
        case "command":
            words = {"type": "array", "items": {"type": [*TEXT, "array"]}}
            return {"anyOf": [{"type": ["string", "null"]}, words]}
        case "list":
            item = _kind(kind.item or Kind(), _plain(told.get("items", {}), top), top)
            shape = {"type": ["array", "null"], "items": item, **rules}
        case "map":
            of = told.get("additionalProperties", {})
            item = _kind(kind.item or Kind(), _plain(of if isinstance(of, dict) else {}, top), top)
            shape = {"type": ["object", "null"], "additionalProperties": item}
        case "object":
            shape = _object(kind.fields or {}, told, top)
        case "number" | "integer" | "bool":
            shape = {"type": ["boolean" if kind.name == "bool" else kind.name, "null"], **rules}
        case _:
            return {}
    return {"anyOf": [shape, EXPRESSION]}
