"""Included files: one project of several, each value at its own place, and the limits over all of them."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from reign.config import Loaded, Project

from .conftest import load_in

HEAD = "version: 1\nproject: shop\n"


def specs(project: Project) -> dict[str, object]:
    """The specs of a project by the names of their blocks."""
    return {address.name: dict(made.spec) for address, made in project.resources.items()}


def test_the_maps_of_all_files_unite(project: Callable[..., Project]) -> None:
    made = project(
        {
            "reign.yaml": "include: [a.yaml, sub/b.yaml, empty.yaml]\nlocals: {x: 1}\nresources:\n"
            "  one: {type: value, spec: {value: '${local.x + local.y}'}}\n",
            "a.yaml": "locals: {y: 2}\nvariables: {v: {default: 3}}\nresources:\n",
            "sub/b.yaml": "resources:\n  two: {type: value, depends_on: [one], spec: {value: '${var.v}'}}\n"
            "outputs: {o: {value: '${resources.two.value}'}}\n",
            "empty.yaml": "# nothing yet\n",
        }
    )
    assert specs(made) == {"one": {"value": 3}, "two": {"value": 3}}
    assert list(made.outputs) == ["o"]
    assert made.sources == ("reign.yaml", "a.yaml", "sub/b.yaml", "empty.yaml")


def test_one_file_may_stand_without_a_list(project: Callable[..., Project]) -> None:
    assert specs(project({"reign.yaml": "include: a.yaml\n", "a.yaml": "resources: {a: {type: value}}\n"})) == {"a": {}}


def test_paths_in_an_included_file_start_at_the_project(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "files.yaml").write_text(
        "resources:\n  a: {type: local.file, spec: {path: a, source: x.txt}}\n"
        "  b: {type: local.file, spec: {path: b, source: //shared/y.txt}}\n"
        "  c: {type: value, spec: {value: '${file(\"x.txt\")}'}}\n"
    )
    (tmp_path / "shared" / "y.txt").write_text("shared")
    folder = tmp_path / "deploy"
    folder.mkdir()
    (folder / "x.txt").write_text("own")
    (folder / "reign.yaml").write_text(f"{HEAD}include: [//shared/files.yaml]\n")
    result = load_in(folder)
    assert result.project, result.findings
    made = specs(result.project)
    assert [made[name]["source"]["path"] for name in "ab"] == ["x.txt", "../shared/y.txt"]  # type: ignore[index]
    assert made["c"] == {"value": "own"}
    assert result.files == ("reign.yaml", "../shared/files.yaml")


def test_the_digest_is_of_all_files(write: Callable[..., Path]) -> None:
    folder = write({"reign.yaml": f"{HEAD}include: [a.yaml]\n", "a.yaml": "locals: {a: 1}\n"})
    before = load_in(folder).project
    (folder / "a.yaml").write_text("locals: {a: 2}\n")
    after = load_in(folder).project
    assert before
    assert after
    assert before.digest != after.digest


def test_a_merge_key_and_an_alias_stay_in_their_file(project: Callable[..., Project]) -> None:
    made = project(
        {
            "reign.yaml": "include: [a.yaml]\nresources:\n  b: &b {type: value, spec: {value: 1}}\n  c: *b\n",
            "a.yaml": "locals: {base: &b {type: value}}\nresources:\n  a: {<<: *b, spec: {value: 2}}\n",
        }
    )
    assert specs(made) == {"b": {"value": 1}, "c": {"value": 1}, "a": {"value": 2}}


ALIASES = "locals: {{l{0}: &x [a], m{0}: [{1}]}}\n"
HOSTILE = {
    "aliases in many files": (
        {f"a{i}.yaml": ALIASES.format(i, ", ".join(["*x"] * 40)) for i in range(20)},
        "config/too-many-aliases",
    ),
    "nodes by aliases in many files": (
        {
            f"a{i}.yaml": f"locals:\n  a{i}: &x [{'a,' * 8_000}]\n  b{i}: [*x, *x, *x]\n"
            for i in range(20)
        },
        "config/too-many-aliases",
    ),
    "17 MiB in all": ({f"a{i}.yaml": "# " + "x" * ((1 << 20) - 3) for i in range(17)}, "config/too-large"),
    "a file of 2 MiB": ({"a0.yaml": "# " + "x" * (2 << 20)}, "config/too-large"),
    "levels": ({"a0.yaml": "locals: " + "[" * 100_000}, "config/too-deep"),
    "tags": ({f"a{i}.yaml": "locals: !!python/object:os.system {}\n" for i in range(20)}, "config/custom-tag"),
}  # fmt: skip


@pytest.mark.parametrize(("files", "code"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files_are_refused(loaded: Callable[..., Loaded], files: dict[str, str], code: str) -> None:
    main = f"{HEAD}include: [{', '.join(files)}]\n"
    tracemalloc.start()
    try:
        result = loaded({"reign.yaml": main, **files})
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert {finding.code for finding in result.findings} == {code}
    assert peak_bytes < 100_000_000


def test_one_finding_tells_that_the_project_is_over_a_limit(loaded: Callable[..., Loaded]) -> None:
    files, _ = HOSTILE["aliases in many files"]
    result = loaded({"reign.yaml": f"{HEAD}include: [{', '.join(files)}]\n", **files})
    assert [str(finding.place) for finding in result.findings] == ["a2.yaml:1:107"]


def test_a_project_may_hold_as_much_as_it_may(loaded: Callable[..., Loaded]) -> None:
    files = {f"a{i}.yaml": "# " + "x" * ((1 << 20) - 3) for i in range(15)}
    assert loaded({"reign.yaml": f"{HEAD}include: [{', '.join(files)}]\n", **files}).project
