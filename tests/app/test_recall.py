"""A command whose run was killed: it goes on, its end is on record, and the next run knows it."""

from __future__ import annotations

import os
import signal
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from reign.app.apply import apply
from reign.app.cleanup import clean_up
from reign.app.look import state
from reign.app.nouns import Applied, ApplyRequest
from reign.app.recall import Waiting, unheard
from reign.app.runs import abort
from reign.execution.cancel import Cancel
from reign.model.errors import Failed
from reign.model.values import reveal
from reign.planning import Options
from reign.state import read
from reign.state.layout import Layout

from .conftest import Folder, approve
from .killing import kill_parent, kill_while_it_runs, kill_with_its_parent, record, records, wait_for_log, wait_until

GATED = "  s: {type: shell.command, spec: {create: 'echo x >> log; until test -e go; do sleep 0.01; done; %s'%s}}\n"
"""Begins, and ends once `go` is there."""


def gated(folder: Folder, end: str = "echo made", more: str = "") -> None:
    folder.write(GATED % (end, more))


def let_end(folder: Folder) -> None:
    """Let the command end, and wait until its end is on record."""
    (folder.path / "go").touch()
    wait_until(lambda: record(folder).status != "running", "the end of the command")


def log(folder: Folder) -> str:
    return (folder.path / "log").read_text()


def outputs(folder: Folder) -> dict[str, object]:
    (snapshot,) = state(folder.where).resources.values()
    return dict(snapshot.outputs)


def codes(applied: Applied) -> list[str]:
    return [finding.code for finding in applied.warnings]


def carry_on(folder: Folder, waiting: Waiting) -> Applied:
    """Apply. A program that was just being started when its parent was killed has the lock until it has begun."""
    request = ApplyRequest(options=Options(), lock_wait_s=5)
    return apply(folder.where, request, approve, lambda _: None, Cancel(), waiting=waiting)


def test_what_ended_well_after_the_kill_is_adopted_with_its_outputs(folder: Folder) -> None:
    gated(folder)
    kill_while_it_runs(folder)
    let_end(folder)
    planned = folder.plan()
    assert [finding.code for finding in planned.warnings] == ["recovery/adopted"]
    assert folder.actions() == {}
    assert codes(folder.apply()) == ["recovery/adopted"]
    assert outputs(folder)["stdout"] == "made"
    assert log(folder) == "x\n"
    assert records(folder) == []
    assert folder.actions() == {}


def test_what_failed_after_the_kill_is_told_with_its_last_lines_and_planned_again(folder: Folder) -> None:
    gated(folder, "echo why >&2; exit 3")
    kill_while_it_runs(folder)
    let_end(folder)
    (told,) = folder.plan().warnings
    assert told.code == "recovery/not-done"
    assert "exit code 3" in told.detail
    assert "why" in told.detail
    assert folder.actions() == {"shell.command.s": "create"}
    gated(folder)
    assert codes(folder.apply()) == ["recovery/not-done"]
    assert log(folder) == "x\nx\n"
    assert records(folder) == []


@pytest.mark.slow
def test_what_took_too_long_after_the_kill_was_ended(folder: Folder) -> None:
    gated(folder, more=", timeout: 1s")
    kill_while_it_runs(folder)
    wait_until(lambda: record(folder).status != "running", "the timeout")
    (told,) = folder.plan().warnings
    assert told.code == "recovery/not-done"
    assert "still running after 1 s" in told.detail


def test_what_still_runs_is_told_by_the_plan_and_waited_for_by_the_apply(folder: Folder) -> None:
    gated(folder)
    kill_while_it_runs(folder)
    (told,) = folder.plan().warnings
    assert told.code == "recovery/running"
    assert str(record(folder).pid) in told.detail
    heard: list[str] = []

    def waiting(line: str) -> None:
        heard.append(line)
        (folder.path / "go").touch()

    assert codes(carry_on(folder, waiting)) == ["recovery/adopted"]
    assert [line.partition(",")[0] for line in heard] == ["Waiting for the create of shell.command.s"]
    assert log(folder) == "x\n"


