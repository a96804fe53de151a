"""What `config show` tells: every value with its file and line, YAML that reads again, and nothing sensitive."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from reign.config import Loaded, Request, ShownConfig, load, show
from reign.config.emit import emit
from reign.model.schema import Field, Kind, Schema
from reign.yaml.compose import Unreadable, compose
from reign.yaml.nodes import Mapping as Map
from reign.yaml.nodes import Source
from reign.yaml.report import Report
from reign.yaml.scalars import literal

from .conftest import SCHEMAS
from .test_any_text import GOOD, PIECES

HEAD = "version: 1\nproject: shop\n"
SECRET = Schema("vault.login", {"user": Field(Kind("string")), "password": Field(Kind("string"), sensitive=True)}, {})


@pytest.fixture
def shown(write: Callable[..., Path]) -> Callable[..., ShownConfig]:
    """Shows a project made of texts."""

    def make(files: Mapping[str, str], **request: object) -> ShownConfig:
        asked = Request(write(files), **request)  # type: ignore[arg-type]
        schemas = {**SCHEMAS, "vault.login": SECRET}
        loaded = load(asked, schemas.get, lambda: tuple(schemas))
        assert loaded.project, loaded.findings
        return show(asked, loaded, schemas.get)

    return make


FILES = {
    "reign.yaml": f"{HEAD}include: [shared/net.yaml]\nenvironments: {{dev: {{}}, prod: {{}}}}\n"
    "variables:\n  tag: {type: string, default: '1.27'}\n"
    "resources:\n  web:\n    type: memory.thing\n    spec:\n      name: web\n      size: 0644\n"
    "      labels: {a: x, b: y}\n      any: [1, [2, {c: d}], {e: []}]\n",
    "shared/net.yaml": "resources:\n  net: {type: value, spec: {value: |-\n    one\n      two}}\n".replace(
        "{type: value, spec: {value: |-\n    one\n      two}}",
        "\n    type: value\n    spec:\n      value: |\n        one\n          two",
    ),
    "reign.prod.yaml": "resources:\n  web:\n    spec:\n      labels: {b: z}\n      any+: [3]\n",
    "reign.local.yaml": "resources:\n  web:\n    spec: {name: mine}\n",
}
LINES = """\
version: 1  # reign.yaml:1
project: shop  # reign.yaml:2
include:  # reign.yaml:3
  - shared/net.yaml  # reign.yaml:3
environments:  # reign.yaml:4
  dev: {}  # reign.yaml:4
  prod: {}  # reign.yaml:4
variables:  # reign.yaml:5
  tag:  # reign.yaml:6
    type: string  # reign.yaml:6
    default: "1.27"  # reign.yaml:6
    # its value is "2", from --var
resources:  # reign.yaml:7
  web:  # reign.yaml:8
    type: memory.thing  # reign.yaml:9
    spec:  # reign.yaml:10
      name: mine  # reign.local.yaml:3
      size: 0644  # reign.yaml:12
      labels:  # reign.yaml:13
        a: x  # reign.yaml:13
        b: z  # reign.prod.yaml:4
      any:  # reign.yaml:14
        - 1  # reign.yaml:14
        - - 2  # reign.yaml:14
          - c: d  # reign.yaml:14
        - e: []  # reign.yaml:14
        - 3  # reign.prod.yaml:5
  net:  # shared/net.yaml:2
    type: value  # shared/net.yaml:3
    spec:  # shared/net.yaml:4
      value: |  # shared/net.yaml:5
        one
          two
