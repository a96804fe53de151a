"""The published JSON Schema: up to date, and of one mind with the loader. REIGN_ACCEPT=1 writes it anew."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reign.config import reign_schema
from reign.config.compose import compose
from reign.config.nodes import Source
from reign.config.report import Report
from reign.config.scalars import literal
from reign.providers.registry import BUILT_IN, Registry

from .conftest import SCHEMAS

PUBLISHED = Path(__file__).parents[2] / "schemas" / "reign.schema.json"


def test_the_published_schema_is_up_to_date() -> None:
    registry = Registry()
    names = [name for name in registry.types() if name.partition(".")[0] in BUILT_IN]
    data = [f"data.{name}" for name in registry.data_types() if name.partition(".")[0] in BUILT_IN]
    types = {name: registry.schema(name) for name in (*names, *data)}
    made = reign_schema({type_: schema for type_, schema in types.items() if schema})
    text = json.dumps(made, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    if os.environ.get("REIGN_ACCEPT") == "1":
        PUBLISHED.write_text(text, encoding="utf-8")
    assert PUBLISHED.read_text(encoding="utf-8") == text
    Draft202012Validator.check_schema(made)


def problems(text: str) -> list[str]:
    """Where the schema finds fault with a reign.yaml."""
    node = compose(Source("reign.yaml", f"version: 1\nproject: shop\n{text}"), Report())
    assert node
    validator = Draft202012Validator(reign_schema(SCHEMAS))
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
