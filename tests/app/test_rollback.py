"""Going back to an earlier point: to what held then, whatever became of the project's files since."""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path

import pytest

from reign.analytics import ask
from reign.app.apply import apply
from reign.app.nouns import Applied, ApplyRequest, Planned, Taking
from reign.app.planfile import seal_plan
from reign.app.rollback import make_rollback
from reign.app.surgery import move, operate, taint
from reign.execution.cancel import Cancel
from reign.model.errors import Failed, Refused, Stale
from reign.planning import Options
from reign.state import read
from reign.state.layout import Layout
from tests.app.conftest import Folder, approve

NOW = "0s"


def held(folder: Folder) -> dict[str, dict]:
    """The specs that the state holds."""
    return {str(address): each.spec for address, each in read(Layout(folder.path)).resources.items()}


def ids(folder: Folder) -> dict[str, str]:
    return {str(address): each.external_id for address, each in read(Layout(folder.path)).resources.items()}


def back(folder: Folder, to: str, **options: object) -> Planned:
    return make_rollback(folder.where, to, Options(**options))  # type: ignore[arg-type]


def go_back(folder: Folder, to: str, **options: object) -> Applied:
    request = ApplyRequest(command="rollback", back_to=to, options=Options(**options))  # type: ignore[arg-type]
    return apply(folder.where, request, approve, lambda _: None, Cancel())


def done(planned: Planned) -> dict[str, str]:
    """What is done, by address; a move by the name that is left."""
    found = {}
    for change in planned.plan.actions():
        moved = f" from {change.previous_address}" if change.previous_address else ""
        found[str(change.address)] = f"{change.action.value}{moved}"
    return found


def undoing(planned: Planned) -> dict[str, str]:
    assert planned.plan.rollback is not None
    return {str(each.address): each.kind for each in planned.plan.rollback.undoing}


def codes(error: pytest.ExceptionInfo[Failed] | pytest.ExceptionInfo[Refused]) -> list[str]:
    return [finding.code for finding in error.value.findings]


FIRST = """
  a: {type: value, spec: {value: {one: 1, two: [1, 2]}}}
  f: {type: local.file, spec: {path: f.txt, content: "${resources.a.value.one}", mode: "0640"}}
  d: {type: local.directory, spec: {path: d}}
  g: {type: local.file, for_each: [x, y], spec: {path: "d/${each.key}", content: "${each.key}"}}
"""
SECOND = """
  a: {type: value, spec: {value: {one: 2}}}
  f: {type: local.template, spec: {path: f.txt, template: "new ${x}", vars: {x: "${resources.a.value.one}"}}}
  g: {type: local.file, for_each: [y, z], spec: {path: "${each.key}", content: "${each.key}"}}
  b: {type: value, spec: {value: 1}}
"""


def test_everything_is_as_it_was_without_any_project_files(folder):
    folder.write(FIRST, "outputs: {}\n")
    first = folder.apply().run
    then, outputs = held(folder), read(Layout(folder.path)).outputs
    folder.write(SECOND)
    assert folder.apply().status == "completed"
    (folder.path / "reign.yaml").unlink()

    assert go_back(folder, first).status == "completed"

    assert (held(folder), read(Layout(folder.path)).outputs) == (then, outputs)
    assert (folder.path / "f.txt").read_text() == "1"
    assert sorted(path.name for path in (folder.path / "d").iterdir()) == ["x", "y"]
    assert not (folder.path / "y").exists()
    assert done(back(folder, first)) == {}
    assert done(back(folder, NOW)) == {}


def test_no_time_that_is_still_to_come_is_gone_back_to(folder):
    folder.write("  a: {type: value, spec: {value: 1}}\n")
    folder.apply()
    with pytest.raises(Failed) as error:
        back(folder, "2999-01-01T00:00:00Z")
    assert codes(error) == ["history/unknown-point"]
    assert "still to come" in error.value.findings[0].detail


def test_a_rollback_is_rolled_back(folder):
    folder.write(FIRST)
    folder.apply()
    folder.write(SECOND)
    second = folder.apply().run
    now = held(folder)
    go_back(folder, read(Layout(folder.path)).head_run)
    go_back(folder, second)
    assert held(folder) == now


