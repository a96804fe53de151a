"""The published JSON Schemas of what users write, for editors: the document's models, with the spec of every type in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reign.config.document import DURATION, NAME, Document
from reign.config.include import ONLY_IN_FILE
from reign.config.overlay_schema import laid_over
from reign.config.spec_schema import EXPRESSION, TEXT, spec_schema
from reign.model.schema import Schema
from reign.yaml.scalars import written_seconds

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_DATA = "data."
"""In front of the name of a type that is only looked up."""

_NAMED = ("environments", "variables", "locals", "secrets", "data", "resources", "outputs")
"""Sections whose keys are names."""

_STATIC_MODELS = ("VariableModel", "EnvironmentModel", "RequiresModel")
"""Parts that are read before anything that an expression could refer to."""
_NOT_IN_OVERLAY = ("include", "requires")
_ABOUT = ("description", "default", "examples", "title")
_MARKDOWN = re.compile(r"[`*_]")
_NULL = {"type": "null"}


def reign_schema(schemas: Mapping[str, Schema]) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of reign.yaml with the types in `schemas`, those of data as `data.TYPE`.

    The same input gives the same text.
    """
    document = Document.model_json_schema()
    definitions: dict[str, Any] = document.pop("$defs")
    made = {name: schema for name, schema in schemas.items() if not name.startswith(_DATA)}
    data = {name.removeprefix(_DATA): schema for name, schema in schemas.items() if name.startswith(_DATA)}
    shaped = {name: _model(part, name not in _STATIC_MODELS, definitions) for name, part in definitions.items()}
    for name, types, front in (("BlockModel", made, ""), ("DataModel", data, _DATA)):
        shaped[name] = _by_type(shaped[name], types, front)
    specs = {f"spec.{name}": spec_schema(schema) for name, schema in schemas.items()}
    required, sections = document["required"], document.pop("properties").items()
    written = {name: _field(part, False, name not in required, definitions) for name, part in sections}
    for name in _NAMED:
        written[name]["anyOf"][0]["propertyNames"] = {"pattern": f"^{NAME}$"}
    return _marked_up(
        {
            "$schema": DIALECT,
            "title": "reign.yaml",
            **{key: value for key, value in document.items() if key != "title"},
            "properties": written,
            "$defs": dict(sorted((shaped | specs).items())),
        }
    )


def include_schema(schemas: Mapping[str, Schema]) -> dict[str, Any]:
    """JSON Schema of a file that reign.yaml includes."""
    whole = reign_schema(schemas)
    return _part(whole, ONLY_IN_FILE, "a file that reign.yaml includes", "More of a project, named under `include`.")


def overlay_schema(schemas: Mapping[str, Schema]) -> dict[str, Any]:
    """JSON Schema of an overlay: reign.NAME.yaml or reign.local.yaml."""
    about = "What is laid over reign.yaml: for one environment, or on one machine. `key+` appends, `key!` replaces, null removes."
    whole = _part(reign_schema(schemas), _NOT_IN_OVERLAY, "reign.NAME.yaml", about)
    settings = whole["$defs"]["SettingsModel"]
    kept = {name: part for name, part in settings["properties"].items() if name != "default_env"}
    over = laid_over({**whole, "$defs": {**whole["$defs"], "SettingsModel": {**settings, "properties": kept}}})
    for name in ("version", "project"):
        over["properties"][name] = whole["properties"][name]
    return over


def type_schema(schema: Schema) -> dict[str, Any]:
    """JSON Schema of the spec of one type."""
    return _marked_up({"$schema": DIALECT, **spec_schema(schema)})


def _marked_up(schema: Mapping[str, Any]) -> dict[str, Any]:
    """`schema`, where editors are told that a description with signs of Markdown in it is written in that."""
    made = {key: _marked_up_inside(part) for key, part in schema.items()}
    about = made.get("description")
    if isinstance(about, str) and _MARKDOWN.search(about):
        made["markdownDescription"] = about
    return made


def _marked_up_inside(part: Any) -> Any:
    if isinstance(part, list):
        return [_marked_up_inside(each) for each in part]
    return _marked_up(part) if isinstance(part, dict) else part


def _part(whole: Mapping[str, Any], without: tuple[str, ...], title: str, about: str) -> dict[str, Any]:
    properties = {name: part for name, part in whole["properties"].items() if name not in without}
    kept = {key: value for key, value in whole.items() if key not in ("required", "markdownDescription")}
    return {**kept, "title": title, "description": about, "properties": properties}


def _by_type(block: Mapping[str, Any], schemas: Mapping[str, Schema], front: str) -> dict[str, Any]:
    """Let the type of a block decide what may stand in its spec."""
    names = sorted(schemas)
    about = [schemas[name].description for name in names]
    told: dict[str, Any] = {"type": "string", "description": block["properties"]["type"]["description"]}
    if names:
        told |= {"enum": names, "enumDescriptions": about, "markdownEnumDescriptions": about}
    spec = {"type": ["object", "null"], "description": block["properties"]["spec"]["description"]}
    cases = [
        {
            "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
            "then": {"properties": {"spec": {"$ref": f"#/$defs/spec.{front}{name}"}}},
        }
        for name in names
    ]
    depends = {**block["properties"]["depends_on"]}
    depends["anyOf"] = [*depends["anyOf"], {"type": TEXT}]
    return {
        **block,
        "properties": {**block["properties"], "type": told, "spec": spec, "depends_on": depends},
        "allOf": cases,
    }


def _model(schema: Mapping[str, Any], evaluates: bool, definitions: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a model as users write it. `evaluates`: its fields may hold an expression instead of what they say."""
    required = schema.get("required", ())
    fields = schema.get("properties", {}).items()
    made = {name: _field(part, evaluates, name not in required, definitions) for name, part in fields}
    return {**{key: value for key, value in schema.items() if key != "title"}, "properties": made}


def _field(field: Mapping[str, Any], evaluates: bool, optional: bool, definitions: Mapping[str, Any]) -> dict[str, Any]:
    about = {key: field[key] for key in _ABOUT if key in field and key != "title" and field[key] not in (None, "")}
    references = [str(part["$ref"]) for part in (field, *field.get("anyOf", ())) if "$ref" in part]
    reference = definitions[references[0].rpartition("/")[2]] if references else {}
    if "description" in reference:
        about.setdefault("description", reference["description"])
    if DURATION in str(field) and isinstance(about.get("default"), float):
        about["default"] = written_seconds(about["default"])
    shape = _shape({key: value for key, value in field.items() if key not in _ABOUT})
    shapes = shape["anyOf"] if shape.keys() == {"anyOf"} else [shape] if shape else []
    if shapes:
        shapes = [*shapes, *([EXPRESSION] if evaluates else []), *([_NULL] if optional and _NULL not in shapes else [])]
    return {**about, **(shapes[0] if len(shapes) == 1 else {"anyOf": shapes} if shapes else {})}


def _shape(shape: Mapping[str, Any]) -> dict[str, Any]:
    """What a field takes: a text is read from its source text, whatever that would be elsewhere."""
    made = {key: value for key, value in shape.items() if key != "title"}
    if made.get("type") == "string" and not {"pattern", "format", "enum", "const"} & made.keys():
        made["type"] = TEXT
    elif made.get("pattern") == f"^{NAME}$":
        made["type"] = ["string", "boolean"]  # which `on` and `true` are, and both are names
    for key in ("items", "additionalProperties"):
        if isinstance(made.get(key), dict):
            made[key] = _shape(made[key])
    if "anyOf" in made:
        made["anyOf"] = [_shape(part) for part in made["anyOf"]]
    return made
