"""Overlays: what lies over what, by a model of their rules on plain values, and nothing shared is touched."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reign.config import Loaded, Project
from reign.config.overlay import lay_over
from reign.yaml.compose import compose
from reign.yaml.nodes import Mapping, Node, Scalar, Sequence, Source
from reign.yaml.report import Report
from reign.yaml.scalars import literal

BASE = """\
resources:
  web:
    type: memory.thing
    spec:
      name: web
      size: 1
      labels: {a: x, b: y}
      ports: [{number: 80, name: http}]
      any: {deep: {list: [1], map: {k: v}}}
    tags: [a]
  old: {type: value}
variables: {tag: {default: base}}
"""


def composed(text: str, name: str = "base") -> Mapping:
    """A document of a text."""
    node = compose(Source(name, text), Report())
    assert isinstance(node, Mapping)
    return node


def spec_of(project: Project, name: str) -> dict[str, Any]:
    """The spec of the one instance of a block."""
    return next(dict(made.spec) for address, made in project.resources.items() if address.name == name)


def test_an_overlay_merges_replaces_appends_and_removes(project: Callable[..., Project]) -> None:
    made = project(
        {
            "reign.yaml": BASE,
            "reign.prod.yaml": """\
resources:
  web:
    spec:
      size: 2
      labels!: {c: z}
      ports+: [{number: 443}]
      name: null
      any: {deep: {list+: [2, null], map!: {other: null}, more: 3}}
    tags: [b]
  old: null
  new: {type: value, spec: {value: '${var.tag}'}}
variables: {tag: {default: prod}}
""",
        },
        env="prod",
    )
    assert spec_of(made, "web") == {
        "size": 2,
        "labels": {"c": "z"},
        "ports": [{"number": 80, "name": "http"}, {"number": 443}],
        "any": {"deep": {"list": [1, 2, None], "map": {"other": None}, "more": 3}},
    }
    assert spec_of(made, "new") == {"value": "prod"}
    assert {address.name for address in made.resources} == {"web", "new"}
    assert [thing.tags for address, thing in made.resources.items() if address.name == "web"] == [("b",)]
    assert made.sources == ("reign.yaml", "reign.prod.yaml")


def test_the_order_of_the_overlays(project: Callable[..., Project]) -> None:
    files = {
        "reign.yaml": "include: [more.yaml]\nresources: {a: {type: value, spec: {value: {base: 1}}}}\n",
        "more.yaml": "resources: {b: {type: value, spec: {value: [included]}}}\n",
        "reign.prod.yaml": "resources: {a: {spec: {value: {env: 1, base: 2}}}, b: {spec: {value+: [prod]}}}\n",
        "reign.dev.yaml": "resources: {a: {spec: {value: dev}}}\n",
        "reign.local.yaml": "resources: {a: {spec: {value: {local: 1, base: 3}}}, b: {spec: {value+: [local]}}}\n",
    }
    made = project(files, env="prod")
    assert spec_of(made, "a") == {"value": {"base": 3, "env": 1, "local": 1}}
    assert spec_of(made, "b") == {"value": ["included", "prod", "local"]}
    inside_ci = project(files, env="prod", environ={"CI": "1"})
    assert spec_of(inside_ci, "a") == {"value": {"base": 2, "env": 1}}
    assert spec_of(inside_ci, "b") == {"value": ["included", "prod"]}


def test_a_local_overlay_needs_no_environment(project: Callable[..., Project]) -> None:
    made = project({"reign.yaml": BASE, "reign.local.yaml": "resources: {old: {spec: {value: 1}}}\n"})
    assert spec_of(made, "old") == {"value": 1}
    assert made.env == ""


def test_in_the_base_null_is_a_value_and_signs_are_characters(project: Callable[..., Project]) -> None:
    made = project("resources: {a: {type: value, spec: {value: {n: null, l+: [1], m!: {}}}}}\n")
    assert spec_of(made, "a") == {"value": {"n": None, "l+": [1], "m!": {}}}


def test_one_use_of_an_anchor_changes_alone(project: Callable[..., Project]) -> None:
    made = project(
        {
            "reign.yaml": "locals: {shared: &s {k: {x: 1}, l: [1]}}\nresources:\n"
            "  a: {type: value, spec: {value: *s}}\n  b: {type: value, spec: {value: *s}}\n"
            "  c: {type: value, spec: {value: {<<: *s}}}\n",
            "reign.local.yaml": "locals: {o: &o {k: {x: 2}, l+: [2]}}\n"
            "resources: {a: {spec: {value: *o}}, c: {spec: {value: *o}}}\n",
        }
    )
    assert spec_of(made, "b") == {"value": {"k": {"x": 1}, "l": [1]}}
    assert spec_of(made, "a") == spec_of(made, "c") == {"value": {"k": {"x": 2}, "l": [1, 2]}}


def test_every_value_keeps_its_own_place() -> None:
    base, over = composed("r:\n  a: {b: 1, c: [1]}\n"), composed("r:\n\n  a: {b: 2, c+: [3]}\n", "over")
    made = lay_over(base, over, (), Report())
    section = made.get("r")
    assert isinstance(section, Mapping)
    block = section.get("a")
    assert isinstance(block, Mapping)
    number, items = block.get("b"), block.get("c")
    assert isinstance(number, Scalar)
    assert isinstance(items, Sequence)
    assert str(section.pairs["a"][0].place()) == "base:2:3"
    assert str(number.place()) == "over:3:10"
    assert [str(item.place()) for item in items.items] == ["base:2:17", "over:3:18"]


def test_a_sensitive_default_is_hidden_in_every_file(
    loaded: Callable[..., Loaded], project: Callable[..., Project]
) -> None:
    files = {
        "reign.yaml": "variables:\n  pw: {default: hunter2, sensitive: true}\n  m: {default: {a: hunter3}, sensitive: true}\n",
        "reign.local.yaml": "variables:\n  m: {default: {b: hunter4}}\n  pw: {default: hunter5}\n",
    }
    digests = {
        project({name: text.replace("hunter", word) for name, text in files.items()}).digest
        for word in ("hunter", "other-")
    }
    assert len(digests) == 1
    head = "version: 1\nproject: shop\n"
    wrong = {name: text + "  x: {defualt: 1}\n  y: {type: nonsense}\n" for name, text in files.items()}
    told = [repr(finding) for finding in loaded({**wrong, "reign.yaml": head + wrong["reign.yaml"]}).findings]
    assert len(told) > 1
    assert "hunter" not in "".join(told)


KEYS = st.sampled_from(("a", "b", "c"))
SIGNED = st.sampled_from(("a", "b", "c", "a+", "b!", "c+", "c!"))
LEAVES = st.none() | st.integers(0, 3)


def trees(keys: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Maps of maps, lists and scalars."""
    inner = st.recursive(
        LEAVES, lambda part: st.lists(part, max_size=3) | st.dictionaries(keys, part, max_size=4), max_leaves=12
    )
    return st.dictionaries(keys, inner, max_size=4)