def test_a_broken_project_is_no_obstacle_and_a_whole_one_says_how_it_differs(folder):
    folder.write("  a: {type: value, spec: {value: 1}}\n")
    first = folder.apply().run
    folder.write("  a: {type: value, spec: {value: 2}}\n")
    folder.apply()
    text = (folder.path / "reign.yaml").read_text()
    (folder.path / "reign.yaml").write_text("version: [")
    go_back(folder, first[:4])
    (folder.path / "reign.yaml").write_text(text)

    planned = folder.plan()

    assert planned.plan.rolled_back == f"run {first}"
    assert done(planned) == {"value.a": "update"}
    folder.apply()
    assert folder.plan().plan.rolled_back == ""


def test_what_was_only_renamed_gets_its_name_back(folder):
    folder.write("  a: {type: local.file, spec: {path: a, content: x}}\n  c: {type: value, spec: {value: 1}}\n")
    first = folder.apply().run
    before = ids(folder)
    folder.write(
        "  b: {type: local.file, spec: {path: a, content: y}}\n  c2: {type: value, spec: {value: 1}}\n",
        "moved: [{from: a, to: b}, {from: c, to: c2}]\n",
    )
    folder.apply()
    planned = back(folder, first)
    assert done(planned) == {"local.file.a": "update from local.file.b", "value.c": "no-op from value.c2"}
    assert set(undoing(planned).values()) == {"reversible"}
    go_back(folder, first)
    assert ids(folder) == before


def test_names_that_were_exchanged_are_exchanged_again(folder):
    folder.write("".join(f"  {name}: {{type: value, spec: {{value: {name}}}}}\n" for name in "abc"))
    first = folder.apply().run
    then, before = held(folder), ids(folder)
    for source, target in (("a", "t"), ("b", "a"), ("c", "b"), ("t", "c")):
        operate(folder.where, move(source, target), lambda _: None)
    assert held(folder) != then
    assert done(back(folder, first)) == {
        "value.a": "no-op from value.c",
        "value.b": "no-op from value.a",
        "value.c": "no-op from value.b",
    }
    go_back(folder, first)
    assert (held(folder), ids(folder)) == (then, before)


def test_what_took_the_name_of_something_renamed_makes_room(folder):
    folder.write("  a: {type: value, spec: {value: 1}}\n")
    first = folder.apply().run
    before = ids(folder)
    folder.write("  a: {type: value, spec: {value: new}}\n  b: {type: value, spec: {value: 1}}\n")
    operate(folder.where, move("a", "b"), lambda _: None)
    folder.apply()
    assert done(back(folder, first)) == {"value.a": "no-op from value.b", "value.b": "delete from value.a"}
    go_back(folder, first)
    assert ids(folder) == before


def test_what_was_taken_over_since_is_only_forgotten(folder):
    folder.write("  a: {type: value, spec: {value: 1}}\n")
    first = folder.apply().run
    (folder.path / "there").write_text("already")
    resources = "  a: {type: value, spec: {value: 1}}\n  t: {type: local.file, spec: {path: there, content: already}}\n"
    folder.write(resources)
    request = ApplyRequest(command="import", taking=Taking("t", "there"))
    apply(folder.where, request, approve, lambda _: None, Cancel())
    planned = back(folder, first)
    assert done(planned) == {"local.file.t": "forget"}
    assert undoing(planned) == {"local.file.t": "reversible"}
    go_back(folder, first)
    assert (folder.path / "there").read_text() == "already"


def test_what_follows_an_id_follows_the_new_one(folder):
    made = "date +%s%N$$; true"
    folder.write(
        f"""
  id: {{type: shell.command, spec: {{create: "{made}", delete: "true", triggers: {{t: 1}}}}}}
  user: {{type: local.file, spec: {{path: user, content: "uses ${{resources.id.stdout}} twice: ${{resources.id.stdout}}"}}}}
  next: {{type: value, spec: {{value: "${{resources.user.content}}"}}}}
""",
        'outputs: {it: {value: "${resources.id.stdout}"}}\n',
    )
    first = folder.apply().run
    folder.write("  other: {type: value, spec: {value: 1}}\n")
    folder.apply()
    ended = go_back(folder, first)
    made = str(read(Layout(folder.path)).outputs["it"].value)
    assert ended.status == "completed"
    assert (folder.path / "user").read_text() == f"uses {made} twice: {made}"
    assert held(folder)["value.next"]["value"] == f"uses {made} twice: {made}"
    assert done(back(folder, first)) == {}


