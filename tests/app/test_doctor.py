"""Damage anywhere in a state is found and named, and after a repair the doctor says that all is well and a plan can be made."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reign.app.apply import apply
from reign.app.doctor import examine
from reign.app.look import state
from reign.app.nouns import ApplyRequest
from reign.app.repair import repair
from reign.app.strays import strays
from reign.app.workspace import open_workspace
from reign.execution.cancel import Cancel
from reign.model.address import parse_address
from reign.model.errors import Failed, Locked
from reign.model.event import State
from reign.model.finding import Severity
from reign.model.resource import Snapshot
from reign.state.layout import Layout
from reign.state.lock import Owner
from reign.state.writer import open_writer

from .conftest import Folder, approve

FILES = """\
  d: {type: local.directory, spec: {path: out}}
  f: {type: local.file, spec: {path: "${resources.d.path}/a.txt", content: hi}}
  s: {type: local.file, spec: {path: page.html, source: page.src}}
  t: {type: value, spec: {value: "${secret.made}"}}
  c: {type: shell.command, spec: {create: "echo x >> log"}}
"""
HEAD = "secrets: {made: {generate: {length: 12}}}\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A project that was applied twice."""
    folder = Folder(tmp_path_factory.mktemp("built"))
    (folder.path / "page.src").write_text("<p>one</p>\n")
    folder.write(FILES, head=HEAD)
    folder.apply()
    (folder.path / "page.src").write_text("<p>two</p>\n")
    folder.apply()
    return folder


@pytest.fixture
def project(built: Folder, tmp_path: Path) -> Folder:
    """A copy of it, to be damaged."""
    shutil.copytree(built.path, tmp_path / "project", symlinks=True)
    return Folder(tmp_path / "project")


def codes(folder: Folder) -> list[str]:
    return [finding.code for finding in examine(folder.where).findings]


def is_well(folder: Folder) -> bool:
    """Whether nothing is damaged, and the next plan has nothing to do."""
    return examine(folder.where).is_sound and folder.actions() == {}


def reign(folder: Folder) -> Path:
    return folder.path / ".reign"


def test_of_what_is_in_order_nothing_is_said(project: Folder) -> None:
    examined = examine(project.where)
    assert examined.findings == ()
    assert (examined.resources, examined.segments, examined.environments) == (5, 1, ("",))
    before = {path: path.stat().st_mtime_ns for path in reign(project).rglob("*")}
    assert repair(project.where).repaired == ()
    after = {path: path.stat().st_mtime_ns for path in reign(project).rglob("*") if path.is_file()}
    assert {path: before.get(path) for path in after} == after, "a repair of nothing changes nothing"


def test_without_a_reign_yaml_and_without_anything(project: Folder, tmp_path: Path) -> None:
    (project.path / "reign.yaml").unlink()
    assert codes(project) == []
    (tmp_path / "empty").mkdir()
    with pytest.raises(Failed) as caught:
        examine(Folder(tmp_path / "empty").where)
    assert [finding.code for finding in caught.value.findings] == ["usage/no-project"]
    folder = Folder(tmp_path / "empty")
    folder.write("  v: {type: value, spec: {value: 1}}\n")
    assert codes(folder) == []
    assert repair(folder.where).repaired == ()
    assert not reign(folder).exists()


def damaged(folder: Folder) -> Iterator[Path]:
    """Everything in a state whose bytes mean something."""
    for path in sorted(reign(folder).rglob("*")):
        if path.is_file() and path.stat().st_size and path.name not in (".gitignore", "reign.schema.json"):
            yield path


def flips(folder: Folder, count: int) -> list[tuple[Path, int]]:
    chance = random.Random(11)
    found = []
    for path in damaged(folder):
        size = path.stat().st_size
        if path.name == "state.duckdb":
            continue  # most of it is room that holds nothing: see below
        found += [(path, at) for at in sorted(chance.sample(range(size), min(count, size)))]
    return found


