"""Files that values come from: inside the root, regular, pinned by their sha256."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reign.config import Loaded, Project, functions, root_of
from reign.config.files import Files, Unreachable

from .conftest import load_in

HEAD = "version: 1\nproject: shop\n"


def sha256(text: str) -> str:
    """The hash of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def spec_of(project: Project, name: str) -> dict[str, object]:
    """The spec of the one instance of a block."""
    return next(dict(made.spec) for address, made in project.resources.items() if address.name == name)


def test_a_source_is_pinned(project: Callable[..., Project], tmp_path: Path) -> None:
    made = project(
        {
            "reign.yaml": "variables: {f: {default: b.txt}}\nresources:\n"
            "  a: {type: local.file, spec: {path: a, source: sub/a.txt}}\n"
            "  b: {type: memory.thing, spec: {files: [sub/a.txt, 'sub/${var.f}']}}\n"
            "  c: {type: memory.thing, spec: {files: \"${['sub/b.txt']}\"}}\n"
            "  t: {type: local.template, spec: {path: t, source: sub/b.txt}}\n",
            "sub/a.txt": "one",
            "sub/b.txt": "zwölf",
        }
    )
    one = {"path": "sub/a.txt", "sha256": sha256("one")}
    two = {"path": "sub/b.txt", "sha256": sha256("zwölf")}
    assert spec_of(made, "a")["source"] == one
    assert spec_of(made, "b")["files"] == [one, two]
    assert spec_of(made, "c")["files"] == [two]
    assert spec_of(made, "t")["source"] == {**two, "text": "zwölf"}
    folder = tmp_path.resolve()
    assert made.pinned == {sha256("one"): f"{folder}/sub/a.txt", sha256("zwölf"): f"{folder}/sub/b.txt"}


def test_the_root_is_the_work_tree(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "shared.txt").write_text("shared")
    folder = tmp_path / "deploy" / "shop"
    folder.mkdir(parents=True)
    (folder / "reign.yaml").write_text(
        f"{HEAD}resources:\n  a: {{type: local.file, spec: {{path: a, source: ../../shared.txt}}}}\n"
        "  b: {type: local.file, spec: {path: b, source: //shared.txt}}\n"
    )
    made = load_in(folder).project
    assert made
    assert (made.root, root_of(folder)) == (str(tmp_path.resolve()), tmp_path.resolve())
    pinned = {"path": "../../shared.txt", "sha256": sha256("shared")}
    assert [thing.spec["source"] for thing in made.resources.values()] == [pinned, pinned]


def test_a_link_inside_the_root_is_followed(project: Callable[..., Project], tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "x").write_text("x")
    (tmp_path / "link").symlink_to("real")
    made = project("resources:\n  a: {type: local.file, spec: {path: a, source: link/x}}\n")
    assert spec_of(made, "a")["source"] == {"path": "link/x", "sha256": sha256("x")}


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("../x", "outside-root"),
        ("a/../../x", "outside-root"),
        ("/etc/passwd", "outside-root"),
        ("~/x", "outside-root"),
        ("//../x", "outside-root"),
        ("out", "outside-root"),
        ("out/passwd", "outside-root"),
        ("folder-out/passwd", "outside-root"),
        ("chain", "outside-root"),
        ("loop", "no-file"),
        ("missing", "no-file"),
        ("", "no-file"),
        ("a\0b", "no-file"),
        ("x" * 5000, "no-file"),
        ("pipe", "not-a-file"),
        (".", "not-a-file"),
        ("secret.txt/x", "no-file"),
    ],
)
def test_what_may_not_be_read_is_refused(tmp_path: Path, written: str, code: str) -> None:
    (tmp_path / "out").symlink_to("/etc/passwd")
    (tmp_path / "folder-out").symlink_to("/etc")
    (tmp_path / "chain").symlink_to("out")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "secret.txt").write_text("x")
    os.mkfifo(tmp_path / "pipe")
    folder = tmp_path.resolve()
    for read in (Files(folder, folder).sha256, Files(folder, folder).text):
        with pytest.raises(Unreachable) as refused:
            read(written)
        assert refused.value.code == code


def test_a_text_is_at_most_a_mebibyte_and_a_source_any_size(tmp_path: Path) -> None:
    big = "x" * ((1 << 20) + 1)
    (tmp_path / "big").write_text(big)
    files = Files(tmp_path.resolve(), tmp_path.resolve())
    assert files.sha256("big") == sha256(big)
    with pytest.raises(Unreachable) as refused:
        files.text("big")
    assert refused.value.code == "too-large"


def test_a_template_that_is_no_text(loaded: Callable[..., Loaded], tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"\xff")
    result = loaded(f"{HEAD}resources:\n  a: {{type: local.template, spec: {{path: a, source: t}}}}\n")
    assert [finding.code for finding in result.findings] == ["config/not-utf8"]


def test_functions_read_files_and_pin_them(project: Callable[..., Project]) -> None:
    made = project(
        {
            "reign.yaml": "resources:\n  a:\n    type: value\n    spec:\n      value:\n"
            "        - ${file('conf/a.txt') | trim}\n        - ${filehash('conf/b.txt')}\n"
            "        - ${files('conf/*.txt')}\n        - ${files('conf/**/*')}\n",
            "conf/a.txt": "one\n",
            "conf/b.txt": "two",
            "conf/deep/c": "three",
        }
    )
    assert spec_of(made, "a")["value"] == [
        "one",
        sha256("two"),
        ["conf/a.txt", "conf/b.txt"],
        ["conf/a.txt", "conf/b.txt", "conf/deep/c"],
    ]
    assert set(made.pinned) == {sha256("one\n"), sha256("two")}
    assert functions(made)["file"]("conf/b.txt") == "two"


def test_files_leaves_out_what_leads_out(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("x")
    (tmp_path / "out").symlink_to("/etc/passwd")
    files = Files(tmp_path.resolve(), tmp_path.resolve())
    assert files.matching("*") == ["in"]
    for pattern in ("../*", "/etc/*", "", "//../*"):
        with pytest.raises(Unreachable):
            files.matching(pattern)
