"""Random surgery on a real state: what must hold whatever was done to it, and what becomes of what was pushed aside."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from reign.app.look import run_query, state
from reign.app.surgery import Operated, Operation, intend, move, operate, remove, taint
from reign.model.address import Address, parse_address
from reign.model.errors import Failed, Refused
from tests.api.published import faults

from .conftest import Folder
from .test_recovery import MOVED, cut_after_the_first, files

BLOCKS = ("v", "d", "f", "g", "w")


def project(name: dict[str, str], keys: Sequence[str]) -> str:
    """Five blocks under the names of now, each made of the one before."""
    v, d, f, g, w = (name[block] for block in BLOCKS)
    return (
        f"  {v}: {{type: value, spec: {{value: one}}}}\n"
        f"  {d}: {{type: local.file, spec: {{path: d, content: '${{resources.{v}.value}}'}}}}\n"
        f"  {f}: {{type: local.file, spec: {{path: f, content: '${{resources.{d}.path}}'}}, "
        f"lifecycle: {{replace_triggered_by: [{v}]}}}}\n"
        f"  {g}: {{type: local.file, for_each: [{', '.join(keys)}], depends_on: [{f}], "
        "spec: {path: 'g-${each.key | sha256}', content: g}}\n"
        f"  {w}: {{type: value, depends_on: [{g}], spec: {{value: two}}}}\n"
    )


class Surgeon:
    """A project, its state, and whoever works on both."""

    def __init__(self, path: Path) -> None:
        self.folder = Folder(path)
        self.name = {block: block for block in BLOCKS}
        self.fresh = iter(range(10_000))
        self.write()
        self.folder.apply()

    def write(self) -> None:
        self.folder.write(project(self.name, ("x", "y")))

    def do(self, operation: Operation) -> Operated | None:
        """None where there is nothing of that name. What a dry run says is what is done, and a run is one serial."""
        before = state(self.folder.where)
        try:
            intended = intend(self.folder.where, operation)
        except Failed as error:
            assert [finding.code for finding in error.findings] == ["plan/no-match"] * len(error.findings)
            with pytest.raises(Failed):
                operate(self.folder.where, operation, lambda _: None)
            assert state(self.folder.where) == before
            return None
        operated = operate(self.folder.where, operation, lambda _: None)
        assert operated.intended.surgery == intended.surgery
        assert state(self.folder.where).serial == before.serial + bool(intended.surgery.records)
        return operated

    def mv(self, block: str) -> None:
        """The whole block, in the state and in the file; the plan says of the new name what it said of the old one."""
        old, new = self.name[block], f"{block}{next(self.fresh)}"
        before = self.folder.actions()
        if self.do(move(old, new)) is None:
            return
        self.name[block] = new
        self.write()
        found = {text: parse_address(text) for text in before}
        renamed = {str(replace(at, name=new) if at.name == old else at): before[text] for text, at in found.items()}
        assert self.folder.actions() == renamed

    def settle(self) -> None:
        assert self.folder.apply().status == "completed"
        assert self.folder.actions() == {}
        held = state(self.folder.where)
        assert not any(each.tainted for each in held.resources.values())

    def holds(self) -> None:
        """What no sequence may break."""
        held = state(self.folder.where)
        known = {address.text for address in held.resources}
        for address, each in held.resources.items():
            assert each.address == address
            assert set(each.depends_on) <= known, address
        ids = [(each.address.type, each.external_id) for each in held.resources.values()]
        assert len(set(ids)) == len(ids)
        assert (held.open_intents, held.open_runs, held.deposed) == ((), (), {})

    def is_told(self) -> None:
        """The store says what the journal says."""
        rows = run_query(self.folder.where, "select address, tainted, depends_on from reign.resources").rows
        held = state(self.folder.where).resources
        assert sorted(rows) == sorted((at.text, each.tainted, list(each.depends_on)) for at, each in held.items())


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("mv"), st.sampled_from(BLOCKS)),
        st.tuples(st.sampled_from(("rm", "taint", "untaint")), st.sampled_from((*BLOCKS, "g[x]", "*"))),
        st.tuples(st.just("apply"), st.just("")),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_whatever_is_done_the_state_is_sound(steps: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as path:
        surgeon = Surgeon(Path(path))
        for what, block in steps:
            event(what)
            named = block.replace(block[:1], surgeon.name.get(block[:1], block[:1]), 1)
            match what:
                case "mv":
                    surgeon.mv(block)
                case "rm":
                    surgeon.do(remove([named]))
                case "apply":
                    surgeon.settle()
                case _:
                    surgeon.do(taint([named], tainted=what == "taint"))
            surgeon.holds()
        surgeon.is_told()
        surgeon.settle()
        surgeon.holds()


def with_one_aside(folder: Folder) -> None:
    """A state with a file that a replacement pushed aside and did not come to delete."""
    folder.write(MOVED % ("true", "old"))
    folder.apply()
    before = folder.journal().read_bytes()
    folder.write(MOVED % ("true", "new"))
    folder.apply()
    cut_after_the_first(folder, "delete", before)
    assert [str(address) for address in state(folder.where).deposed] == ["local.file.f"]


def test_what_was_pushed_aside_goes_along(folder: Folder) -> None:
    with_one_aside(folder)
    operate(folder.where, move("f", "n"), lambda _: None)
    held = state(folder.where)
    assert [*map(str, held.deposed)] == [*map(str, held.resources)] == ["local.file.n"]
    assert held.deposed[Address("local.file", "n")].address.text == "local.file.n"
    folder.write((MOVED % ("true", "new")).replace("  f:", "  n:"))
    assert folder.apply().status == "completed"
    assert state(folder.where).deposed == {}
    assert folder.actions() == {}


def test_what_was_pushed_aside_is_forgotten_as_well(folder: Folder) -> None:
    with_one_aside(folder)
    (folder.path / "old").mkdir()
    (folder.path / "old/a.txt").write_text("hi")
    there = files(folder)
    operated = operate(folder.where, remove(["f"]), lambda _: None)
    (record,) = operated.intended.surgery.records
    assert record.deposed is not None
    assert record.deposed.external_id == "old/a.txt"
    held = state(folder.where)
    assert (held.resources, held.deposed) == ({}, {})
    folder.write("  other: {type: value, spec: {value: 1}}\n")
    assert folder.actions() == {"value.other": "create"}
    assert files(folder) == there


def said(folder: Folder, *words: str) -> str:
    """What a command prints."""
    process = folder.start(*words)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


def test_what_was_pushed_aside_is_shown(folder: Folder) -> None:
    with_one_aside(folder)
    listed = json.loads(said(folder, "state", "list", "--json"))
    assert [(row["external_id"], row["status"]) for row in listed] == [
        ("new/a.txt", "active"),
        ("old/a.txt", "deposed"),
    ]
    shown = json.loads(said(folder, "state", "show", "f", "--json"))
    assert faults("state-show", shown) == []
    assert ["deposed_key" in each for each in shown] == [False, True]
    assert "# local.file.f (pushed aside)\n" in said(folder, "state", "show", "f")
    assert "[id=old/a.txt], which a replacement pushed aside" in said(folder, "state", "rm", "f", "--dry-run")
    told = json.loads(said(folder, "state", "mv", "f", "n", "--dry-run", "--json"))
    assert faults("state-change", told) == []
    assert told["changes"][0]["deposed_id"] == "old/a.txt"


def test_a_name_where_something_was_pushed_aside_is_taken(folder: Folder) -> None:
    with_one_aside(folder)
    with pytest.raises(Failed):
        operate(folder.where, move("f", "f"), lambda _: None)
    operate(folder.where, move("f", "g"), lambda _: None)
    assert intend(folder.where, move("g", "f")).surgery.findings == ()


def test_a_chain_of_moves_in_the_file_goes_on_from_where_the_state_is(folder: Folder) -> None:
    folder.write("  a: {type: value, spec: {value: 1}}\n")
    folder.apply()
    operate(folder.where, move("a", "b"), lambda _: None)
    folder.write("  c: {type: value, spec: {value: 1}}\n", "moved: [{from: a, to: b}, {from: b, to: c}]\n")
    assert folder.apply().status == "completed"
    assert [*map(str, state(folder.where).resources)] == ["value.c"]
    assert folder.actions() == {}


def test_a_tree_is_called_by_another_name_with_its_files(folder: Folder) -> None:
    (folder.path / "from").mkdir()
    for name in ("a", "b"):
        (folder.path / "from" / name).write_text(name)
    tree = "  %s: {type: local.tree, spec: {source: from, path: to}}\n"
    folder.write(tree % "t")
    folder.apply()
    operate(folder.where, move("t", "u"), lambda _: None)
    folder.write(tree % "u")
    assert folder.actions() == {}
    operate(folder.where, remove(["u[a]"]), lambda _: None)
    assert 'local.file.u["a"]' not in map(str, state(folder.where).resources)


def test_an_answer_that_was_lost_is_settled_before(folder: Folder) -> None:
    folder.write("  f: {type: local.file, spec: {path: a.txt, content: hi}}\n")
    folder.apply()
    lines = folder.journal().read_bytes().splitlines(keepends=True)
    (intent,) = (number for number, line in enumerate(lines) if b'"kind":"intent"' in line)
    folder.journal().write_bytes(b"".join(lines[: intent + 1]))
    (folder.path / ".reign/state.duckdb").unlink()
    operated = operate(folder.where, taint(["*"]), lambda _: None)
    assert [finding.code for finding in operated.warnings] == ["recovery/adopted"]
    assert [each.tainted for each in state(folder.where).resources.values()] == [True]


def test_a_key_that_could_not_be_written_is_no_name(folder: Folder) -> None:
    folder.write("  a: {type: value, spec: {value: 1}}\n")
    folder.apply()
    with pytest.raises(Failed, match="state/not-an-address"):
        operate(folder.where, move("a", 'b["\udcff"]'), lambda _: None)


def test_what_is_refused_takes_no_serial(folder: Folder) -> None:
    folder.write("  v: {type: value, spec: {value: 1}, lifecycle: {prevent_destroy: true}}\n")
    folder.apply()
    before = state(folder.where)
    with pytest.raises(Refused):
        operate(folder.where, remove(["v"]), lambda _: None)

    def no(_: object) -> None:
        raise Refused([])

    with pytest.raises(Refused):
        operate(folder.where, taint(["v"]), no)
    assert state(folder.where) == before


V = "variables: {v: {type: string, default: '%s'}}\n"
B = "  b: {type: local.file, spec: {path: b.txt, content: 'b${var.v}'}}\n"


def test_what_was_updated_is_found_again_by_its_mark(folder: Folder) -> None:
    for value in ("1", "2"):
        folder.write(B, head=V % value)
        folder.apply()
    operate(folder.where, remove(["b"]), lambda _: None)
    assert [(c.action.value, c.recorded_only) for c in folder.plan().plan.changes] == [("update", True)]
    folder.apply()
    assert [*state(folder.where).resources] == [parse_address("local.file.b")]


def test_what_was_taken_over_from_reality_is_found_again_by_its_mark(folder: Folder) -> None:
    folder.write(B, head=V % "1")
    folder.apply()
    (folder.path / "b.txt").unlink()
    (folder.path / "b.txt").write_text("by hand")
    folder.apply(refresh_only=True)
    operate(folder.where, remove(["b"]), lambda _: None)
    assert [f.code for f in folder.plan().warnings] == []
    folder.apply()
    assert (folder.path / "b.txt").read_text() == "b1"


KEPT = (
    "  k: {type: local.file, spec: {path: 'k-${var.v}.txt', content: 'k${var.v}'}, lifecycle: {on_destroy: retain}}\n"
)


def test_what_was_left_standing_is_told_by_the_plan_that_goes_back_to_it(folder: Folder) -> None:
    for value in ("1", "2"):
        folder.write(KEPT, head=V % value)
        folder.apply()
    folder.write(KEPT, head=V % "1")
    with pytest.raises(Failed) as raised:
        folder.plan()
    (finding,) = raised.value.findings
    assert (finding.code, finding.address) == ("plan/not-ours", "local.file.k")
    assert "carries this project's mark" in finding.detail
    assert "reign state rm local.file.k" in finding.fix
    operate(folder.where, remove(["k"]), lambda _: None)  # as it says
    assert folder.apply().status == "completed"
    assert [each.external_id for each in state(folder.where).resources.values()] == ["k-1.txt"]
    assert files(folder) == ["k-1.txt", "k-2.txt"]
    folder.write(KEPT, head=V % "3")
    (folder.path / "k-3.txt").write_text("theirs")
    with pytest.raises(Failed) as raised:
        folder.plan()
    assert "does not carry this project's mark" in raised.value.findings[0].detail