@pytest.mark.parametrize(
    ("count", "part", "parts"), [(1, 0, 3), *(pytest.param(10, part, 10, marks=pytest.mark.slow) for part in range(10))]
)
def test_a_flip_anywhere_is_found_and_mended(built: Folder, project: Folder, count: int, part: int, parts: int) -> None:
    for path, at in flips(project, count)[part::parts]:
        whole = path.read_bytes()
        data = bytearray(whole)
        data[at] ^= 1
        path.write_bytes(data)
        name = path.relative_to(reign(project))
        examined = examine(project.where)
        serves = name.parts[0] == "marks"  # as long as it says whose and what it is
        assert serves or not examined.is_sound, (name, at)
        if name.name != "key":  # what was encrypted with it opens with no other
            mended = repair(project.where)
            assert mended.is_sound, (name, at, [finding.detail for finding in mended.findings])
            assert project.actions() == {}, (name, at)
        shutil.rmtree(project.path)
        shutil.copytree(built.path, project.path, symlinks=True)


def test_a_write_that_was_cut_off_is_no_damage_and_a_bit_turned_in_the_last_one_is(project: Folder) -> None:
    (reign(project) / "state.duckdb").unlink()  # it would tell what the journal does not any more
    *_, journal = sorted((reign(project) / "journal").glob("*.log"))
    whole = journal.read_bytes()
    began = whole.rindex(b'{"begin":true') - len("00000000 ")
    assert journal.stat().st_size > 3000
    for cut in (*range(began + 1, len(whole) - 1, 41), len(whole) - 1):
        journal.write_bytes(whole[:cut])
        examined = examine(project.where)
        assert (examined.is_sound, examined.findings[0].code) == (True, "doctor/torn-end"), cut
    for at in (*range(began, len(whole) - 1, 41), len(whole) - 1):
        journal.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        examined = examine(project.where)
        assert (examined.is_sound, examined.findings[0].code) == (False, "doctor/damaged-end"), at