SAID = """
  db: {{type: shell.command, spec: {{create: "echo created", update: "echo updated", delete: "true", triggers: {{v: "{0}"}}}}}}
  doc: {{type: local.file, depends_on: [db], spec: {{path: doc, content: "created by ops, schema {0}\\n"}}}}
"""


def test_what_only_reads_alike_stays_as_it_was(folder):
    head = 'outputs: {{mode: {{value: "{0}"}}}}\n'
    folder.write(SAID.format(1), head.format("created"))
    first = folder.apply().run
    folder.write(SAID.format(2), head.format("updated"))
    folder.apply()
    assert go_back(folder, first).status == "completed"
    assert (folder.path / "doc").read_text() == "created by ops, schema 1\n"
    assert read(Layout(folder.path)).outputs["mode"].value == "created"


def test_what_was_recorded_before_something_else_changed_stays_as_it_was(folder):
    """The file was made of an earlier id than the one that held at the point."""
    made = "date +%s%N$$; true"
    resources = f"""
  id: {{{{type: shell.command, spec: {{{{create: "{made}", delete: "true", triggers: {{{{t: {{0}}}}}}}}}}}}}}
  user: {{{{type: local.file, spec: {{{{path: user, content: "uses ${{{{resources.id.stdout}}}}"}}}}}}}}
"""
    folder.write(resources.format(1))
    folder.apply()
    used = (folder.path / "user").read_text()
    folder.write(resources.format(2))
    first = folder.apply(excludes=("user",)).run
    assert (folder.path / "user").read_text() == used
    folder.write("  other: {type: value, spec: {value: 1}}\n")
    folder.apply()
    go_back(folder, first)
    assert (folder.path / "user").read_text() == used


def test_three_lists(folder):
    folder.write("  a: {type: value, spec: {value: 1}}\n")
    first = folder.apply().run
    folder.write(
        """
  a: {type: value, spec: {value: 2}}
  d: {type: local.directory, spec: {path: d, force: true}}
  e: {type: local.directory, spec: {path: e}}
  s: {type: shell.command, spec: {create: "echo hi"}}
  u: {type: shell.command, spec: {create: "echo hi", delete: "echo bye"}}
  r: {type: local.file, spec: {path: r, content: r}, lifecycle: {on_destroy: retain}}
  t: {type: local.file, spec: {path: t, content: t}}
"""
    )
    folder.apply()
    (folder.path / "t").write_text("by hand")
    assert undoing(back(folder, first)) == {
        "local.directory.e": "reversible",
        "shell.command.u": "reversible",
        "value.a": "reversible",
        "local.directory.d": "data-loss",
        "local.file.t": "data-loss",
        "local.file.r": "irreversible",
        "shell.command.s": "irreversible",
    }


def test_a_part_of_it(folder):
    folder.write("  a: {type: value, spec: {value: 1}}\n  b: {type: value, spec: {value: 1}}\n")
    first = folder.apply().run
    folder.write("  a: {type: value, spec: {value: 2}}\n  c: {type: value, spec: {value: 1}}\n")
    folder.apply()
    assert done(back(folder, first, targets=("a",))) == {"value.a": "update"}
    assert done(back(folder, first, excludes=("a",))) == {"value.b": "create", "value.c": "delete"}
    go_back(folder, first, targets=("b",))
    assert done(back(folder, first)) == {"value.a": "update", "value.c": "delete"}


def test_protected_things_are_refused_and_nothing_is_done(folder):
    folder.write("  a: {type: value, spec: {value: 1}}\n")
    first = folder.apply().run
    folder.write("  b: {type: value, spec: {value: 1}, lifecycle: {prevent_destroy: true}}\n")
    folder.apply()
    now = held(folder)
    assert [finding.code for finding in back(folder, first).refusals] == ["plan/protected"]
    with pytest.raises(Refused) as error:
        go_back(folder, first)
    assert codes(error) == ["plan/protected"]
    assert held(folder) == now


@pytest.mark.parametrize("to", ["nope", "deadbeef", "2001-01-01", "checkpoint-9"])
def test_no_such_point(folder, to):
    folder.write("  a: {type: value, spec: {value: 1}}\n")
    folder.apply()
    with pytest.raises(Failed) as error:
        back(folder, to)
    assert codes(error) == ["history/unknown-point"]


