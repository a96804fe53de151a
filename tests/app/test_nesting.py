"""A file inside a declared folder waits for it, though nobody wrote so."""

from __future__ import annotations

from .conftest import Folder

INSIDE = """\
  z: {type: local.directory, spec: {path: d}}
  y: {type: local.directory, spec: {path: ./d/e}}
  a: {type: local.file, spec: {path: d/e/f.txt, content: hi}}
  b: {type: local.template, spec: {path: d/g.txt, template: "x"}}
"""


def test_folders_come_first_and_go_last(folder: Folder) -> None:
    folder.write(INSIDE)
    edges = {str(change.address): change.depends_on for change in folder.plan().plan.changes}
    assert edges == {
        "local.directory.z": (),
        "local.directory.y": ("local.directory.z",),
        "local.file.a": ("local.directory.y",),
        "local.template.b": ("local.directory.z",),
    }
    assert folder.apply().status == "completed"
    assert folder.actions() == {}
    assert folder.apply(destroy=True).status == "completed"
    assert not (folder.path / "d").exists()


def test_who_says_that_the_folder_waits_is_believed(folder: Folder) -> None:
    folder.write(
        "  z: {type: local.directory, depends_on: [a], spec: {path: d, exist_ok: true}}\n"
        "  a: {type: local.file, spec: {path: d/f.txt, content: hi}}\n"
    )
    edges = {str(change.address): change.depends_on for change in folder.plan().plan.changes}
    assert edges == {"local.directory.z": ("local.file.a",), "local.file.a": ()}


def test_another_connection_is_another_place(folder: Folder) -> None:
    folder.write(
        "  z: {type: local.directory, spec: {path: d}}\n"
        "  a: {type: local.file, provider: local.there, spec: {path: d/f.txt, content: hi}}\n",
        head="providers: {local.there: {folder: /tmp}}\n",
    )
    assert all(change.depends_on == () for change in folder.plan().plan.changes)
