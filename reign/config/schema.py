"""The published JSON Schema of reign.yaml, for editors: the document's models, with the spec of every type in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reign.config.document import Document
from reign.model.schema import Field, Kind, Schema

EXPRESSION = {"type": "string", "pattern": r"\$\{"}
"""What may stand wherever a value stands."""

_DATA = "data."
"""In front of the name of a type that is only looked up."""

_STATIC = ("version", "project", "requires", "include", "environments", "variables")
"""Sections that are read before anything that an expression could refer to."""

_STATIC_MODELS = ("VariableModel", "EnvironmentModel", "RequiresModel")


def reign_schema(schemas: Mapping[str, Schema]) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of reign.yaml with the types in `schemas`, those of data as `data.TYPE`.

    The same input gives the same text.
    """
    document = Document.model_json_schema()
    definitions: dict[str, Any] = document.pop("$defs")
    for name in definitions:
        if name not in _STATIC_MODELS:
            definitions[name] = _with_expressions(definitions[name])
    made = {name: schema for name, schema in schemas.items() if not name.startswith(_DATA)}
    data = {name.removeprefix(_DATA): schema for name, schema in schemas.items() if name.startswith(_DATA)}
    _by_type(definitions["BlockModel"], made)
    _by_type(definitions["DataModel"], data)
    properties = document["properties"]
    for name, section in properties.items():
        if name not in _STATIC:
            properties[name] = {"anyOf": [section, {"type": "null"}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "reign.yaml",
        **{key: value for key, value in document.items() if key != "title"},
        "$defs": definitions,
    }


def _by_type(block: dict[str, Any], schemas: Mapping[str, Schema]) -> None:
    """Let the type of a block decide what may stand in its spec."""
    names = {"enum": sorted(schemas)} if schemas else {"type": "string"}
    block["properties"]["type"] = {**names, "description": "What it is."}
    block["properties"]["spec"] = {"type": ["object", "null"], "description": "Its settings, by its type."}
    block["properties"]["depends_on"] = {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]}
    block["allOf"] = [
        {
            "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
            "then": {"properties": {"spec": _spec(schema)}},
        }
        for name, schema in sorted(schemas.items())
    ]


def _spec(schema: Schema) -> dict[str, Any]:
    spec = {**_object(schema.fields), "type": ["object", "null"]}
    return {**spec, "description": schema.description} if schema.description else spec


def _object(fields: Mapping[str, Field]) -> dict[str, Any]:
    written = {name: field for name, field in fields.items() if not field.computed}
    shape: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _field(field) for name, field in written.items()},
    }
    required = [name for name, field in written.items() if field.required]
    return {**shape, "required": required} if required else shape


def _field(field: Field) -> dict[str, Any]:
    kind = _kind(field.kind)
    return {**kind, "description": field.description} if field.description else kind


def _kind(kind: Kind) -> dict[str, Any]:
    """What may be written in a field of `kind`. A text field takes any scalar, since it is read from its source text."""
    match kind.name:
        case "string" | "source" | "text_source" | "template":
            return {"type": ["string", "number", "boolean", "null"]}
        case "duration":
            return {"type": ["string", "null"]}
        case "command":
            words = {"type": "array", "items": {"type": ["string", "number", "boolean", "array"]}}
            return {"anyOf": [{"type": ["string", "null"]}, words]}
        case "list":
            shape = {"type": ["array", "null"], "items": _kind(kind.item or Kind())}
        case "map":
            shape = {"type": ["object", "null"], "additionalProperties": _kind(kind.item or Kind())}
        case "object":
            shape = _object(kind.fields or {})
        case "number" | "integer" | "bool":
            shape = {"type": ["boolean" if kind.name == "bool" else kind.name, "null"]}
        case _:
            return {}
    return {"anyOf": [shape, EXPRESSION]}


def _with_expressions(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a model whose fields may hold an expression instead of what they say."""
    properties = {name: _or_expression(field) for name, field in schema.get("properties", {}).items()}
    return {**{key: value for key, value in schema.items() if key != "title"}, "properties": properties}


def _or_expression(field: dict[str, Any]) -> dict[str, Any]:
    about: dict[str, Any] = {key: field[key] for key in ("description", "default") if key in field}
    shape = {key: value for key, value in field.items() if key not in ("description", "default", "title")}
    return {**about, "anyOf": [shape, EXPRESSION]} if shape else about
