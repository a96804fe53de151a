"""Checks, allowances, imports, moves, removals, trees and health, from reign.yaml to what stands on the disk."""

from __future__ import annotations

import json

import pytest

from reign.app.look import run_query, state
from reign.app.validate import validate
from reign.model.errors import Failed, Refused
from reign.model.finding import Severity
from reign.model.plan import Counts, count

from .conftest import Folder

FILE = "  f: {type: local.file, spec: {path: f, content: hi}}\n"


# Checks ----------------------------------------------------------------------------------------------------------------


def test_a_check_that_fails_after_the_apply_is_told_and_kept(folder: Folder) -> None:
    text = '  c: {type: shell.command, spec: {create: "echo 5"}}\nchecks:\n'
    text += "  - {name: five, assert: \"${resources.c.stdout == '5'}\", severity: major}\n"
    text += "  - {name: six, assert: \"${resources.c.stdout == '6'}\", severity: medium, message: not six}\n"
    folder.write(text)
    assert [check.passed for check in folder.plan().plan.checks] == [None, None]
    applied = folder.apply()
    (finding,) = applied.warnings
    assert applied.checks == {"five": True, "six": False}
    assert (finding.code, finding.severity, applied.status) == ("check/failed", Severity.MEDIUM, "completed")
    assert "not six" in finding.summary + finding.detail
    assert finding.place is not None
    assert finding.place.line == 7
    rows = run_query(
        folder.where, "SELECT code, severity, file, line, status FROM reign.findings ORDER BY severity"
    ).rows
    assert rows == (
        ("check/failed", "major", "reign.yaml", 6, "passed"),
        ("check/failed", "medium", "reign.yaml", 7, "open"),
    )
    planned = folder.plan()
    assert [(f.code, f.severity) for f in planned.warnings] == [("check/failed", Severity.MEDIUM)]


def test_a_check_of_severity_error_refuses(folder: Folder) -> None:
    folder.write(FILE + "checks: [{name: never, assert: \"${resources.f.path == 'g'}\", severity: error}]\n")
    planned = folder.plan()
    assert [finding.code for finding in planned.refusals] == ["check/failed"]
    with pytest.raises(Refused):
        folder.apply()
    with pytest.raises(Refused):
        folder.apply(folder.save())
    assert not (folder.path / "f").exists()


# Allowances --------------------------------------------------------------------------------------------------------------


def allowing(code: str, until: str = "") -> str:
    until = f", until: {until}" if until else ""
    held = f"allow: [{{code: {code}, reason: it is so{until}}}]"
    return f"  f: {{type: local.file, {held}, spec: {{path: f, content: hi}}}}\n"


def test_what_is_allowed_counts_no_more(folder: Folder) -> None:
    from reign.app.allowed import allowed
    from reign.model.finding import Finding

    folder.write(allowing("local/odd", "2030-01-01"))
    resources = {c.address: c.desired for c in folder.plan().plan.changes if c.desired}
    odd = Finding("local/odd", "Odd", "It is odd.", Severity.MAJOR, address="local.file.f")
    others = [
        Finding("local/odd", "Odd", severity=Severity.MAJOR, address="local.file.g"),
        Finding("local/even", "Even", severity=Severity.MAJOR, address="local.file.f"),
        Finding("local/odd", "Odd", severity=Severity.ERROR, address="local.file.f"),
    ]
    (first, *rest) = allowed([odd, *others], resources)
    assert rest == others
    assert (first.severity, first.detail) == (Severity.INFO, "Allowed: it is so (until 2030-01-01). It is odd.")


def test_an_allowance_that_is_over_is_told(folder: Folder) -> None:
    folder.write(allowing("local/odd", "2001-01-01"))
    for findings in (folder.plan().warnings, validate(folder.where).findings):
        (finding,) = findings
        assert (finding.code, finding.severity) == ("config/allow-expired", Severity.MINOR)
        assert finding.place is not None
        assert finding.place.line == 4


# Imports, moves, removals ------------------------------------------------------------------------------------------------


def test_something_that_is_there_is_taken_over(folder: Folder) -> None:
    (folder.path / "f").write_text("by hand")
    folder.write(FILE + "imports: [{to: f, id: f}]\n")
    planned = folder.plan()
    (change,) = planned.plan.actions()
    assert (change.import_id, change.action.value) == ("f", "update")
    applied = folder.apply(folder.save())
    assert (applied.status, (folder.path / "f").read_text()) == ("completed", "hi")
    assert folder.actions() == {}
    folder.apply(destroy=True)
    assert not (folder.path / "f").exists()


def test_an_import_of_nothing_is_an_error(folder: Folder) -> None:
    folder.write(FILE + "imports: [{to: f, id: f}]\n")
    with pytest.raises(Failed) as raised:
        folder.plan()
    assert [finding.code for finding in raised.value.findings] == ["plan/import-missing"]


