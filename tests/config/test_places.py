"""Where findings point: the problems of providers, and the characters of expressions."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reign.config import Project
from reign.model.errors import Problem
from reign.yaml.compose import Unreadable, compose
from reign.yaml.nodes import Mapping, Scalar, Source
from reign.yaml.offsets import place_of
from reign.yaml.report import Report

TEXT = """\
version: 1
project: shop
resources:
  net: {type: value}
  web:
    type: memory.thing
    for_each: [eu, us]
    spec:
      name: ab
      ports:
        - number: 80
          name: a
        - {number: x, name: b}
      labels: {a.b: c}
"""


@pytest.mark.parametrize(
    ("path", "nearest", "place"),
    [
        (("name",), "", "reign.yaml:9:13"),
        (("ports",), "", "reign.yaml:11:9"),
        (("ports", 0, "name"), "", "reign.yaml:12:17"),
        (("ports", 1, "number"), "", "reign.yaml:13:20"),
        (("ports", 1, "name"), "nick", "reign.yaml:13:23"),
        (("ports", 7, "number"), "", "reign.yaml:11:9"),
        (("labels", "a.b"), "", "reign.yaml:14:21"),
        (("labels", "other"), "", "reign.yaml:14:15"),
        ((), "", "reign.yaml:5:3"),
        (("missing",), "", "reign.yaml:5:3"),
    ],
)
def test_a_problem_is_placed(
    project: Callable[..., Project], path: tuple[str | int, ...], nearest: str, place: str
) -> None:
    made = project(TEXT)
    address = next(address for address in made.resources if address.key == "us")
    problem = Problem(path, "memory/wrong", "Wrong", "Because.", nearest, "Mend it.")
    found = made.finding(address, problem)
    assert str(found.place) == place
    assert (found.code, found.address, found.fix) == ("memory/wrong", 'memory.thing.web["us"]', "Mend it.")
    assert found.place
    assert (found.place.line, TEXT.splitlines()[found.place.line - 1]) in found.excerpt


STYLES = {
    "plain": "k: {}\n",
    "plain over lines": "k: one\n  two {}\n",
    "single": "k: 'it''s {}'\n",
    "double": 'k: "a\\tb \\u00e9\\x41 \\\\ {}"\n',
    "double over lines": 'k: "one \\\n    two\n\n  {}"\n',
    "literal": "k: |\n\n   x\n     y\n   {}\n",
    "literal with indent": "k: |2-\n     y\n  {}\n",
    "folded": "k: > # why\n   one\n   two\n\n   {} three\n",
    "in flow": "k: [a, 'b', \"c {}\"]\n",
}


@pytest.mark.parametrize("text", STYLES.values(), ids=STYLES.keys())
def test_a_character_of_a_value_is_found_in_the_file(text: str) -> None:
    source = Source("f", text.replace("{}", "MARK"))
    root = compose(source, Report())
    assert isinstance(root, Mapping)
    node = root.get("k")
    node = node if isinstance(node, Scalar) else node.items[-1]  # type: ignore[union-attr]
    assert isinstance(node, Scalar)
    place = place_of(node, node.text.index("MARK"), 4)
    assert source.lines[place.line - 1][place.column - 1 : place.column + 3] == "MARK"
    assert place.width == 4


@given(st.text(), st.integers(), st.integers(min_value=1))
def test_any_scalar_and_offset_has_a_place(text: str, offset: int, width: int) -> None:
    source = Source("f", text)
    try:
        node = compose(source, Report())
    except Unreadable:
        return
    if isinstance(node, Scalar):
        place = place_of(node, offset, width)
        assert 1 <= place.line <= len(source.lines)
        assert place.column >= 1
