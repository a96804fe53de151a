"""A run that goes on: what it does again, what it does not, and what keeps it from going on."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reign.app.apply import apply
from reign.app.cleanup import clean_up, find_leftovers
from reign.app.look import run_query
from reign.app.nouns import Applied, ApplyRequest, Planned
from reign.app.runs import abort
from reign.execution.cancel import Cancel
from reign.model.errors import Failed, Locked, Refused, Stale
from reign.model.lifecycle import courses
from reign.model.plan import Action
from reign.state.layout import Layout
from reign.state.lock import Owner
from reign.state.writer import open_writer

from .conftest import Folder, approve

THREE = """\
  a: {type: local.file, spec: {path: a.txt, content: one}}
  b: {type: shell.command, depends_on: [a], spec: {create: 'echo x >> log; test -f ok'}}
  c: {type: local.file, depends_on: [b], spec: {path: c.txt, content: two}}
"""


def resume(folder: Folder, run: str, approve: Callable[[Planned], None] = approve) -> Applied:
    request = ApplyRequest(command="runs resume", resume=run)
    return apply(folder.where, request, approve, lambda _: None, Cancel())


def failed(folder: Folder, resources: str = THREE, head: str = "") -> Applied:
    folder.write(resources, head)
    applied = folder.apply()
    assert applied.status == "failed"
    return applied


def refused(folder: Folder, run: str, kind: type[Exception]) -> list[str]:
    with pytest.raises(kind) as told:
        resume(folder, run)
    return [finding.code for finding in told.value.findings]  # type: ignore[attr-defined]


def lawful(folder: Folder) -> None:
    """No run of the journal did what a run must not do."""
    with open_writer(Layout(folder.path), Owner("test")) as writer:
        _, wrong = courses(writer.journal.read())
    assert wrong == []


def test_what_failed_and_what_was_skipped_is_tried_again(folder: Folder) -> None:
    run = failed(folder).run
    made = (folder.path / "a.txt").stat().st_ino
    (folder.path / "ok").touch()
    shown: list[Planned] = []
    applied = resume(folder, run[:4], shown.append)
    assert (applied.run, applied.status, applied.added, applied.failed) == (run, "completed", 3, ())
    assert {change.address.name: change.action for change in shown[0].plan.changes} == {
        "a": Action.NOOP, "b": Action.CREATE, "c": Action.CREATE
    }  # fmt: skip
    assert shown[0].plan.resumes == run
    assert (folder.path / "a.txt").stat().st_ino == made
    assert (folder.path / "log").read_text() == "x\nx\n"
    assert folder.actions() == {}
    told = run_query(folder.where, "SELECT run_id, status, added, failed, skipped, serial FROM runs").rows
    assert told == ((run, "completed", 3, 0, 0, 1),)
    phases = run_query(folder.where, "SELECT name, status FROM phases ORDER BY started_at").rows
    assert phases == (("plan", "completed"), ("gate", "completed"), ("execute", "completed"))
    lawful(folder)


def test_a_run_that_was_killed_goes_on(folder: Folder) -> None:
    folder.write(THREE.replace("test -f ok", "until test -f ok; do sleep 0.02; done").replace("x >> log", "x > log"))
    process = folder.start("apply", "--auto-approve")
    until = time.monotonic() + 60
    while not (folder.path / "log").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    [run] = (path.name for path in (folder.path / ".reign" / "runs").iterdir())
    (folder.path / "ok").touch()
    applied = resume(folder, run)
    assert (applied.status, applied.added) == ("completed", 3)
    assert folder.actions() == {}
    lawful(folder)


def test_reality_that_moved_is_not_gone_on_over(folder: Folder) -> None:
    run = failed(folder).run
    (folder.path / "ok").touch()
    (folder.path / "c.txt").write_text("somebody else's")
    assert refused(folder, run, Stale) == ["plan/reality-changed"]
    (folder.path / "c.txt").unlink()
    (folder.path / "a.txt").write_text("edited")
    assert refused(folder, run, Stale) == ["plan/reality-changed"]
    (folder.path / "a.txt").unlink()
    assert refused(folder, run, Stale) == ["plan/reality-changed"]
    assert (folder.path / "log").read_text() == "x\n"


def test_a_state_that_moved_is_not_gone_on_over(folder: Folder) -> None:
    run = failed(folder).run
    (folder.path / "ok").touch()
    assert folder.apply().status == "completed"
    assert refused(folder, run, Stale) == ["runs/moved-on"]


def test_a_plan_that_is_lost_or_damaged_is_none(folder: Folder) -> None:
    run = failed(folder).run
    plan = folder.path / ".reign" / "runs" / run / "plan"
    whole = plan.read_bytes()
    plan.write_bytes(whole.replace(b"a.txt", b"b.txt"))
    assert refused(folder, run, Stale) == ["runs/plan-lost"]
    plan.write_bytes(whole[: len(whole) // 2])
    assert refused(folder, run, Stale) == ["runs/plan-lost"]
    plan.write_bytes(whole)
    key = folder.path / ".reign" / "key"
    key.rename(key.with_name("kept"))
    assert refused(folder, run, Stale) == ["runs/plan-lost"]
    key.with_name("kept").rename(key)
    plan.unlink()
    assert refused(folder, run, Stale) == ["runs/plan-lost"]


def test_runs_that_are_none(folder: Folder) -> None:
    folder.write(THREE)
    assert refused(folder, "8c20f7", Failed) == ["runs/unknown"]
    assert not (folder.path / ".reign").exists()
    (folder.path / "ok").touch()
    run = folder.apply().run
    assert refused(folder, run, Failed) == ["runs/over"]
    assert refused(folder, "nope", Failed) == ["runs/unknown"]
    with open_writer(Layout(folder.path), Owner("apply")):
        assert refused(folder, run, Locked) == ["state/locked"]


SECRET = """\
secrets:
  outer: {env: OUTER}
  inner: {generate: {length: 20}}
