"""The published JSON Schema: up to date, and of one mind with the loader. REIGN_ACCEPT=1 writes it anew."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reign.app.nouns import Where
from reign.app.workspace import open_workspace
from reign.config import include_schema, overlay_schema, reign_schema, type_schema
from reign.model.schema import Schema
from reign.providers.registry import BUILT_IN, provider_of
from reign.yaml.compose import compose
from reign.yaml.nodes import Source
from reign.yaml.report import Report
from reign.yaml.scalars import literal

from .conftest import SCHEMAS

FOLDER = Path(__file__).parents[2] / "schemas"
PUBLISHED = {"reign": reign_schema, "reign.overlay": overlay_schema, "reign.include": include_schema}


def built_in() -> dict[str, Schema]:
    """The types that come with Reign."""
    registry = open_workspace(Where(FOLDER)).registry
    names = (*registry.types(), *(f"data.{name}" for name in registry.data_types()))
    known = {name: registry.schema(name) for name in names if provider_of(name) in (*BUILT_IN, "project")}
    return {name: schema for name, schema in known.items() if schema}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_schema_is_up_to_date(name: str) -> None:
    path = FOLDER / f"{name}.schema.json"
    made = PUBLISHED[name](built_in())
    text = json.dumps(made, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    if os.environ.get("REIGN_ACCEPT") == "1":
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
    Draft202012Validator.check_schema(made)


def problems(text: str, make: Callable[[Mapping[str, Schema]], dict[str, Any]] = reign_schema) -> list[str]:
    """Where the schema finds fault with a file."""
    head = "version: 1\nproject: shop\n" if make is reign_schema else ""
    return faults(head + text, Draft202012Validator(make(SCHEMAS)))


def faults(text: str, validator: Draft202012Validator) -> list[str]:
    node = compose(Source("reign.yaml", text), Report())
    assert node
    return sorted({"/".join(map(str, error.absolute_path)) for error in validator.iter_errors(literal(node))})


GOOD = [
    "",
    "resources:\n",
    "resources:\n  a: {type: value}\n",
    "resources:\n  a: {type: value, count: '${var.n}', enabled: '${var.on}', timeout: 2m, depends_on: a}\n",
    "resources:\n  a: {type: value, timeout: {create: 2m}, retry: {attempts: '${var.n}', initial: 500ms}}\n",
    "resources:\n  a: {type: memory.thing, spec: {name: 1.10, size: '${var.n}', ports: [{number: 80}], wait: 1m30s}}\n",
    "resources:\n  a: {type: shell.command, spec: {create: [[a, b], 'c d'], timeout: 5s}}\n",
    "variables: {a: {type: map(list(number)), default: {}, nullable: true}}\n",
    "outputs: {a: {value: null}}\nlocals: {a: [1]}\nproviders: {local.x: {folder: y}}\n",
    "secrets: {a: {env: X}, b: {file: x.key}, c: {command: [op, read]}, d: {command: pass x}, e: {generate: {length: 40}}}\n",
    "data: {a: {type: memory.thing, spec: {name: x}, for_each: [a]}}\nsecrets:\nchecks:\n",
    "resources: {a: {type: value, health: {http: 'http://x/', status: 200-399, interval: 2s}}}\n",
    "resources: {a: {type: value, allow: [{code: a/b, reason: x, until: 2027-01-01}], provider: '${var.x}'}}\n",
    "checks: [{name: a, assert: '${var.a == 1}', severity: minor}, {name: b, assert: true}]\n",
    "imports: [{to: a, id: x}]\nmoved: [{from: a, to: b}]\nremoved: [{from: a, destroy: false, unprotect: x}]\n",
]
BAD = [
    ("resorces: {}\n", ""),
    ("resources: {a: {type: vlaue}}\n", "resources/a/type"),
    ("resources: {a: {type: value, spce: {}}}\n", "resources/a"),
    ("resources: {a: {type: memory.thing, spec: {nmae: x}}}\n", "resources/a/spec"),
    ("resources: {a: {type: memory.thing, spec: {size: big}}}\n", "resources/a/spec/size"),
    ("resources: {a: {type: value, lifecycle: {on_destroy: keep}}}\n", "resources/a/lifecycle"),
    ("variables: {a: {type: strnig}}\n", "variables/a/type"),
    ("outputs: {a: {}}\n", "outputs/a"),
    ("secrets: {a: {env: X, file: y}}\n", "secrets/a"),
    ("secrets: {a: {}}\n", "secrets/a"),
    ("data: {a: {type: local.file}}\n", "data/a/type"),
    ("data: {a: {type: memory.thing, spec: {nmae: x}}}\n", "data/a/spec"),
    ("resources: {a: {type: value, health: {}}}\n", "resources/a/health"),
    ("resources: {a: {type: value, allow: [{code: a/b}]}}\n", "resources/a/allow/0"),
    ("checks: [{name: a}]\n", "checks/0"),
    ("moved: [{from: a}]\n", "moved/0"),
    ("resources: {A b: {type: value}}\n", "resources"),
    ("resources: '${var.a}'\n", "resources"),
]


@pytest.mark.parametrize("text", GOOD)
def test_an_editor_accepts_what_is_right(text: str) -> None:
    assert problems(text) == []


@pytest.mark.parametrize(("text", "place"), BAD)
def test_an_editor_marks_what_is_wrong(text: str, place: str) -> None:
    assert any(found == place or found.startswith(f"{place}/") or place.startswith(found) for found in problems(text))


def test_the_same_types_give_the_same_text() -> None:
    one: dict[str, Any] = reign_schema(SCHEMAS)
    assert json.dumps(one) == json.dumps(reign_schema(dict(reversed(SCHEMAS.items()))))


LAID_OVER = [
    "resources: {a: {spec: {value: 1}}}\n",
    "resources: {a: {spec: {any+: [1], labels!: {b: c}, name: null}}}\n",
    "resources: {a: {type: memory.thing, spec: {files+: [x], labels!: {b: c}, name: null, ports: [{number: 80}]}}}\n",
    "resources: {a: {depends_on+: [b], tags!: [x], lifecycle: {ignore_changes+: [y]}, health: {interval: 3s}}, b: null}\n",
    "resources: {a!: {type: value, spec: {value: 1}}}\n",
    "variables: {tag: {default: x}}\nlocals: {a+: [1], b: null, c!: {d: e}}\nsecrets: {db: {env: null, file: x}}\n",
    "checks+: [{name: a, assert: true}]\nimports!: []\nremoved+: [{from: a}]\nmoved: null\n",
    "settings: {execution: {parallelism: 3, retry!: {attempts: 2}}, findings_thresholds: {major: unlimited}}\n",
    "version: 1\nproject: shop\nenvironments: {prod: {confirm: name}}\nproviders: {local.x: {folder: y}}\n",
]
NOT_LAID_OVER = [
    ("include: [a.yaml]\n", ""),
    ("requires: {reign: '>=0.1'}\n", ""),
    ("resorces: {}\n", ""),
    ("resources+: {}\n", ""),
    ("settings: {default_env: prod}\n", "settings"),
    ("resources: {a: {spce: {}}}\n", "resources/a"),
    ("resources: {a: {tags: {a: b}}}\n", "resources/a/tags"),
    ("resources: {a: {lifecycle+: []}}\n", "resources/a"),
    ("resources: {a: {lifecycle: {on_destroy!: keep}}}\n", "resources/a/lifecycle"),
    ("resources: {a: {type: memory.thing, spec: {nmae: x}}}\n", "resources/a/spec"),
    ("resources: {a: {type: memory.thing, spec: {size+: [1]}}}\n", "resources/a/spec"),
    ("checks+: [{name: a}]\n", "checks+/0"),
    ("imports: [{to+: a, id: x}]\n", "imports/0"),
]


@pytest.mark.parametrize("text", LAID_OVER)
def test_an_overlay_is_accepted(text: str) -> None:
    assert problems(text, overlay_schema) == []


@pytest.mark.parametrize(("text", "place"), NOT_LAID_OVER)
def test_what_an_overlay_may_not_say_is_marked(text: str, place: str) -> None:
    found = problems(text, overlay_schema)
    assert any(each == place or place.startswith(each) for each in found)


def test_a_file_that_is_included_has_no_head() -> None:
    assert problems("resources: {a: {type: value}}\nlocals: {b: 1}\n", include_schema) == []
    for name in ("version: 1", "project: a", "include: []", "settings: {}", "environments: {}", "requires: {}"):
        assert problems(f"{name}\n", include_schema) == [""]
    assert problems("resources: {a!: {spec: {}}}\n", include_schema) == ["resources"]


def described(schema: Any, path: str = "") -> Iterator[tuple[str, bool]]:
    """Every field that a schema has, and whether it says what it is for."""
    if isinstance(schema, list):
        for part in schema:
            yield from described(part, path)
    elif isinstance(schema, dict):
        for name, field in schema.get("properties", {}).items():
            yield f"{path}.{name}", bool(field.get("description"))
        for key, part in schema.items():
            if key not in ("if", "oneOf", "allOf"):
                yield from described(part, f"{path}/{key}")


@pytest.mark.parametrize("name", PUBLISHED)
def test_everything_says_what_it_is_for(name: str) -> None:
    found = list(described(PUBLISHED[name](built_in())))
    assert len(found) > 150
    assert [path for path, is_described in found if not is_described] == []


def test_the_schema_of_a_type_is_what_users_write() -> None:
    made = type_schema(built_in()["local.file"])
    assert set(made["properties"]) == {"path", "content", "content_base64", "source", "mode", "backup"}
    assert made["properties"]["mode"]["default"] == "0644"
    assert made["x_reign"]["outputs"]["sha256"] == "sha256 of the content."
    shell = type_schema(built_in()["shell.command"])["properties"]
    assert shell["timeout"]["default"] == "30s"
    assert shell["shell"]["anyOf"][0] == {"enum": ["bash", "sh", "pwsh", None]}
    assert shell["absent_codes"]["anyOf"][0]["items"]["anyOf"][0]["maximum"] == 255
    for schema in built_in().values():
        Draft202012Validator.check_schema(type_schema(schema))