@pytest.mark.slow
def test_waiting_ends_with_an_interrupt_and_nothing_is_done(folder: Folder) -> None:
    gated(folder)
    kill_while_it_runs(folder)
    journal = folder.journal().read_bytes()
    process = folder.start("apply", "--auto-approve")
    assert process.stderr is not None
    assert process.stderr.readline().startswith("Waiting for the create of shell.command.s")
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    assert process.communicate()[0] == ""
    assert folder.journal().read_bytes() == journal
    assert record(folder).status == "running"
    let_end(folder)
    assert codes(folder.apply()) == ["recovery/adopted"]
    assert log(folder) == "x\n"


@pytest.mark.parametrize(
    "word", ["ask", pytest.param("again", marks=pytest.mark.slow), pytest.param("done", marks=pytest.mark.slow)]
)
def test_what_nobody_saw_the_end_of_is_asked_or_answered_in_advance(folder: Folder, word: str) -> None:
    gated(folder, more=f", on_unknown: {word}")
    kill_with_its_parent(folder)
    if word == "ask":
        for verb in (folder.plan, folder.apply):
            with pytest.raises(Failed) as raised:
                verb()
            assert [finding.code for finding in raised.value.findings] == ["plan/outcome-unknown"]
            assert "ended from outside" in raised.value.findings[0].detail
        assert record(folder).status == "lost"
    else:
        (folder.path / "go").touch()
        folder.apply()
        assert records(folder) == []
    assert log(folder) == ("x\nx\n" if word == "again" else "x\n")


def test_a_parent_that_is_killed_under_a_living_run_leaves_it_unknown(folder: Folder) -> None:
    gated(folder)
    process = folder.start("apply", "--auto-approve")
    wait_for_log(folder)
    kill_parent(folder)
    process.communicate()
    assert process.returncode == 7
    assert '"outcome":"unknown"' in folder.journal().read_text()
    with pytest.raises(Failed) as raised:
        folder.apply()
    assert [finding.code for finding in raised.value.findings] == ["plan/outcome-unknown"]
    assert log(folder) == "x\n"


def test_what_was_never_begun_is_begun(folder: Folder) -> None:
    """Whatever a kill leaves of a record before the parent has written into it."""
    gated(folder)
    kill_with_its_parent(folder)
    (path,) = records(folder)
    first = path.read_bytes().splitlines(keepends=True)[0]
    for left in (None, b"", first[:-10], first):
        path.unlink(missing_ok=True)
        if left is not None:
            path.write_bytes(left)
        assert [finding.code for finding in folder.plan().warnings] == ["recovery/not-done"]
    (folder.path / "go").touch()
    assert codes(folder.apply()) == ["recovery/not-done"]
    assert log(folder) == "x\nx\n"


SECRET = 'variables: {key: {type: string, sensitive: true, default: "hush-hush-hush"}}\n'
READ = 'read: "test -e made && cat made"'


def test_what_is_sensitive_is_never_on_record_and_asked_about(folder: Folder) -> None:
    spec = "{create: 'echo x >> log; until test -e go; do sleep 0.01; done; echo $KEY', env: {KEY: '${var.key}'}}"
    folder.write(f"  s: {{type: shell.command, spec: {spec}}}\n", SECRET)
    kill_while_it_runs(folder)
    let_end(folder)
    assert b"hush" not in b"".join(path.read_bytes() for path in records(folder))
    with pytest.raises(Failed) as raised:
        folder.plan()
    assert "exit code 0" in raised.value.findings[0].detail


@pytest.mark.slow
def test_what_is_sensitive_and_has_a_read_is_adopted_by_it(folder: Folder) -> None:
    create = "echo x >> log; until test -e go; do sleep 0.01; done; echo $KEY >made"
    folder.write(
        f"  s: {{type: shell.command, spec: {{create: '{create}', {READ}, env: {{KEY: '${{var.key}}'}}}}}}\n", SECRET
    )
    kill_while_it_runs(folder)
    let_end(folder)
    assert codes(folder.apply()) == ["recovery/adopted"]
    assert reveal(state(folder.where).resources[next(iter(state(folder.where).resources))].outputs["exit_code"]) == 0
    assert log(folder) == "x\n"
    assert folder.actions() == {}


