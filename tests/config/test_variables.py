"""Where the value of a variable comes from, and how it is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reign.config import Loaded, Project

ONE = "variables: {tag: {type: string, default: from-default}}\n"


def test_later_places_win(project: Callable[..., Project], tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("tag: from-a\n")
    (tmp_path / "b.yaml").write_text("tag: from-b\n")
    environ, files, given = {"REIGN_VAR_tag": "from-env"}, (tmp_path / "a.yaml", tmp_path / "b.yaml"), {"tag": "given"}
    assert project(ONE).variables == {"tag": "from-default"}
    assert project(ONE, environ=environ).variables == {"tag": "from-env"}
    assert project(ONE, environ=environ, var_files=files[:1]).variables == {"tag": "from-a"}
    read = project(ONE, environ=environ, var_files=files)
    assert (read.variables, read.sources) == ({"tag": "from-b"}, ("reign.yaml", "a.yaml", "b.yaml"))
    assert project(ONE, environ=environ, var_files=files, variables=given).variables == {"tag": "given"}


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("string", "1.10", "1.10"),
        ("string", "${x}", "${x}"),
        ("string", "", ""),
        ("number", "1.10", 1.1),
        ("number", " 7 ", 7),
        ("bool", "true", True),
        ("any", "1.10", 1.1),
        ("any", "[1, a]", [1, "a"]),
        ("list(number)", "[1, 2]", [1, 2]),
        ("list(string)", "[1.10, no]", ["1.10", "no"]),
        ("map(list(string))", "{a: [0644]}", {"a": ["0644"]}),
        ("any", "'${1 + 1}'", "${1 + 1}"),
        ("list(string)", "['${file(\"reign.yaml\")}']", ['${file("reign.yaml")}']),
    ],
)
def test_text_is_read_as_the_declared_type(
    project: Callable[..., Project], type_: str, text: str, value: object
) -> None:
    declared = f"variables: {{x: {{type: {type_!r}}}}}\n"
    assert project(declared, variables={"x": text}).variables == {"x": value}
    assert project(declared, environ={"REIGN_VAR_x": text}).variables == {"x": value}


@pytest.mark.parametrize(
    ("type_", "text"),
    [("number", "x"), ("bool", "no"), ("list(number)", "1"), ("list(number)", "[x]"), ("map(string)", "[")],
)
def test_text_of_another_type_is_refused(loaded: Callable[..., Loaded], type_: str, text: str) -> None:
    result = loaded(f"version: 1\nproject: shop\nvariables: {{x: {{type: {type_!r}}}}}\n", variables={"x": text})
    assert result.project is None
    assert {finding.place.file for finding in result.findings if finding.place} == {"--var x"}


def test_a_text_that_is_no_yaml_is_told_once(loaded: Callable[..., Loaded]) -> None:
    declared = "version: 1\nproject: shop\nvariables: {x: {type: list(number)}}\n"
    assert [each.code for each in loaded(declared, variables={"x": "[1,2"}).findings] == ["config/yaml-syntax"]
    assert [each.code for each in loaded(declared, variables={"x": ""}).findings] == ["config/wrong-type"]


def test_null_needs_to_be_allowed(project: Callable[..., Project], loaded: Callable[..., Loaded]) -> None:
    assert project("variables: {x: {type: string, default: null, nullable: true}}\n").variables == {"x": None}
    refused = loaded("version: 1\nproject: shop\nvariables: {x: {type: string, default: null}}\n")
    assert [finding.code for finding in refused.findings] == ["config/wrong-type"]


def test_a_file_of_variables_that_is_missing(loaded: Callable[..., Loaded], tmp_path: Path) -> None:
    result = loaded("version: 1\nproject: shop\n", var_files=(tmp_path / "none.yaml",))
    assert [finding.code for finding in result.findings] == ["config/no-file"]