def test_where_nothing_was_ever_applied_nothing_is_made(folder):
    folder.write("  a: {type: value, spec: {value: 1}}\n")
    with pytest.raises(Failed) as error:
        go_back(folder, "0s")
    assert codes(error) == ["history/unknown-point"]
    assert not (folder.path / ".reign").exists()


def test_ambiguous_runs_are_told(folder):
    folder.write("  a: {type: value, spec: {value: 1}}\n")
    runs = {folder.apply().run[0] for _ in range(17)}
    assert len(runs) < 17
    found = None
    for letter in runs:
        try:
            back(folder, letter)
        except Failed as error:
            found = error
    assert found is not None
    assert [finding.code for finding in found.findings] == ["runs/unknown"]


def test_a_source_is_as_it_was_then(folder):
    (folder.path / "big").write_bytes(b"1" * (2 << 20))
    (folder.path / "small").write_text("one")
    files = "".join(f"  {n}: {{type: local.file, spec: {{path: out-{n}, source: {n}}}}}\n" for n in ("big", "small"))
    folder.write(files)
    first = folder.apply().run
    (folder.path / "small").write_text("two")
    folder.apply()
    (folder.path / "small").unlink()
    go_back(folder, first)
    assert (folder.path / "out-small").read_text() == "one"

    (folder.path / "small").write_text("three")
    (folder.path / "big").write_bytes(b"2" * (2 << 20))
    folder.apply()
    with pytest.raises(Failed) as error:
        back(folder, first)
    assert codes(error) == ["rollback/source-lost"]
    go_back(folder, first, excludes=("big",))
    assert (folder.path / "out-small").read_text() == "one"


def test_a_tree_is_as_it_was_then(folder):
    source = folder.path / "site"
    source.mkdir()
    (source / "a").write_text("one")
    (source / "b").write_text("one")
    folder.write("  t: {type: local.tree, spec: {source: site, path: out}}\n")
    first = folder.apply().run
    (source / "a").write_text("two")
    (source / "b").unlink()
    (source / "c").write_text("two")
    folder.apply()
    go_back(folder, first)
    assert {path.name: path.read_text() for path in (folder.path / "out").iterdir()} == {"a": "one", "b": "one"}
    assert done(back(folder, first)) == {}


def test_sensitive_values_come_from_the_history_and_stand_in_no_file(folder):
    head = "variables: {password: {type: string, sensitive: true}}\n"
    folder.environ["REIGN_VAR_password"] = "hunter22-first"
    resources = """
  f: {type: local.file, spec: {path: f, content: "pw=${var.password}"}}
  v: {type: value, spec: {value: {inside: ["${var.password}"]}}}
"""
    folder.write(resources, head + 'outputs: {p: {value: "${var.password}", sensitive: true}}\n')
    first = folder.apply().run
    folder.environ["REIGN_VAR_password"] = "swordfish-second"
    folder.apply()
    del folder.environ["REIGN_VAR_password"]
    (folder.path / "reign.yaml").unlink()

    file = seal_plan(folder.where, back(folder, first))
    assert b"hunter22" not in file
    folder.apply(file)

    assert (folder.path / "f").read_text() == "pw=hunter22-first"
    assert done(back(folder, first)) == {}
    journal = b"".join(path.read_bytes() for path in (folder.path / ".reign" / "journal").iterdir())
    assert b"hunter22" not in journal


def test_a_saved_rollback_runs_as_it_was_reviewed_or_not_at_all(folder):
    folder.write("  a: {type: local.file, spec: {path: a, content: one}}\n")
    first = folder.apply().run
    folder.write("  a: {type: local.file, spec: {path: a, content: two}}\n")
    folder.apply()
    file = seal_plan(folder.where, back(folder, first))
    (folder.path / "a").write_text("by hand")
    with pytest.raises(Stale) as raised:
        folder.apply(file)
    assert raised.value.findings[0].fix == f"Plan again: reign rollback --to {first} --out F"
    (folder.path / "a").write_text("two")
    folder.write("  a: {type: local.file, spec: {path: a, content: three}}\n")
    ended = folder.apply(file)
    assert [finding.code for finding in ended.warnings] == []
    assert (folder.path / "a").read_text() == "one"
    with pytest.raises(Stale):
        folder.apply(file)
    assert folder.plan().plan.rolled_back == f"run {first}"
    told = ask(Layout(folder.path), "runs", limit=1)
    assert dict(zip(told.columns, told.rows[0], strict=True))["command"] == "rollback"