"""
HIDING = """\
  a: {type: local.file, spec: {path: a.txt, content: "${secret.inner}"}}
  b: {type: shell.command, depends_on: [a], spec: {create: 'test -f ok'}}
  c: {type: local.file, depends_on: [b], spec: {path: c.txt, content: "${secret.outer}"}}
  d: {type: local.file, depends_on: [b], spec: {path: d.txt, content: "${secret.inner}"}}
"""


def test_sensitive_values_are_those_that_were_planned(folder: Folder) -> None:
    folder.environ["OUTER"] = "hunter2-outer"
    run = failed(folder, HIDING, SECRET).run
    (folder.path / "ok").touch()
    folder.environ["OUTER"] = "another"
    assert refused(folder, run, Stale) == ["plan/secret-changed"]
    del folder.environ["OUTER"]
    assert refused(folder, run, Stale) == ["plan/secret-changed"]
    folder.environ["OUTER"] = "hunter2-outer"
    assert resume(folder, run).status == "completed"
    inner = (folder.path / "a.txt").read_text()
    assert len(inner) == 20
    assert (folder.path / "c.txt").read_text() == "hunter2-outer"
    assert (folder.path / "d.txt").read_text() == inner
    assert b"hunter2-outer" not in b"".join(path.read_bytes() for path in folder.path.glob(".reign/journal/*"))


def test_an_untrusted_folder_is_not_gone_on_in(folder: Folder) -> None:
    folder.environ["OUTER"] = "hunter2-outer"
    run = failed(folder, HIDING, SECRET).run
    del folder.environ["REIGN_TRUST"]
    assert refused(folder, run, Refused) == ["plan/untrusted"]


def paused(folder: Folder) -> str:
    """A run that was cancelled right after it began."""
    folder.write(THREE)
    cancel = Cancel()
    request = ApplyRequest(options=None)
    applied = apply(folder.where, request, approve, lambda _: cancel.finish(), cancel)
    assert applied.status == "paused"
    return applied.run


def test_a_paused_run_goes_on(folder: Folder) -> None:
    run = paused(folder)
    (folder.path / "ok").touch()
    assert resume(folder, run).status == "completed"
    lawful(folder)


def test_a_run_that_is_given_up_goes_on_no_more(folder: Folder) -> None:
    run = paused(folder)
    abort(folder.where, run, "withdrawn", lambda _: None)
    told = run_query(folder.where, "SELECT status, message FROM runs").rows
    assert told[0][0] == "aborted"
    assert told[0][1].endswith(": withdrawn")
    assert refused(folder, run, Failed) == ["runs/over"]
    with pytest.raises(Failed):
        abort(folder.where, run, "", lambda _: None)
    lawful(folder)


def test_a_run_that_failed_is_given_up_as_long_as_it_can_go_on(folder: Folder) -> None:
    run = failed(folder).run
    assert find_leftovers(folder.where, None, None).kept == (run,)
    abort(folder.where, run, "", lambda _: None)
    assert run_query(folder.where, "SELECT status FROM runs").rows[0] == ("aborted",)
    assert refused(folder, run, Failed) == ["runs/over"]
    assert find_leftovers(folder.where, None, None).kept == ()
    lawful(folder)
    moved, other = failed(folder).run, failed(folder, THREE.replace("hi", "ho")).run
    assert moved != other
    with pytest.raises(Failed) as raised:
        abort(folder.where, moved, "", lambda _: None)
    assert [finding.code for finding in raised.value.findings] == ["runs/not-paused"]


def test_only_what_nobody_needs_is_cleaned_up(folder: Folder) -> None:
    run = paused(folder)
    cleaning = find_leftovers(folder.where, None, None)
    assert (cleaning.leftovers, cleaning.kept) == ((), (run,))
    for age_s in (3600.0, 86400.0 * 999_999, 1e24):
        assert find_leftovers(folder.where, None, age_s).kept == ()
    abort(folder.where, run, "", lambda _: None)
    beside = folder.path / ".reign" / "journal" / ".00000002.log.0123abcd"
    beside.touch()
    strange = folder.path / ".reign" / "mine"
    strange.touch()
    asked: list[object] = []
    cleaning = clean_up(folder.where, None, None, asked.append, 0.0)
    assert {each.path for each in cleaning.leftovers} == {Path(".reign/runs") / run, beside.relative_to(folder.path)}
    assert asked == [cleaning]
    assert not (folder.path / ".reign" / "runs" / run).exists()
    assert strange.exists()
    assert clean_up(folder.where, None, None, asked.append, 0.0).leftovers == ()
    assert len(asked) == 1
