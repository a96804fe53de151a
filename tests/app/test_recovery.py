"""A run that was cut off: what reality tells is adopted, what it does not tell is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from reign.app.cleanup import find_leftovers
from reign.app.look import state
from reign.app.runs import abort
from reign.model.errors import Failed
from reign.ports import Site
from reign.providers.local.marks import Marks
from reign.providers.local.place import Place

from .conftest import Folder
from .killing import kill_with_its_parent

FILE = "  f: {type: local.file, spec: {path: a.txt, content: hi}}\n"
SLOW = "  s: {type: shell.command, spec: {create: 'echo x >> log; exec sleep 60'%s}}\n"


def forget_the_answer(folder: Folder) -> None:
    """Take back all but the intent of the only operation: what a kill between call and answer leaves behind."""
    lines = folder.journal().read_bytes().splitlines(keepends=True)
    (intent,) = (number for number, line in enumerate(lines) if b'"kind":"intent"' in line)
    folder.journal().write_bytes(b"".join(lines[: intent + 1]))
    for name in ("state.duckdb", "state.duckdb.wal"):
        (folder.path / ".reign" / name).unlink(missing_ok=True)


MOVED = "  f: {type: local.file, lifecycle: {create_before_destroy: %s}, spec: {path: %s/a.txt, content: hi}}\n"


def cut_after_the_first(folder: Folder, verb: str, before: bytes) -> None:
    """Take back all that the last run wrote after the intent of its first `verb`; `before` is the journal before it."""
    lines = folder.journal().read_bytes()[len(before) :].splitlines(keepends=True)
    asked = f'"verb":"{verb}"'.encode()
    intent = next(number for number, line in enumerate(lines) if b'"kind":"intent"' in line and asked in line)
    folder.journal().write_bytes(before + b"".join(lines[: intent + 1]))
    (folder.path / ".reign" / "state.duckdb").unlink(missing_ok=True)


def files(folder: Folder) -> list[str]:
    """Every file and folder of the project beside reign.yaml and the state."""
    found = (path.relative_to(folder.path) for path in folder.path.rglob("*"))
    return sorted(str(path) for path in found if path.parts[0] not in (".reign", "reign.yaml"))


def test_a_create_whose_answer_was_lost_is_adopted(folder: Folder) -> None:
    folder.write(FILE)
    folder.apply()
    forget_the_answer(folder)
    planned = folder.plan()
    assert [f.code for f in planned.warnings] == ["recovery/adopted"]
    assert folder.actions() == {}
    applied = folder.apply()
    assert [f.code for f in applied.warnings] == ["recovery/adopted"]
    (snapshot,) = state(folder.where).resources.values()
    assert snapshot.external_id == "a.txt"
    assert folder.plan().warnings == ()
    assert state(folder.where).open_intents == ()


def test_what_was_adopted_is_told_also_where_the_command_then_fails(folder: Folder) -> None:
    folder.write(FILE)
    folder.apply()
    forget_the_answer(folder)
    with pytest.raises(Failed) as failed:
        abort(folder.where, "none", "", lambda _: None)
    assert [f.code for f in failed.value.findings] == ["runs/unknown", "recovery/adopted"]


def test_a_create_that_never_happened_is_planned_again(folder: Folder) -> None:
    folder.write(FILE)
    folder.apply()
    forget_the_answer(folder)
    (folder.path / "a.txt").unlink()
    assert folder.actions() == {"local.file.f": "create"}
    applied = folder.apply()
    assert [f.code for f in applied.warnings] == ["recovery/not-done"]
    assert (folder.path / "a.txt").read_text() == "hi"
    assert folder.actions() == {}


def test_a_delete_whose_answer_was_lost_is_gone(folder: Folder) -> None:
    folder.write(FILE)
    folder.apply()
    before = folder.journal().read_bytes()
    folder.apply(destroy=True)
    lines = folder.journal().read_bytes()[len(before) :].splitlines(keepends=True)
    (intent,) = (number for number, line in enumerate(lines) if b'"kind":"intent"' in line)
    folder.journal().write_bytes(before + b"".join(lines[: intent + 1]))
    for name in ("state.duckdb", "state.duckdb.wal"):
        (folder.path / ".reign" / name).unlink(missing_ok=True)
    assert folder.actions() == {"local.file.f": "create"}
    folder.apply()
    assert (folder.path / "a.txt").read_text() == "hi"


def test_what_a_create_first_made_elsewhere_is_adopted_and_what_it_replaces_still_goes(folder: Folder) -> None:
    folder.write(MOVED % ("true", "old"))
    folder.apply()
    before, old = folder.journal().read_bytes(), (folder.path / "old" / "a.txt").read_bytes()
    mark = {path: path.read_bytes() for path in (folder.path / ".reign" / "marks").iterdir()}
    folder.write(MOVED % ("true", "new"))
    folder.apply()
    cut_after_the_first(folder, "create", before)
    # The one before still stood when it was cut off.
    (folder.path / "old").mkdir()
    (folder.path / "old" / "a.txt").write_bytes(old)
    for path, data in mark.items():
        path.write_bytes(data)
    assert [f.code for f in folder.plan().warnings] == ["recovery/adopted"]
    folder.apply()
    assert files(folder) == ["new", "new/a.txt"]
    (snapshot,) = state(folder.where).resources.values()
    assert snapshot.external_id == "new/a.txt"
    assert state(folder.where).deposed == {}
    assert folder.actions() == {}


def test_what_was_made_elsewhere_because_the_old_one_was_gone_is_adopted(folder: Folder) -> None:
    folder.write(MOVED % ("false", "old"))
    folder.apply()
    before = folder.journal().read_bytes()
    (folder.path / "old" / "a.txt").unlink()
    folder.write(MOVED % ("false", "new"))
    folder.apply()
    cut_after_the_first(folder, "create", before)
    assert [f.code for f in folder.plan().warnings] == ["recovery/adopted"]
    folder.apply()
    assert (folder.path / "new" / "a.txt").read_text() == "hi"
    assert folder.actions() == {}


def test_what_a_cut_off_delete_left_beside_the_file_goes_with_the_next_run(folder: Folder) -> None:
    folder.write("  f: {type: local.file, spec: {path: deep/er/a.txt, content: hi}}\n")
    folder.apply()
    before = folder.journal().read_bytes()
    marks = {path: path.read_bytes() for path in (folder.path / ".reign" / "marks").iterdir()}
    folder.apply(destroy=True)
    cut_after_the_first(folder, "delete", before)
    (folder.path / "deep" / "er").mkdir(parents=True)
    for path, data in marks.items():
        path.write_bytes(data)
    folder.apply(destroy=True)
    assert files(folder) == []
    assert list((folder.path / ".reign" / "marks").iterdir()) == []


UPDATED = "  f: {type: local.file, spec: {path: a.txt, content: '${var.c}'}}\n"
SECRET = "variables: {c: {type: string, sensitive: true, default: %s}}\n"


def leave_a_draft(folder: Folder) -> Path:
    """What an update leaves that is killed before it moves its draft into place."""
    folder.write(UPDATED, head=SECRET % "first-secret")
    folder.apply()
    before = folder.journal().read_bytes()
    folder.write(UPDATED, head=SECRET % "second-secret")
    folder.apply()
    cut_after_the_first(folder, "update", before)
    site = Site(str(folder.path), str(folder.path), str(folder.path / ".reign"), state(folder.where).lineage)
    draft = folder.path / Place(str(folder.path), Marks(site)).temporary("a.txt")
    (folder.path / "a.txt").rename(draft)
    (folder.path / "a.txt").write_text("first-secret")
    folder.write(UPDATED, head=SECRET % "first-secret")
    return draft


def test_the_draft_of_a_write_that_was_cut_off_goes_with_the_next_run(folder: Folder) -> None:
    draft = leave_a_draft(folder)
    folder.plan()
    assert draft.exists()  # a plan writes nothing
    applied = folder.apply()
    assert [f.code for f in applied.warnings] == ["recovery/not-done"]
    assert files(folder) == ["a.txt"]


def test_a_draft_that_several_runs_may_have_left_is_told_once(folder: Folder) -> None:
    draft = leave_a_draft(folder)
    content = draft.read_text()
    folder.apply()
    folder.write(UPDATED + "  s: {type: shell.command, spec: {create: 'exit 3'}}\n", head=SECRET % "third-secret")
    for _ in range(2):
        assert folder.apply().status == "failed"
        folder.write(UPDATED + "  s: {type: shell.command, spec: {create: 'exit 3'}}\n", head=SECRET % "other-secret")
    draft.write_text(content)
    found = find_leftovers(folder.where, None, None).leftovers
    assert [each.path.name for each in found].count(draft.name) == 1


def test_what_stood_beside_what_somebody_else_removed_goes_with_the_next_run(folder: Folder) -> None:
    folder.write("  f: {type: local.file, spec: {path: made/a.txt, content: hi}}\n")
    folder.apply()
    (folder.path / "made" / "a.txt").unlink()
    folder.write("  {}\n")
    folder.apply()
    assert files(folder) == []
    assert [*(folder.path / ".reign" / "marks").iterdir()] == []


def test_what_a_look_told_is_part_of_the_plan(folder: Folder) -> None:
    folder.write(FILE)
    folder.apply()
    forget_the_answer(folder)
    assert [f.code for f in folder.plan().plan.findings] == ["recovery/adopted"]


def test_the_run_that_was_cut_off_is_paused_with_what_it_had_done(folder: Folder) -> None:
    folder.write(FILE + "  s: {type: shell.command, depends_on: [f], spec: {create: 'echo x > log; exec sleep 60'}}\n")
    kill_with_its_parent(folder)
    with pytest.raises(Failed) as raised:
        folder.apply()
    assert [f.code for f in raised.value.findings] == ["plan/outcome-unknown"]
    last = folder.journal().read_text().splitlines()[-1]
    assert '"status":"paused"' in last
    assert '"added":1' in last


def test_what_leaves_no_mark_is_asked_and_not_run_twice(folder: Folder) -> None:
    folder.write(SLOW % "")
    kill_with_its_parent(folder)
    with pytest.raises(Failed) as raised:
        folder.plan()
    assert [f.code for f in raised.value.findings] == ["plan/outcome-unknown"]
    assert (folder.path / "log").read_text() == "x\n"


def test_on_unknown_again_runs_it_once_more(folder: Folder) -> None:
    folder.write(SLOW % "")
    kill_with_its_parent(folder)
    folder.write("  s: {type: shell.command, spec: {create: 'echo y >> log', on_unknown: again}}\n")
    assert folder.actions() == {"shell.command.s": "create"}
    folder.apply()
    assert (folder.path / "log").read_text() == "x\ny\n"
    assert folder.actions() == {}


def test_on_unknown_done_takes_it_as_done(folder: Folder) -> None:
    folder.write(SLOW % "")
    kill_with_its_parent(folder)
    folder.write(SLOW % ", on_unknown: done")
    folder.apply()
    assert (folder.path / "log").read_text() == "x\n"
    assert folder.actions() == {}
