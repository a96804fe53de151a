"""Hostile files: refused with one finding, before anything is built of them."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reign.config import Loaded, Project, Request, load
from reign.config.evaluate import MOST_FAILURES
from reign.expression import resolve
from reign.yaml.limits import DEEPEST, MOST_ALIASES

from .conftest import SCHEMAS, load_in

HEAD = "version: 1\nproject: shop\n"
BOMB = HEAD + "locals:\n  l0: &l0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"  l{i}: &l{i} [{','.join([f'*l{i - 1}'] * 10)}]\n" for i in range(1, 10)
)  # fmt: skip
HOSTILE = {
    "a file of 2 MiB": (HEAD + "# " + "x" * (2 << 20), "config/too-large"),
    "a line of a mebibyte": (HEAD + "locals: {" + "a: ''," * 100_000 + "}", "config/duplicate-key"),
    "10,000 levels": (HEAD + "locals:\n" + "".join(" " * i + "a:\n" for i in range(1, 1400)), "config/too-deep"),
    "10,000 levels in flow": (HEAD + "locals: " + "{a: " * 10_000 + "}" * 10_000, "config/too-deep"),
    "500,000 brackets": (HEAD + "locals: " + "[" * 500_000, "config/too-deep"),
    "an alias bomb": (BOMB, "config/too-many-aliases"),
    "many aliases": (HEAD + "locals:\n  a: &a x\n  b: [" + "*a, " * (MOST_ALIASES + 1) + "]\n", "config/too-many-aliases"),
    "deep by aliases": (
        HEAD + "locals:\n  a0: &a0 [x]\n" + "".join(f"  a{i}: &a{i} [[[*a{i - 1}]]]\n" for i in range(1, 40)),
        "config/too-deep",
    ),
    "a control character": (HEAD + "locals: {a: x\x07}\n", "config/character"),
    "100 broken lines": (HEAD + "locals:\n" + "  a: {b: ${1}}\n" * 100, "config/cut-expression"),
    "60,000 wrong expressions": (HEAD + "locals:\n  a: '" + "${x} " * 60_000 + "'\n", "config/expression"),
    "30,000 wrong names": (HEAD + "resources:\n" + "".join(f"  A{i}: {{}}\n" for i in range(30_000)), "config/bad-name"),
    "a wide cycle": (
        HEAD + "locals:\n" + "".join(f"  a{i}: ['${{local}}', '${{local.a{i}}}']\n" for i in range(300)),
        "config/local-cycle",
    ),
    "a list twice in the next, sixty times": (
        HEAD
        + "locals:\n  a0: [1]\n"
        + "".join(f"  a{i}: ['${{local.a{i - 1}}}', '${{local.a{i - 1}}}']\n" for i in range(1, 61)),
        "config/too-many-values",
    ),
    "an expression twice in the next, sixty times": (
        HEAD + "locals:\n  a0: [1]\n" + "".join(f"  a{i}: '${{[local.a{i - 1}, local.a{i - 1}]}}'\n" for i in range(1, 61)),
        "config/too-many-values",
    ),
    "a large list in a thousand places": (
        HEAD + f"locals: {{a: [{'1,' * 5000}1]}}\nresources:\n"
        + "".join(f"  a{i}: {{type: value, spec: {{value: '${{local.a}}'}}}}\n" for i in range(1000)),
        "config/too-many-values",
    ),
    "a large text in a thousand places": (
        HEAD + f"locals: {{a: {'x' * 500_000}}}\nresources:\n"
        + "".join(f"  a{i}: {{type: value, spec: {{value: '${{local.a}}{i}'}}}}\n" for i in range(1000)),
        "config/too-many-values",
    ),
    "5,000 wrong references": (
        HEAD + "locals:\n" + "".join(f"  a{i}: '${{local.b{i}}}'\n" for i in range(5_000)),
        "config/too-many-findings",
    ),
    "2,000 wrong dependencies": (
        HEAD + "resources:\n" + "".join(f"  a{i}: {{type: value, depends_on: [b{i}]}}\n" for i in range(2_000)),
        "config/too-many-findings",
    ),
    "too many instances": (
        HEAD + "resources:\n" + "".join(f"  a{i}: {{type: value, count: 10000}}\n" for i in range(11)),
        "config/too-many-resources",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "code"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_refused(loaded: Callable[..., Loaded], text: str, code: str) -> None:
    tracemalloc.start()
    try:
        result = loaded(text)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert result.project is None
    assert code in {finding.code for finding in result.findings}
    assert peak_bytes < 100_000_000


def test_what_fails_alike_in_every_instance_is_not_tried_in_all(
    loaded: Callable[..., Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def counted(text: str, *more: Any) -> Any:
        tried.append(text)
        return resolve(text, *more)

    monkeypatch.setattr("reign.config.evaluate.resolve", counted)
    loaded(f"{HEAD}resources:\n  a: {{type: value, count: 5000, spec: {{value: '${{1 + null + count.index}}'}}}}\n")
    assert len(tried) == MOST_FAILURES


def test_what_is_the_same_everywhere_is_evaluated_once(
    project: Callable[..., Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def counted(text: str, *more: Any) -> Any:
        tried.append(text)
        return resolve(text, *more)

    monkeypatch.setattr("reign.config.evaluate.resolve", counted)
    spec = "{value: '${var.a}', triggers: {x: '${count.index}', y: 'n ${var.a | upper}'}}"
    made = project(
        f"variables: {{a: {{default: x}}}}\nresources:\n  a: {{type: value, count: 100, spec: {spec}}}\n"
        f"  b: {{type: value, count: 100, spec: {spec}}}\n"
    )
    assert len(tried) == 2 + 200
    assert [each.spec["triggers"] for each in made.resources.values()][100:102] == [
        {"x": 0, "y": "n X"},
        {"x": 1, "y": "n X"},
    ]


def test_as_many_levels_as_are_allowed(project: Callable[..., Project]) -> None:
    levels = DEEPEST - 2
    project(f"locals:\n  a: {'[' * levels}{']' * levels}\n")


def test_a_long_chain_of_locals_is_evaluated(project: Callable[..., Project]) -> None:
    chain = "".join(f"  a{i}: ${{local.a{i + 1}}}\n" for i in range(5_000))
    made = project(
        f"locals:\n{chain}  a5000: end\nresources:\n  r: {{type: value, spec: {{value: '${{local.a0}}'}}}}\n"
    )
    assert next(iter(made.resources.values())).spec == {"value": "end"}


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "reign.yaml").write_bytes(b"version: 1\nproject: \xff\xfe\n")
    (finding,) = load_in(tmp_path).findings
    assert finding.code == "config/not-utf8"
    assert "0xff on line 2" in finding.detail


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "reign.yaml").write_bytes(b"\xef\xbb\xbfversion: 1\nproject: shop\n")
    assert load_in(tmp_path).project


def test_windows_line_ends(tmp_path: Path) -> None:
    (tmp_path / "reign.yaml").write_bytes(b"version: 1\r\nproject: shop\r\nlocals:\r\n  a: ${nope}\r\n")
    (finding,) = load_in(tmp_path).findings
    assert str(finding.place) == "reign.yaml:4:8"
    assert finding.excerpt[-1] == (4, "  a: ${nope}")


def test_no_file(tmp_path: Path) -> None:
    (finding,) = load_in(tmp_path).findings
    assert (finding.code, finding.fix) == ("config/no-file", "Begin one with: reign init")


def test_a_folder_where_the_file_should_be(tmp_path: Path) -> None:
    (tmp_path / "reign.yaml").mkdir()
    (finding,) = load_in(tmp_path).findings
    assert finding.code == "config/not-a-file"


def test_a_pipe_where_the_file_should_be(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "reign.yaml")
    (finding,) = load_in(tmp_path).findings
    assert finding.code == "config/not-a-file"


def test_a_project_file_that_is_a_link_out(tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text(HEAD)
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "reign.yaml").symlink_to(outside)
    (finding,) = load_in(folder).findings
    assert finding.code == "config/outside-root"


def test_no_folder(tmp_path: Path) -> None:
    result = load(Request(tmp_path / "nowhere"), SCHEMAS.get, lambda: tuple(SCHEMAS))
    assert [finding.code for finding in result.findings] == ["config/no-file"]


@pytest.mark.parametrize(
    "pattern", ["(" * 3000 + ")" * 3000, "a{99999999999999999999}", "[[a]", "[a--b]", "(?P<x", "\\", "[0-9.]+"]
)
def test_any_pattern_is_read_or_refused(loaded: Callable[..., Loaded], pattern: str) -> None:
    found = loaded(f"{HEAD}variables: {{a: {{type: string, default: '1', pattern: '{pattern}'}}}}\n").findings
    assert {finding.code for finding in found} <= {"config/wrong-value"}


@pytest.mark.parametrize("path", ["a" + "[" * 100_000, "a[" + "9" * 5000 + "]", "", "a..b", "[*"])
def test_any_path_is_read_or_refused(loaded: Callable[..., Loaded], path: str) -> None:
    found = loaded(
        f"{HEAD}resources:\n  n: {{type: value, count: 1}}\n  a:\n    type: value\n    depends_on: ['n[{'9' * 5000}]']\n"
        f"    lifecycle:\n      ignore_changes: ['{path}']\n"
    ).findings
    assert {finding.code for finding in found} <= {"config/bad-path", "config/unknown-resource", "config/unknown-key"}