def test_damage_of_the_store(project: Folder) -> None:
    store = reign(project) / "state.duckdb"
    whole = store.read_bytes()
    for change in (lambda: store.write_bytes(b"no store"), lambda: store.write_bytes(whole[: len(whole) // 2])):
        change()
        assert [code for code in codes(project) if code != "doctor/set-aside"] == ["doctor/store"]
        before = store.read_bytes()
        assert repair(project.where).is_sound
        aside = max(reign(project).glob("state.duckdb.aside-*"), key=lambda path: path.stat().st_mtime_ns)
        assert aside.read_bytes() == before
        assert is_well(project)
    store.unlink()
    assert "doctor/store" not in codes(project), "one that is missing is only told anew"


def test_a_store_that_tells_something_else(project: Folder) -> None:
    import duckdb

    store = reign(project) / "state.duckdb"
    with duckdb.connect(str(store)) as connection:
        connection.execute("UPDATE resources SET external_id = 'other' WHERE address = 'local.file.f'")
    store.chmod(0o600)
    (finding,) = examine(project.where).findings
    assert (finding.code, "resources" in finding.detail) == ("doctor/store", True)
    assert repair(project.where).is_sound


def test_modes_leftovers_and_links(project: Folder, tmp_path: Path) -> None:
    (reign(project) / "key").chmod(0o640)
    (reign(project) / "journal").chmod(0o755)
    left = reign(project) / ".lock.json.0a1b2c3d"
    fresh = reign(project) / ".key.0a1b2c3d"
    for path in (left, fresh):
        path.touch(0o600)
    os.utime(left, (1, 1))
    assert codes(project) == ["doctor/modes", "doctor/leftovers"]
    assert repair(project.where).is_sound
    assert not left.exists()
    assert fresh.exists(), "somebody may be writing it"
    (tmp_path / "elsewhere").write_text("mine")
    (reign(project) / "runs/link").symlink_to(tmp_path / "elsewhere")
    assert "doctor/link" in codes(project)
    repair(project.where)
    assert (tmp_path / "elsewhere").read_text() == "mine"
    assert (reign(project) / "runs/link").is_symlink()
    project.environ = {**project.environ, "REIGN_TRUST": ""}
    assert codes(project) == ["project/state-elsewhere"], "in a folder that is not trusted nothing is read through it"


def test_a_mark_that_is_missing(project: Folder) -> None:
    for path in (reign(project) / "marks").iterdir():
        path.unlink()
    assert codes(project) == ["doctor/mark"] * 3
    with pytest.raises(Failed):
        project.plan()
    assert repair(project.where).is_sound
    assert is_well(project)
    (project.path / "page.html").write_text("somebody else's")
    for path in (reign(project) / "marks").iterdir():
        path.unlink()
    (left,) = (f for f in repair(project.where).findings if f.code == "doctor/mark")
    assert (left.address, "reign import local.file.s page.html" in left.fix) == ("local.file.s", True)


def test_a_key_that_is_lost_or_another(project: Folder) -> None:
    key = reign(project) / "key"
    whole = key.read_bytes()
    key.unlink()
    assert {"state/no-key", "doctor/unchecked"} <= {*codes(project)}
    assert not repair(project.where).is_sound
    assert not key.exists(), "a new one would open nothing"
    key.write_bytes(whole[::-1])
    assert "state/other-key" in codes(project)
    key.unlink()
    project.environ = {**project.environ, "REIGN_KEY": whole.decode().strip()}
    assert codes(project) == []


def test_while_somebody_writes_it_looks_and_does_not_mend(project: Folder) -> None:
    with open_writer(Layout(project.path), Owner("apply")):
        examined = examine(project.where)
        assert [finding.code for finding in examined.findings] == ["doctor/busy"]
        with pytest.raises(Locked):
            repair(project.where)
    assert codes(project) == []


def test_all_environments_or_the_one_that_is_named(tmp_path: Path) -> None:
    for env in ("dev", "prod"):
        folder = Folder(tmp_path, env=env)
        folder.write("  v: {type: value, spec: {value: 1}}\n", head="environments: {dev: {}, prod: {}}\n")
        folder.apply()
    store = reign(folder) / "env/prod/state.duckdb"
    store.write_bytes(b"no store")
    every, dev = Folder(tmp_path), Folder(tmp_path, env="dev")
    assert examine(every.where).environments == ("dev", "prod")
    assert (codes(every), codes(dev), codes(folder)) == (["doctor/store"], [], ["doctor/store"])
    assert repair(every.where).is_sound


def journal(folder: Folder, change: Callable[[list[bytes]], list[bytes]]) -> None:
    path = folder.journal()
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


def test_a_result_that_is_lost_is_looked_up_by_its_mark(tmp_path: Path) -> None:
    project = Folder(tmp_path)
    project.write(FILES.replace("{path: page.html, source: page.src}", "{path: page.html, content: one}"), head=HEAD)
    project.apply()

    def spoil(lines: list[bytes]) -> list[bytes]:
        at = next(n for n, line in enumerate(lines) if b'"kind":"result"' in line and b'"local.file.f"' in line)
        return [*lines[:at], lines[at].upper(), *lines[at + 1 :]]

    before = state(project.where)
    journal(project, spoil)
    (finding,) = (each for each in examine(project.where).findings if each.code == "doctor/journal")
    assert "reign doctor --repair" in finding.fix
    mended = repair(project.where)
    told = [each.code for each in mended.repaired]
    assert told.count("doctor/lost") == 1
    assert told[-1] == "recovery/adopted"
    assert mended.is_sound
    after = state(project.where)
    assert after.resources.keys() == before.resources.keys()
    assert after.open_intents == ()
    assert is_well(project)


def test_a_plan_file_outlives_a_repair_that_lost_nothing(project: Folder) -> None:
    project.write(FILES + "  v: {type: value, spec: {value: 1}}\n", head=HEAD)
    file = project.save()

    def turn(lines: list[bytes]) -> list[bytes]:
        return [*lines[:4], lines[4].replace(b"2", b"3", 1), *lines[5:]]

    journal(project, turn)
    with pytest.raises(Failed):
        project.apply(file)
    assert "doctor/lost" not in [each.code for each in repair(project.where).repaired]
    assert apply(project.where, ApplyRequest(file=file), approve, lambda _: None, Cancel()).status == "completed"


def test_a_provider_that_is_gone_ends_no_look(folder: Folder) -> None:
    """What others made is still looked for, and that it was not asked is told."""
    held = Snapshot(parse_address("shelf.note.n"), "shelf", "1", {}, {})
    state_of = State(lineage="1" * 32, resources={held.address: held})
    found = list(strays(open_workspace(folder.where), state_of, []))
    assert [each.code for each in found] == ["doctor/not-asked"]
    assert "No provider is called shelf." in found[0].detail
    assert found[0].fix


def test_a_journal_that_lost_its_end(project: Folder) -> None:
    path = project.journal()
    whole = path.read_bytes()
    project.write(FILES + "  v: {type: value, spec: {value: 1}}\n", head=HEAD)
    third = project.apply().run
    events = state(project.where).last_seq
    path.write_bytes(whole)
    known = state(project.where).last_seq
    (finding,) = examine(project.where).findings
    assert (finding.code, finding.severity) == ("doctor/lost-end", Severity.ERROR)
    assert f"ends at event {known}, " in finding.detail
    assert f"tells of event {events}: {events - known} events are missing, of run {third}." in finding.detail
    assert [each.code for each in project.plan().warnings] == ["state/lost-end"]
    before = (reign(project) / "state.duckdb").read_bytes()
    mended = repair(project.where)
    assert (mended.is_sound, [each.code for each in mended.repaired]) == (True, ["doctor/lost", "doctor/repaired"])
    assert mended.repaired[0].detail == finding.detail
    assert (reign(project) / "state.duckdb.aside-1").read_bytes() == before
    assert codes(project) == ["doctor/set-aside"]
    assert project.plan().warnings == ()


def test_a_segment_that_was_copied_leaves_nothing_to_be_said(project: Folder) -> None:
    path = project.journal()
    shutil.copy2(path, path.with_name("00000002.log"))
    (finding,) = examine(project.where).findings
    assert (finding.code, "00000002.log: it is a copy of 00000001.log" in finding.detail) == ("doctor/journal", True)
    assert repair(project.where).is_sound
    assert codes(project) == ["doctor/set-aside"]
    assert is_well(project)


FOLDERS = ("runs", "marks", "blobs", "commands")
FILES_ = ("lock", "lock.json", "feed.lock", "state.duckdb")


@pytest.mark.parametrize("name", [*FOLDERS, *FILES_, "marks/a mark", "runs/a plan"])
def test_a_file_where_a_folder_belongs_and_the_other_way_round(project: Folder, name: str) -> None:
    marks, plans = sorted((reign(project) / "marks").iterdir()), sorted((reign(project) / "runs").glob("*/plan"))
    path = {"marks/a mark": marks[0], "runs/a plan": plans[0]}.get(name, reign(project) / name)
    if path.exists():
        path.rename(project.path / "moved")
    if name in FOLDERS:
        path.touch(0o600)
        path.write_text("mine")
    else:
        path.mkdir(0o700)
        (path / "in it").touch(0o600)
    found = next(each for each in examine(project.where).findings if each.code == "doctor/misplaced")
    assert (found.severity, str(path.relative_to(project.path)) in found.detail) == (Severity.MAJOR, True)
    mended = repair(project.where)
    assert (mended.is_sound, codes(project)) == (True, ["doctor/set-aside"])
    aside = path.with_name(f"{path.name}.aside-1")
    assert aside.read_text() == "mine" if name in FOLDERS else (aside / "in it").exists()
    assert is_well(project)


def test_a_segment_that_is_a_folder_is_damage_of_the_journal(project: Folder) -> None:
    path = project.journal()
    path.rename(project.path / "moved")
    path.mkdir(0o700)
    told = [each.detail for each in examine(project.where).findings if each.code == "doctor/journal"]
    assert len(told) == 1
    assert told[0].startswith(
        ".reign/journal/00000001.log: it is a folder. What was made before it stands nowhere else."
    )
    assert not examine(project.where).is_sound
    repair(project.where)
    assert path.with_name("00000001.log.aside-1").is_dir()
    assert path.is_file()


def test_what_is_garbage_is_set_aside_and_never_removed_or_written_over(project: Folder) -> None:
    (mark, *_) = sorted((reign(project) / "marks").iterdir())
    log, record = reign(project) / "state.duckdb.wal", reign(project) / "commands/zzz"
    record.parent.mkdir(0o700, exist_ok=True)
    for path in (mark, log, record):
        path.write_bytes(b"garbage")
        path.chmod(0o600)
    assert codes(project) == ["doctor/store", "doctor/mark"]
    mended = repair(project.where)
    assert mended.is_sound
    said = " ".join(each.detail for each in mended.repaired)
    for path in (mark, log):
        aside = path.with_name(f"{path.name}.aside-1")
        assert (aside.read_bytes(), aside.name in said) == (b"garbage", True)
    assert record.read_bytes() == b"garbage"
    assert is_well(project)