def laid(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any] | None:
    """The rules of overlays on plain values; None where one of them is broken."""
    made = dict(base)
    if len({key.rstrip("+!") for key in over}) < len(over):
        return None
    for written, value in over.items():
        key = written.rstrip("+!")
        have = base.get(key)
        if written.endswith("!"):
            made[key] = value
        elif written.endswith("+"):
            if not isinstance(value, list) or not (have is None or isinstance(have, list)):
                return None
            made[key] = [*(have or []), *value]
        elif value is None:
            if key not in base:
                return None
            del made[key]
        elif isinstance(value, dict):
            below = laid(have if isinstance(have, dict) else {}, value)
            if below is None:
                return None
            made[key] = below
        else:
            made[key] = value
    return made


@given(trees(KEYS), trees(SIGNED))
def test_any_overlay_is_laid_as_its_rules_say(base: dict[str, Any], over: dict[str, Any]) -> None:
    report = Report()
    nodes = composed(json.dumps(base)), composed(json.dumps(over), "over")
    made = lay_over(*nodes, (), report)
    expected = laid(base, over)
    assert report.failed == (expected is None)
    if expected is not None:
        assert literal(made) == expected
    assert [literal(node) for node in nodes] == [base, over]
    assert places(made) <= places(nodes[0]) | places(nodes[1])


def places(node: Node) -> set[str]:
    """Where the scalars of a tree stand."""
    if isinstance(node, Mapping):
        return set().union(*(places(value) for _, value in node.pairs.values()))
    if isinstance(node, Sequence):
        return set().union(*map(places, node.items))
    return {str(node.place())}


@given(trees(KEYS))
def test_an_empty_overlay_changes_nothing(base: dict[str, Any]) -> None:
    assert literal(lay_over(composed(json.dumps(base)), composed("{}", "over"), (), Report())) == base
