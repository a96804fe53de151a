"""Plans whose every name, value and message tries to be something else than text."""

import json
from dataclasses import replace
from typing import Any

import pytest

from reign.api.document import plan_document
from reign.api.lines import version
from reign.api.stream import planned
from reign.cli.machine import stamped
from reign.model.values import format_path
from reign.render.json_text import in_ascii, json_text
from reign.render.words import safe
from tests.render.hostile import Hostile


@pytest.mark.parametrize("number", range(40))
def test_documents_and_lines_stay_json_and_say_the_same(number: int) -> None:
    hostile = Hostile(number)
    plan = hostile.plan()
    paths = tuple(format_path((hostile.word(), 0)) for _ in range(2))  # a path is never any text
    plan = replace(plan, changes=tuple(replace(change, replace_paths=paths) for change in plan.changes))
    document = plan_document(plan)
    text = json_text(document)
    assert as_read(json.loads(text.encode("utf-8", "strict"))) == as_read(document)
    assert json.loads(in_ascii(text).encode("ascii")) == json.loads(text)
    assert safe(text) == text
    lines = stamped([version(), *planned(plan)])
    assert safe(lines) == lines
    assert [as_read(line) for line in planned(plan)] == [untimed(line) for line in lines.splitlines()[1:]]


def untimed(line: str) -> Any:
    return {name: value for name, value in json.loads(line).items() if name != "@timestamp"}


def as_read(value: Any) -> Any:
    """Halves of characters that stand side by side are read as one."""
    return json.loads(json.dumps(value))