@pytest.mark.parametrize("filed", [False, True])
def test_what_is_moved_is_looked_at_where_it_stands(folder: Folder, filed: bool) -> None:
    folder.write(FILE)
    folder.apply()
    before = (folder.path / "f").stat().st_ino
    folder.write(
        "  g: {type: local.file, for_each: [a], spec: {path: f, content: hi}}\nmoved: [{from: f, to: 'g[\"a\"]'}]\n"
    )
    (change,) = folder.plan().plan.actions()
    assert str(change.previous_address) == "local.file.f"
    folder.apply(folder.save() if filed else None)
    assert list(map(str, state(folder.where).resources)) == ['local.file.g["a"]']
    assert folder.actions() == {}
    assert (folder.path / "f").stat().st_ino == before


@pytest.mark.parametrize("filed", [False, True])
def test_what_is_moved_and_changed_at_once(folder: Folder, filed: bool) -> None:
    folder.write(FILE)
    folder.apply()
    folder.write("  g: {type: local.file, spec: {path: f, content: ho}}\nmoved: [{from: f, to: g}]\n")
    applied = folder.apply(folder.save() if filed else None)
    assert (applied.status, applied.changed) == ("completed", 1)
    assert (folder.path / "f").read_text() == "ho"
    assert folder.actions() == {}
    rows = run_query(folder.where, "SELECT action, address, status FROM reign.operations ORDER BY started_at").rows
    assert rows[-1] == ("update", "local.file.g", "completed")


def test_removed_and_staying(folder: Folder) -> None:
    folder.write(FILE)
    folder.apply()
    folder.write("  v: {type: value, spec: {value: 1}}\nremoved: [{from: f, destroy: false}]\n")
    assert folder.actions() == {"local.file.f": "forget", "value.v": "create"}
    folder.apply()
    assert (folder.path / "f").read_text() == "hi"


def test_a_protection_ends_by_a_word(folder: Folder) -> None:
    folder.write("  f: {type: local.file, lifecycle: {prevent_destroy: true}, spec: {path: f, content: hi}}\n")
    folder.apply()
    folder.write("  v: {type: value, spec: {value: 1}}\n")
    with pytest.raises(Refused):
        folder.apply()
    folder.write("  v: {type: value, spec: {value: 1}}\nremoved: [{from: f, destroy: true, unprotect: it is old}]\n")
    folder.apply()
    assert not (folder.path / "f").exists()


# Trees -------------------------------------------------------------------------------------------------------------------


def test_a_tree_is_its_files(folder: Folder) -> None:
    for name in ("a", "deep/b"):
        (folder.path / "src" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder.path / "src" / name).write_text(name)
    folder.write(
        "  t: {type: local.tree, spec: {source: src, path: out}}\n"
        "  each: {type: local.tree, for_each: [x, y], spec: {source: src, path: \"to-${each.key}\", include: ['a']}}\n"
        "  v: {type: value, spec: {value: \"${resources.each['x'].file['a'].sha256} ${resources.t.file['a'].path}\"}}\n"
    )
    folder.apply()
    made = sorted(map(str, state(folder.where).resources))
    assert made[:2] == ['local.file.each["x/a"]', 'local.file.each["y/a"]']
    assert made[2:] == ['local.file.t["a"]', 'local.file.t["deep/b"]', "value.v"]
    assert (folder.path / "out/deep/b").read_text() == "deep/b"
    assert folder.actions() == {}
    (folder.path / "src/a").write_text("again")
    (folder.path / "src/deep/b").unlink()
    (folder.path / "src/c").write_text("new")
    found = folder.actions()
    assert {key: found[key] for key in found if "file.t" in key} == {
        'local.file.t["a"]': "update",
        'local.file.t["c"]': "create",
        'local.file.t["deep/b"]': "delete",
    }


TREE = "  t: {type: local.tree, spec: {source: src, path: out}}\n"


def test_a_file_of_a_tree_is_named_like_an_instance(folder: Folder) -> None:
    for name in ("src/a", "src/deep/b", "out/a"):
        (folder.path / name).parent.mkdir(parents=True, exist_ok=True)
        (folder.path / name).write_text(name.removeprefix("src/"))
    v = "  v: {type: value, depends_on: ['t[\"deep/b\"]'], spec: {value: 1}, lifecycle: {replace_triggered_by: ['t[a]']}}\n"
    folder.write(f"{TREE}{v}imports: [{{to: 'local.file.t[\"a\"]', id: out/a}}]\n")
    folder.apply()
    held = {str(address): each for address, each in state(folder.where).resources.items()}
    assert set(held["value.v"].depends_on) == {'local.file.t["deep/b"]', 'local.file.t["a"]'}
    (folder.path / "src/a").write_text("again")
    assert folder.actions() == {'local.file.t["a"]': "update", "value.v": "replace"}
    removed = "removed: [{from: 't[a]'}]\n"
    wrong = f"{TREE}{v.replace('t[a]', 't[c]')}moved: [{{from: z, to: 't[y]'}}]\nimports: [{{to: 't[x]', id: x}}]\n"
    folder.write(wrong)
    found = [(each.code, str(each.place)) for each in validate(folder.where).findings]
    unknown = "config/unknown-resource"
    assert found == [(unknown, "reign.yaml:5:102"), (unknown, "reign.yaml:6:23"), (unknown, "reign.yaml:7:16")]
    folder.write(TREE + removed)
    assert [each.code for each in validate(folder.where).findings] == ["plan/removed-declared"]
    folder.write(f"{TREE}imports: [{{to: t, id: out/a}}]\n")
    assert [each.code for each in validate(folder.where).findings] == ["config/wrong-value"]


