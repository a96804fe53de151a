"""What a folder that is not trusted is planned from, and that nothing of it is run or reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from reign.app.trust import needs, trust
from reign.model.errors import Failed, Refused
from reign.model.values import Unknown

from .conftest import Folder
from .test_git import git, repository

HOSTILE = """\
  r: {type: shell.command, spec: {create: touch created, read: touch ran-read}}
  e: {type: local.file, spec: {path: e, content: "${env.STOLEN} ${secret.op}"}}
  d: {type: local.file, provider: local.out, spec: {path: x, content: x}}
  u: {type: local.file, spec: {path: u, content: "${data.look.stdout}"}}
  fine: {type: local.file, spec: {path: fine, content: "plain"}}
data:
  look: {type: shell.command, spec: {read: touch ran-data}}
  there: {type: local.file, spec: {path: reign.yaml}}
"""
HEAD = """\
secrets: {op: {command: [touch, ran-secret]}, file: {file: key}, unread: {command: [touch, ran-unread]}}
providers: {local.out: {folder: out}}
"""
UNSEEN = (
    "secret op (a command)",
    "env.STOLEN",
    "data.shell.command.look (read)",
    "connection local.out",
    "shell.command.r (read)",
)


@pytest.fixture
def hostile(folder: Folder, tmp_path: Path) -> Folder:
    del folder.environ["REIGN_TRUST"]
    folder.environ |= {"STOLEN": "canary", "HOME": str(tmp_path / "home")}
    folder.write(HOSTILE, HEAD)
    return folder


def unseen(folder: Folder) -> set[str]:
    return set(folder.plan().plan.unseen)


def ran(folder: Folder) -> list[str]:
    return sorted(path.name for path in folder.path.glob("ran-*"))


def test_what_is_not_looked_at_is_said_and_not_applied(hostile: Folder) -> None:
    planned = hostile.plan()
    assert sorted(planned.plan.unseen) == sorted(UNSEEN)
    assert [finding.code for finding in planned.refusals] == ["plan/untrusted"]
    changes = {str(change.address): change for change in planned.plan.changes}
    after = changes["local.file.e"].after
    assert isinstance(after, dict)
    assert after["content"] == Unknown(("env.STOLEN", "secret.op"), sensitive=True)
    with pytest.raises(Refused) as raised:
        hostile.apply()
    (finding,) = raised.value.findings
    assert finding.code == "plan/untrusted"
    assert all(phrase in finding.detail for phrase in planned.plan.unseen)
    assert ran(hostile) == []
    assert not (hostile.path / "out").exists()


def test_what_would_be_asked_is_what_a_plan_leaves_out(hostile: Folder) -> None:
    assert set(needs(hostile.where)) == unseen(hostile)
    assert ran(hostile) == []
    trust(hostile.where)
    assert needs(hostile.where) == ()
    (hostile.path / "out").mkdir()
    assert unseen(hostile) == set()
    assert ran(hostile) == ["ran-data", "ran-read", "ran-secret"]


def test_resources_are_planned_from_the_state(hostile: Folder) -> None:
    hostile.write(
        '  r: {type: shell.command, spec: {create: "echo 1 > there", read: "cat there", delete: "rm there"}}\n'
    )
    hostile.environ["REIGN_TRUST"] = "1"
    hostile.apply()
    (hostile.path / "there").write_text("by hand\n")
    assert hostile.plan().plan.drift != ()
    del hostile.environ["REIGN_TRUST"]
    planned = hostile.plan()
    assert (planned.plan.drift, hostile.actions()) == ((), {})
    assert planned.plan.unseen == ("shell.command.r (read)",)
    hostile.write("  v: {type: value, spec: {value: 1}}\n")
    assert unseen(hostile) == {"shell.command.r (read)"}, "what goes would be looked at as well"


def test_what_needs_no_trust_is_applied_without(hostile: Folder) -> None:
    text = """\
  f: {type: local.file, spec: {path: f, content: "${secret.made} ${data.there.sha256}"}}
  c: {type: shell.command, spec: {create: "touch made"}}
  v: {type: value, spec: {value: 1}}
data: {there: {type: local.file, spec: {path: reign.yaml}}}
"""
    hostile.write(text, "secrets: {made: {generate: {length: 9}}, other: {command: [touch, ran-unread]}}\n")
    assert unseen(hostile) == set()
    assert needs(hostile.where) == ()
    assert hostile.apply().status == "completed"
    assert hostile.actions() == {}
    assert ran(hostile) == []


@pytest.mark.parametrize(
    ("read", "is_refused"),
    [
        ("data.here.sha", False),
        ("data.each['a'].branch | default('none')", False),
        ("data.here.dirty", True),
        ("data['here']['dirty']", True),
        ("data.each['a'].dirty", True),
        ("data.here | keys | join(' ')", True),
        ("data.late.dirty", True),
    ],
)
def test_whether_anything_is_not_committed_needs_trust(hostile: Folder, read: str, is_refused: bool) -> None:
    repository(hostile.path)
    git(hostile.path, "commit", "-q", "--allow-empty", "-m", "one")
    head = """\
data:
  here: {type: git}
  each: {type: git, for_each: [a]}
  late: {type: git, depends_on: [v]}
"""
    hostile.write(
        f'  v: {{type: value, spec: {{value: 1}}}}\n  f: {{type: value, spec: {{value: "${{{read}}}"}}}}\n', head
    )
    name = next(name for name in ("here", "each", "late") if name in read)
    phrases = {f"data.git.{name} (dirty)"} if is_refused else set()
    assert unseen(hostile) == phrases
    assert set(needs(hostile.where)) == phrases
    if is_refused:
        with pytest.raises(Refused):
            hostile.apply()
        hostile.environ["REIGN_TRUST"] = "1"
        assert unseen(hostile) == set()
    assert hostile.apply().status == "completed"


def test_needs_says_nothing_of_a_project_that_does_not_load(hostile: Folder) -> None:
    (hostile.path / "reign.yaml").write_text("version: [", encoding="utf-8")
    assert needs(hostile.where) == ()


def test_a_count_that_only_the_environment_tells_is_asked_for(hostile: Folder) -> None:
    hostile.write(
        "  f: {type: value, count: '${env.CI == null ? 1 : 2}', spec: {value: 1}}\n".replace("?", "if true else 1 #")
    )
    hostile.write("  f: {type: value, count: '${1 if env.CI == \"x\" else 2}', spec: {value: 1}}\n")
    with pytest.raises(Failed):
        hostile.plan()
    hostile.environ |= {"REIGN_TRUST": "1", "CI": "x"}
    assert len(hostile.plan().plan.changes) == 1


def test_a_run_that_was_cut_off_is_not_looked_up(hostile: Folder) -> None:
    from .test_recovery import forget_the_answer

    hostile.write('  r: {type: shell.command, spec: {create: "touch there", read: "touch ran-read; test -e there"}}\n')
    hostile.environ["REIGN_TRUST"] = "1"
    hostile.apply()
    forget_the_answer(hostile)
    (hostile.path / "ran-read").unlink()
    del hostile.environ["REIGN_TRUST"]
    with pytest.raises(Failed):
        hostile.plan()
    assert ran(hostile) == []
