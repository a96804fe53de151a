"""Outputs of the project when reality, or the run, is not as it should be."""

from __future__ import annotations

from reign.app.look import outputs

from .conftest import Folder

ONE = """\
  f: {type: local.file, spec: {path: a.txt, content: hi}}
outputs:
  p: {value: "${resources.f.path}"}
"""


def told(folder: Folder) -> dict[str, object]:
    return {name: output.value for name, output in outputs(folder.where).items()}


def test_taking_over_that_something_is_gone_leaves_its_outputs_as_they_were(folder: Folder) -> None:
    folder.write(ONE)
    folder.apply()
    (folder.path / "a.txt").unlink()
    assert folder.actions(refresh_only=True) == {"local.file.f": "forget"}
    assert folder.apply(refresh_only=True).status == "completed"
    assert told(folder) == {"p": "a.txt"}
    assert folder.actions() == {"local.file.f": "create"}


def test_a_failure_is_told_once_and_not_again_by_the_outputs_behind_it(folder: Folder) -> None:
    folder.write(
        "  c: {type: shell.command, spec: {create: 'exit 3'}}\noutputs:\n  o: {value: '${resources.c.stdout}'}\n"
    )
    applied = folder.apply()
    assert ([failure.address for failure in applied.failed], applied.message) == (["shell.command.c"], "")
    assert told(folder) == {}


def test_an_output_that_goes_is_recorded(folder: Folder) -> None:
    folder.write(ONE)
    folder.apply()
    folder.write("  f: {type: local.file, spec: {path: a.txt, content: hi}}\n")
    folder.apply()
    assert told(folder) == {}


def test_what_is_ignored_and_changed_outside_is_read_as_it_is(folder: Folder) -> None:
    folder.write(
        "  f: {type: local.file, spec: {path: a.txt, content: hi}, lifecycle: {ignore_changes: [content]}}\n"
        "  v: {type: value, spec: {value: '${resources.f.sha256}'}}\n"
        "outputs:\n  o: {value: '${resources.f.sha256}'}\n"
    )
    folder.apply()
    before = told(folder)
    (folder.path / "a.txt").write_text("other\n")
    assert folder.actions() == {"value.v": "update"}
    folder.apply(file=folder.save())
    assert told(folder) != before
    assert folder.actions() == {}
    assert {output.action for output in folder.plan().plan.outputs} == {"no-op"}