"""


def test_every_value_with_its_file_and_line(shown: Callable[..., ShownConfig]) -> None:
    made = shown(FILES, env="prod", variables={"tag": "2"})
    assert "\n".join(made.lines) + "\n" == LINES
    assert (made.project, made.env) == ("shop", "prod")
    assert made.files == ("reign.yaml", "shared/net.yaml", "reign.prod.yaml", "reign.local.yaml")


def test_the_json_of_it(shown: Callable[..., ShownConfig]) -> None:
    made = shown(FILES, env="prod", variables={"tag": "2"}).to_json()
    config = made["config"]
    assert list(config) == sorted(config)
    assert config["resources.web.spec.labels.b"] == {"value": "z", "file": "reign.prod.yaml", "line": 4, "column": 19}
    assert config["resources.web.spec.any[2].e"]["value"] == []
    assert config["resources.web.spec.size"]["value"] == "0644"
    assert config["environments.dev"]["value"] == {}
    assert made["variables"] == {"tag": {"value": "2", "origin": "--var"}}
    assert json.loads(json.dumps(made)) == made


def test_what_ci_sees_is_without_the_local_overlay(shown: Callable[..., ShownConfig]) -> None:
    made = shown(FILES, env="dev", environ={"CI": "true"})
    assert made.files == ("reign.yaml", "shared/net.yaml")
    assert "      name: web  # reign.yaml:11" in made.lines


def test_who_gave_a_variable(shown: Callable[..., ShownConfig], tmp_path: Path) -> None:
    names = ("default", "environment", "file", "both", "flag")
    declared = "".join(f"  {name}: {{default: d}}\n" for name in names)
    given = {f"REIGN_VAR_{name}": "e" for name in names[1:]}
    files = {
        "reign.yaml": f"{HEAD}variables:\n{declared}  plain: {{nullable: true, default: }}\n",
        "a.yaml": "file: f\nboth: f\n",
        "b.yaml": "# more\nboth: g\nflag: g\n",
    }
    made = shown(files, environ=given, variables={"flag": "v"}, var_files=[tmp_path / "a.yaml", tmp_path / "b.yaml"])
    assert {each.name: (each.value, each.origin) for each in made.variables} == {
        "default": ("d", "default reign.yaml:4"),
        "environment": ("e", "REIGN_VAR_environment"),
        "file": ("f", "--var-file a.yaml:1"),
        "both": ("g", "--var-file b.yaml:2"),
        "flag": ("v", "--var"),
        "plain": (None, "default reign.yaml:9"),
    }


def test_nothing_sensitive_is_shown(shown: Callable[..., ShownConfig]) -> None:
    text = (
        f"{HEAD}resources:\n"
        "  a: {type: vault.login, spec: {user: me, password: hunter2}}\n"
        "  b: {type: vault.login, spec: {user: me, password: '${local.p}'}}\n"
        "  c: {type: vault.login, spec: {user: me, password: 'hunter2-${local.p}'}}\n"
        "locals: {p: fine}\n"
    )
    text += "variables: {m: {type: map(string), sensitive: true, default: {hunter2: hunter2}}}\n"
    made = shown({"reign.yaml": text})
    told = "\n".join(made.lines) + json.dumps(made.to_json())
    assert "hunter2" not in told, "not as a key either"
    assert made.to_json()["config"]["resources.a.spec.password"]["value"] == "(sensitive value)"
    assert made.to_json()["config"]["resources.b.spec.password"]["value"] == "${local.p}"


def test_a_project_with_errors_has_nothing_to_show(loaded: Callable[..., Loaded], tmp_path: Path) -> None:
    result = loaded(f"{HEAD}nonsense: 1\n")
    with pytest.raises(ValueError, match="errors"):
        show(Request(tmp_path), result, SCHEMAS.get)


def written(document: Map) -> str:
    """A document as `config show` writes it."""
    return "\n".join(emit(document, lambda _path, _node: None, lambda _path: iter(()))) + "\n"


def check(text: str) -> None:
    try:
        document = compose(Source("f", text), Report())
    except Unreadable:
        return
    if isinstance(document, Map):
        again = compose(Source("g", written(document)), Report())
        assert again is not None or not document.pairs
        assert (literal(again) if again else {}) == literal(document)


@pytest.mark.parametrize(
    "value",
    [
        "''", "null", "~", "'null'", "'true'", "'1'", "1.10", "!!str 5", "0x1F", '"a\\tb\\u2028c"', "'a: b #c'",
        "[[], [[a]], {}]",
        "|\n    a\n\n     b\n", "|+\n    a\n\n", "|2\n      a\n    b\n", ">\n    a\n    b\n", "|\n    a \n    b\n",
        "{'true': 1, '': 2, 'a b': 3, '<<': 4, '?': 5}", "- - - a\n    - b\n  - - c: d\n      e: |\n        x\n        y\n",
        "one\n    two\n\n    three", "[a, 'b,c', \"d]\"]",
    ],
)  # fmt: skip
def test_what_is_written_reads_as_the_same(value: str) -> None:
    text = f"k:\n  {value}\nl: x\n" if value.startswith("- ") else f"k: {value}\nl: x\n"
    check(text)
    document = compose(Source("f", text), Report())
    assert isinstance(document, Map)
    plain = YAML(typ="safe", pure=True).load(written(document))
    assert plain.keys() == {"k", "l"}


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(GOOD)), st.integers(0, 12), st.sampled_from(PIECES) | st.text(max_size=3)),
        max_size=4,
    )
)
def test_any_document_reads_as_the_same(edits: list[tuple[int, int, str]]) -> None:
    text = GOOD
    for at, cut, piece in edits:
        text = text[:at] + piece + text[at + cut :]
    check(text)


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_value_reads_as_the_same(value: object) -> None:
    check(json.dumps({"k": value}, ensure_ascii=False))
