"""What nobody can tell becomes a question, once, and is answered by a person, by on_unknown or by a later look."""

from __future__ import annotations

from pathlib import Path

import pytest

from reign.app.doctor import examine
from reign.app.interventions import resolve
from reign.app.look import run_query, state
from reign.app.nouns import Planned
from reign.app.surgery import Operation, operate, taint
from reign.model.errors import Cancelled, Failed, Locked
from reign.model.finding import Finding
from reign.state.layout import Layout
from reign.state.lock import Owner
from reign.state.writer import open_writer

from .conftest import Folder
from .killing import kill_parent, kill_with_its_parent, wait_until
from .test_recovery import FILE, SLOW, forget_the_answer


@pytest.fixture
def asked(folder: Folder) -> Folder:
    """A project whose only command was cut off together with what watched over it."""
    folder.write(SLOW % "")
    kill_with_its_parent(folder)
    with pytest.raises(Failed):
        folder.apply()
    return folder


def questions(folder: Folder) -> list[tuple[object, ...]]:
    table = run_query(folder.where, "select status, resolved_by, note from reign.interventions order by created_at")
    return [tuple(row) for row in table.rows]


def codes(error: Failed) -> list[str]:
    return [finding.code for finding in error.findings]


def test_it_is_asked_once_and_shown_everywhere(asked: Folder) -> None:
    for _ in range(2):
        with pytest.raises(Failed) as caught:
            asked.apply()
        assert codes(caught.value) == ["plan/outcome-unknown"]
        assert "doctor --resolve shell.command.s=done" in caught.value.findings[0].fix
    assert questions(asked) == [("open", None, None)]
    assert len(state(asked.where).interventions) == 1
    examined = examine(asked.where)
    assert "doctor/question" in [finding.code for finding in examined.findings]
    assert examined.is_sound, "a question is no damage"
    assert run_query(asked.where, "select recovery from reign.operations").rows == (("asked",),)


def test_a_plan_asks_without_writing(folder: Folder) -> None:
    folder.write(SLOW % "")
    kill_with_its_parent(folder)
    before = folder.journal().read_bytes()
    with pytest.raises(Failed) as caught:
        folder.plan()
    assert codes(caught.value) == ["plan/outcome-unknown"]
    assert folder.journal().read_bytes() == before


def test_said_to_be_done(asked: Folder) -> None:
    (told,) = resolve(asked.where, {"s": True}).told
    assert told.is_done
    assert asked.actions() == {}
    ((status, by, note),) = questions(asked)
    assert (status, note) == ("resolved", "done")
    assert by
    assert state(asked.where).interventions == state(asked.where).open_intents == ()
    assert (asked.path / "log").read_text() == "x\n"


HIDDEN = """
  k: {type: shell.command, spec: {create: "echo begun >> log; cat key; exit 0", delete: "true"}}
  s: {type: shell.command, spec: {create: "echo x >> log; echo ${secret.t} > val; sleep 60", delete: "rm val; true ${secret.t}",
    env: {OF: "${resources.k.stdout}"}}}
"""


@pytest.fixture
def hidden(folder: Folder) -> Folder:
    """A project whose last command was cut off in that way, and was given what only its run knew."""
    (folder.path / "key").write_text("of k")
    folder.write(HIDDEN, "secrets: {t: {generate: {length: 20}}}\n")
    process = folder.start("apply", "--auto-approve")
    wait_until(lambda: (folder.path / "val").exists() and (folder.path / "val").read_text(), "the command")
    process.kill()
    process.communicate()
    kill_parent(folder)
    with pytest.raises(Failed):
        folder.apply()
    return folder


def test_what_only_its_run_knew_is_recorded_as_it_was_given(hidden: Folder) -> None:
    resolve(hidden.where, {"s": True})
    assert hidden.actions() == {}
    assert (hidden.path / "val").read_text().strip() not in hidden.journal().read_text()
    hidden.write("  v: {type: value, spec: {value: 1}}\n")
    hidden.apply()
    assert not (hidden.path / "val").exists(), "its delete was run"


def test_what_cannot_be_told_again_does_not_count_as_done(hidden: Folder) -> None:
    """What it was given came from another resource, which is not known any more."""
    removing = hidden.start("state", "rm", "k", "--auto-approve")
    removing.communicate()
    assert removing.returncode == 0
    with pytest.raises(Failed) as caught:
        resolve(hidden.where, {"s": True})
    assert codes(caught.value) == ["doctor/too-little-known"]


def test_said_to_be_not_done(asked: Folder) -> None:
    asked.write("  s: {type: shell.command, spec: {create: 'echo y >> log'}}\n")
    resolve(asked.where, {"shell.command.s": False})
    assert asked.actions() == {"shell.command.s": "create"}
    asked.apply()
    assert (asked.path / "log").read_text() == "x\ny\n"
    assert questions(asked)[0][2] == "again"