def test_what_is_damaged_now_and_was_damaged_then_is_nothing_to_go_back_from(folder):
    folder.write(
        '  s: {type: shell.command, spec: {create: "true", delete: "true"}}\n  a: {type: value, spec: {value: 1}}\n'
    )
    folder.apply()
    operate(folder.where, taint(["s"]), lambda _: None)
    assert done(back(folder, NOW)) == {}
    assert done(back(folder, read(Layout(folder.path)).head_run)) == {}


def test_what_no_provider_knows_is_left_alone_where_nothing_became_of_it(folder):
    folder.write("  a: {type: value, spec: {value: 1}}\n  b: {type: value, spec: {value: 1}}\n")
    folder.apply()
    journal = folder.journal()
    strange(journal)
    folder.write("  b: {type: value, spec: {value: 2}}\n")
    (first,) = {json.loads(line[9:])["run"] for line in journal.read_bytes().splitlines()[1:]}
    file = Path(folder.path / "reign.yaml")
    file.write_text(file.read_text() + "removed: [{from: a, destroy: false}]\n")
    assert done(back(folder, first)) == {}


FAILING = """
  a: {type: value, spec: {value: 2}}
  n: {type: local.file, spec: {path: n, content: n}}
  s: {type: shell.command, spec: {create: "false"}, depends_on: [a, n]}
  z: {type: value, spec: {value: 1}, depends_on: [s]}
"""
UNDOES = "settings: {execution: {on_failure: rollback}}\n"


def test_a_failed_run_is_undone_in_the_same_lock(folder):
    folder.write("  a: {type: value, spec: {value: 1}}\n  b: {type: local.file, spec: {path: b, content: b}}\n", UNDOES)
    folder.apply()
    then = held(folder)
    folder.write(FAILING, UNDOES)
    ended = folder.apply()
    assert (ended.status, [finding.code for finding in ended.warnings]) == ("failed", ["rollback/done"])
    assert ended.rolled_back not in ("", ended.run)
    assert held(folder) == then
    assert not (folder.path / "n").exists()
    assert folder.plan().plan.rolled_back == f"the point before run {ended.run}"


def test_a_failed_run_that_cannot_be_undone_says_why(folder):
    folder.write(FAILING.replace("content: n}}", "content: n}, lifecycle: {prevent_destroy: true}}"), UNDOES)
    ended = folder.apply()
    assert (ended.status, [finding.code for finding in ended.warnings]) == ("failed", ["rollback/not-done"])
    assert "prevent_destroy" in ended.warnings[0].detail
    assert (folder.path / "n").exists()


def test_what_is_left_of_going_back_is_left_to_the_run_that_went_back(folder):
    one = '  s: {type: shell.command, spec: {create: "test ! -e bad", delete: "true", triggers: {v: %d}}}\n'
    folder.write(one % 1, UNDOES)
    folder.apply()
    (folder.path / "bad").touch()
    folder.write("  a: {type: local.file, spec: {path: a, content: a}}\n" + one % 2, UNDOES)
    ended = folder.apply()
    assert [finding.code for finding in ended.warnings] == ["rollback/incomplete"]
    assert (ended.rolled_back, ended.rolling_back) not in (("", ""), ("", ended.run))
    assert ended.rolling_back in ended.warnings[0].fix


def test_a_failed_first_run_is_undone_to_nothing(folder):
    folder.write(FAILING, UNDOES)
    assert folder.apply().rolled_back
    assert held(folder) == {}


def strange(journal: Path) -> None:
    """Write the journal anew, with a type that nobody knows."""
    prev, lines = "0" * 32, []
    for old in journal.read_bytes().splitlines():
        raw = json.loads(old[9:].replace(b"value.a", b"strange.a")) | {"prev": prev}
        text = json.dumps(raw, separators=(",", ":"), ensure_ascii=False).encode()
        lines.append(b"%08x " % zlib.crc32(text) + text)
        prev = hashlib.sha256(lines[-1]).hexdigest()[:32]
    journal.write_bytes(b"\n".join(lines) + b"\n")