@pytest.mark.slow
def test_what_repeats_a_known_value_is_not_on_record(folder: Folder) -> None:
    (folder.path / "leak").write_text("so: hush-hush-hush!")
    create = "echo x >> log; until test -e go; do sleep 0.01; done; cat leak"
    folder.write(
        f"  s: {{type: shell.command, spec: {{create: '{create}'}}}}\n"
        "  o: {type: shell.command, spec: {create: 'true', env: {KEY: '${var.key}'}}}\n",
        SECRET,
    )
    kill_while_it_runs(folder)
    (folder.path / "go").touch()
    wait_until(lambda: all(b"codes" in path.read_bytes() for path in records(folder)), "the end of the command")
    assert b"hush" not in b"".join(path.read_bytes() for path in records(folder))


@pytest.mark.slow
def test_an_update_and_a_delete_are_recalled_too(folder: Folder) -> None:
    slow = "echo x >> log; until test -e go; do sleep 0.01; done; echo %s"
    spec = "{create: 'true', update: '%s', delete: '%s', triggers: {t: %d}}"
    spec %= (slow % "changed", slow % "gone", 1)
    folder.write(f"  s: {{type: shell.command, spec: {spec}}}\n")
    folder.apply()
    before = state(folder.where).resources
    folder.write(f"  s: {{type: shell.command, spec: {spec.replace('t: 1', 't: 2')}}}\n")
    kill_while_it_runs(folder)
    let_end(folder)
    assert codes(folder.apply()) == ["recovery/adopted"]
    assert outputs(folder)["stdout"] == "changed"
    (then,), (now,) = before.values(), state(folder.where).resources.values()
    assert (now.create_key, now.external_id, now.created_at) == (then.create_key, then.external_id, then.created_at)
    for name in ("go", "log"):
        (folder.path / name).unlink()
    kill_while_it_runs(folder, "destroy", "--auto-approve")
    let_end(folder)
    assert codes(folder.apply(destroy=True)) == ["recovery/adopted"]
    assert state(folder.where).resources == {}
    assert log(folder) == "x\n"


@pytest.mark.slow
def test_a_value_that_only_the_run_knew_is_on_record(folder: Folder) -> None:
    create = "echo x >> log; until test -e go; do sleep 0.01; done; echo got ${resources.a.stdout}"
    folder.write(
        "  a: {type: shell.command, spec: {create: 'echo one'}}\n"
        f"  s: {{type: shell.command, spec: {{create: '{create}'}}}}\n"
    )
    kill_while_it_runs(folder)
    wait_until(lambda: len(records(folder)) == 1, "the record of the first to go")
    let_end(folder)
    assert codes(folder.apply()) == ["recovery/adopted"]
    assert [snapshot.outputs["stdout"] for snapshot in state(folder.where).resources.values()] == ["one", "got one"]
    assert folder.actions() == {}


@pytest.mark.slow
def test_a_read_that_fails_after_the_kill_leaves_what_was_made_tainted(folder: Folder) -> None:
    gated(folder, more=", read: 'test -e log || exit 1; exit 7'")
    kill_while_it_runs(folder)
    let_end(folder)
    with pytest.raises(Failed):  # the plan cannot look at it either
        folder.apply()
    (snapshot,) = state(folder.where).resources.values()
    assert snapshot.tainted
    assert snapshot.outputs["stdout"] == "made"


def test_a_second_interrupt_leaves_the_command_running_and_the_next_run_finds_it(folder: Folder) -> None:
    gated(folder)
    process = folder.start("apply", "--auto-approve")
    wait_for_log(folder)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    while "Nothing new starts" not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    assert record(folder).status == "running"
    let_end(folder)
    assert codes(folder.apply()) == ["recovery/adopted"]
    assert log(folder) == "x\n"