@pytest.mark.parametrize("front", ["", "local.tree."])
def test_a_tree_moves_with_its_files_and_lets_go_of_them(folder: Folder, front: str) -> None:
    (folder.path / "src").mkdir()
    (folder.path / "src/a").write_text("a")
    folder.write(TREE)
    folder.apply()
    folder.write(f"{TREE.replace(' t:', ' u:')}moved: [{{from: {front}t, to: {front}u}}]\n")
    assert [(str(c.previous_address), str(c.address), c.words) for c in folder.plan().plan.actions()] == [
        ('local.file.t["a"]', 'local.file.u["a"]', ("move",))
    ]
    folder.write(f"  v: {{type: value, spec: {{value: 1}}}}\nremoved: [{{from: {front}t, destroy: false}}]\n")
    assert folder.actions() == {'local.file.t["a"]': "forget", "value.v": "create"}


def test_what_stays_and_what_was_found_is_not_counted_as_destroyed_or_changed(folder: Folder) -> None:
    kept = "  f: {{type: local.file, spec: {{path: {}, content: x}}, lifecycle: {{on_destroy: retain}}}}\n"
    folder.write(kept.format("one"))
    folder.apply()
    found = "  c: {type: shell.command, spec: {read: cat one, create: 'false'}}\n"
    folder.write(kept.format("two") + found)
    assert count(folder.plan().plan) == Counts(add=1, forget=1)
    applied = folder.apply()
    assert (applied.added, applied.changed, applied.destroyed) == (1, 0, 0)
    assert (folder.path / "one").exists()


def test_a_tree_that_is_not_there_is_told_at_its_line(folder: Folder) -> None:
    folder.write("  t:\n    type: local.tree\n    spec: {source: src, path: out}\n")
    for findings in (validate(folder.where).findings, _failing(folder)):
        (finding,) = findings
        assert (finding.code, finding.place and finding.place.line) == ("spec/no-source", 6)


def _failing(folder: Folder) -> tuple[object, ...]:
    with pytest.raises(Failed) as raised:
        folder.plan()
    return raised.value.findings


# Health ------------------------------------------------------------------------------------------------------------------


def test_what_depends_on_something_unhealthy_never_begins(folder: Folder) -> None:
    health = "health: {command: test -e healthy, interval: 10ms, deadline: 100ms}"
    text = f"  c: {{type: shell.command, {health}, spec: {{create: echo x >> made}}}}\n"
    folder.write(text + '  v: {type: value, spec: {value: "${resources.c.stdout}"}}\n')
    applied = folder.apply()
    assert ([f.address for f in applied.failed], [f.address for f in applied.skipped]) == (
        ["shell.command.c"],
        ["value.v"],
    )
    (held,) = state(folder.where).resources.values()
    assert held.tainted
    (folder.path / "healthy").touch()
    assert folder.apply().status == "completed"
    assert folder.actions() == {}


def test_a_health_command_is_checked_when_it_is_planned(folder: Folder) -> None:
    made = "type: shell.command, spec: {create: echo hi}, health: {command"
    folder.write(
        f"  a: {{{made}: \"test '${{self.stdout}}' = hi\"}}}}\n"
        f"  b: {{{made}: if true}}}}\n"
        f"  c: {{{made}: [echo, 'x ${{secret.s}}']}}}}\n"
        f"  d: {{{made}: 'test ${{self.stdout}} = ${{secret.s}}'}}}}\n",
        "secrets: {s: {generate: {length: 20}}}\n",
    )
    found = [(each.code, each.place.line, each.path) for each in validate(folder.where).findings if each.place]
    assert found == [
        ("shell/value-as-code", 5, "health.command"),
        ("shell/syntax", 6, "health.command"),
        ("spec/sensitive-exposed", 7, "health.command[1]"),
    ]


def test_a_secret_in_a_health_check_reaches_it_and_nobody_else(folder: Folder) -> None:
    folder.environ["SHOP"] = "canary-health"
    health = json.dumps('test "${secret.x}" = canary-health')
    check = f"health: {{command: {health}, interval: 10ms, deadline: 1s}}"
    folder.write(
        f"  c:\n    type: shell.command\n    {check}\n    spec: {{create: 'true'}}\n", "secrets: {x: {env: SHOP}}\n"
    )
    file = folder.save()
    assert b"canary-health" not in file.replace(b"= canary-health", b"")
    assert folder.apply(file).status == "completed"
    assert b"canary-health" not in folder.journal().read_bytes()