def test_on_unknown_answers_an_open_question(asked: Folder) -> None:
    asked.write("  s: {type: shell.command, spec: {create: 'echo y >> log', on_unknown: again}}\n")
    asked.apply()
    assert questions(asked) == [("resolved", "on_unknown", "again")]
    assert asked.actions() == {}


def test_of_an_update_what_was_there_keeps_its_key_and_of_a_delete_nothing_is_left(folder: Folder) -> None:
    spec = (
        "  s: {type: shell.command, spec: {create: 'true', %s: 'echo x >> log; exec sleep 60', triggers: {at: %d}}}\n"
    )
    folder.write(spec % ("update", 1))
    folder.apply()
    (before,) = state(folder.where).resources.values()
    folder.write(spec % ("update", 2))
    kill_with_its_parent(folder)
    resolve(folder.where, {"s": True})
    (after,) = state(folder.where).resources.values()
    assert (after.create_key, after.external_id) == (before.create_key, before.external_id)
    assert after.created_run == before.created_run != after.updated_run
    assert folder.actions() == {}

    (folder.path / "log").unlink()
    folder.write(
        "  s: {type: shell.command, spec: {create: 'true', delete: 'echo x >> log; exec sleep 60', triggers: {at: 2}}}\n"
    )
    folder.apply()
    folder.write("  {}\n")
    kill_with_its_parent(folder)
    resolve(folder.where, {"s": True})
    assert state(folder.where).resources == {}


@pytest.mark.parametrize("name", ["nope", "shell.command.t", "", "*", "s[0]"])
def test_a_name_of_nothing_changes_nothing(asked: Folder, name: str) -> None:
    before = asked.journal().read_bytes()
    with pytest.raises(Failed) as caught:
        resolve(asked.where, {name: True, "s": True})
    assert codes(caught.value) == ["doctor/nothing-asked"]
    assert asked.journal().read_bytes() == before


def test_where_nothing_was_ever_applied_nothing_is_made(folder: Folder) -> None:
    folder.write(FILE)
    with pytest.raises(Failed) as caught:
        resolve(folder.where, {"f": True})
    assert codes(caught.value) == ["doctor/nothing-asked"]
    assert not (folder.path / ".reign").exists()


def test_while_somebody_writes(asked: Folder) -> None:
    with open_writer(Layout(asked.path), Owner("apply")), pytest.raises(Locked):
        resolve(asked.where, {"s": True})


def test_a_plan_that_cannot_be_read_any_more_leaves_a_question(folder: Folder) -> None:
    """What carries a mark is still found by it; only what the run was at is asked."""
    folder.write(FILE)
    folder.apply()
    forget_the_answer(folder)
    for path in (folder.path / ".reign/runs").glob("*/plan"):
        path.unlink()
    planned = folder.plan()
    assert [(f.code, f.severity.value) for f in planned.warnings] == [("plan/outcome-unknown", "minor")]
    with pytest.raises(Failed) as caught:
        resolve(folder.where, {"f": True})
    assert codes(caught.value) == ["doctor/too-little-known"]
    assert questions(folder) == [("open", None, None)]
    folder.apply()
    assert [f.code for f in folder.plan().warnings] == ["recovery/adopted"], "found by its mark, and so it was done"
    folder.apply()
    assert questions(folder) == [("resolved", "look", "done")]


def test_nothing_is_changed_by_hand_at_what_is_asked_about(asked: Folder) -> None:
    operation: Operation = taint(["s"])
    with pytest.raises(Failed):
        operate(asked.where, operation, lambda _: None)


def test_the_environment_is_named(tmp_path: Path) -> None:
    folder = Folder(tmp_path, env="prod")
    folder.write(SLOW % "", head="environments: {dev: {}, prod: {}}\n")
    kill_with_its_parent(folder, "--env", "prod", "apply", "--auto-approve")
    with pytest.raises(Failed) as caught:
        folder.apply()
    assert "reign --env prod doctor --resolve" in caught.value.findings[0].fix
    resolve(folder.where, {"s": True})
    assert folder.actions() == {}


def test_what_was_found_out_is_told_before_the_question_and_beside_what_ends_it(folder: Folder) -> None:
    def no(planned: Planned) -> None:
        assert [finding.code for finding in planned.plan.findings] == ["recovery/adopted"]
        raise Cancelled([Finding("apply/cancelled", "No")])

    folder.write(FILE)
    folder.apply()
    forget_the_answer(folder)
    with pytest.raises(Cancelled):
        folder.apply(approve=no)
    assert folder.plan().warnings == (), "it is written down, and was told"

    forget_the_answer(folder)
    folder.write(FILE + "  g: {type: local.file, spec: {path: b.txt, content: x}}\n")
    (folder.path / "b.txt").write_text("somebody else's")
    with pytest.raises(Failed) as raised:
        folder.apply()
    assert codes(raised.value) == ["plan/not-ours", "recovery/adopted"]