@pytest.mark.slow
def test_a_terminal_that_is_closed_and_a_group_that_is_killed_leave_the_command_alone(folder: Folder) -> None:
    gated(folder)
    process = folder.start("apply", "--auto-approve")
    wait_for_log(folder)
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        os.kill(record(folder).pid, number)
    process.kill()
    process.communicate()
    assert record(folder).status == "running"
    let_end(folder)
    assert codes(folder.apply()) == ["recovery/adopted"]


def held(pid: int) -> set[str]:
    """What a process has open beside pipes."""
    found = set()
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            found.add(str(each.readlink()))
    return {path for path in found if not path.startswith(("pipe:", "/dev/null"))}


def test_the_parent_holds_nothing_of_ours_but_the_record(folder: Folder) -> None:
    gated(folder)
    process = folder.start("apply", "--auto-approve")
    wait_for_log(folder)
    pid = record(folder).pid
    kept = {str(path) for path in records(folder)}
    assert held(pid) == kept
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    keeps_time, command = sorted(children, key=lambda child: held(child) != kept)
    assert held(keeps_time) == kept
    wait_until(lambda: not held(command), "the command to hold no file: its log it opens and closes by itself")
    assert len({os.getsid(each) for each in (process.pid, pid, keeps_time, command)}) == 4
    names = {line.partition(b"=")[0] for line in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")}
    assert not [name for name in names if name.startswith((b"REIGN", b"PYTHON"))]
    (folder.path / "go").touch()
    process.communicate()
    assert process.returncode == 0
    assert records(folder) == []


def test_records_are_for_us_alone(folder: Folder) -> None:
    gated(folder)
    kill_while_it_runs(folder)
    (path,) = records(folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    let_end(folder)


def test_what_a_kill_left_of_a_settled_call_is_swept_away(folder: Folder) -> None:
    gated(folder)
    (folder.path / "go").touch()
    folder.apply()
    left = folder.path / ".reign" / "commands" / "0123456789abcdef-create-1"
    left.write_text('{"form": 1}\n')
    folder.apply()
    assert records(folder) == []


@pytest.mark.slow
def test_after_a_restart_of_the_machine_it_is_unknown(folder: Folder) -> None:
    gated(folder)
    kill_with_its_parent(folder)
    (path,) = records(folder)
    lines = path.read_text().splitlines()
    here = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    path.write_text("\n".join(lines).replace(here, "another") + "\n")
    with pytest.raises(Failed) as raised:
        folder.plan()
    assert "restarted" in raised.value.findings[0].detail


def has(folder: Folder, text: str) -> bool:
    return any(text in path.read_text() for path in records(folder))


MOMENTS = {
    "the intent is durable": lambda folder: '"kind":"intent"' in folder.journal().read_text(),
    "there is a record": records,
    "the parent has begun": lambda folder: has(folder, '"pid"'),
    "the command runs": lambda folder: (folder.path / "log").exists(),
    "the command has ended": lambda folder: has(folder, '"codes"'),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_any_moment_it_runs_once(folder: Folder, moment: str) -> None:
    folder.write("  s: {type: shell.command, spec: {create: 'echo x >> log; sleep 0.05; echo made'}}\n")
    process = folder.start("apply", "--auto-approve")
    wait_until(lambda: process.poll() is not None or came(folder, moment), moment)
    process.kill()
    process.communicate()
    carry_on(folder, unheard)
    assert log(folder) == "x\n"
    assert outputs(folder)["stdout"] == "made"
    assert records(folder) == []
    assert folder.actions() == {}


def came(folder: Folder, moment: str) -> bool:
    try:
        return bool(MOMENTS[moment](folder))
    except (OSError, ValueError):  # there is no journal yet, or the record has just gone
        return False


def test_who_gives_up_a_run_is_told_what_its_command_did_meanwhile(folder: Folder) -> None:
    gated(folder)
    kill_while_it_runs(folder)
    let_end(folder)
    (run,) = read(Layout(folder.path)).open_runs
    aborted = abort(folder.where, run, "", lambda _: None)
    assert [finding.code for finding in aborted.warnings] == ["recovery/adopted"]
    assert clean_up(folder.where, None, None, lambda _: None, 0.0).warnings == ()
