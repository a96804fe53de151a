"""A state that is not where, when or whose it should be: told, and nothing doubled, lost or destroyed for it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from reign.app.doctor import examine
from reign.app.look import run_query, state
from reign.app.point import find_point
from reign.app.workspace import open_workspace
from reign.model.errors import Failed, Locked, Stale
from reign.state.layout import Layout
from reign.state.lock import Owner
from reign.state.writer import open_writer

from .conftest import Folder
from .test_recovery import FILE, cut_after_the_first

LOG = FILE + "  c: {type: shell.command, spec: {create: 'echo x >> log'}}\n"


def codes(folder: Folder) -> list[str]:
    return [finding.code for finding in folder.plan().warnings]


def copied(folder: Folder, to: Path, *, whole: bool) -> Folder:
    """The project somewhere else: all of it, or only its files and its state without what it made."""
    left_out = None if whole else shutil.ignore_patterns("a.txt", "log")
    shutil.copytree(folder.path, to, symlinks=True, ignore=left_out)
    return Folder(to)


@pytest.fixture
def project(tmp_path: Path) -> Folder:
    (tmp_path / "one").mkdir()
    folder = Folder(tmp_path / "one")
    folder.write(LOG)
    folder.apply()
    return folder


def test_a_copy_of_everything_is_a_project_of_its_own(project: Folder, tmp_path: Path) -> None:
    other = copied(project, tmp_path / "two", whole=True)
    assert other.actions() == {}
    assert codes(other) == []
    other.apply(destroy=True)
    assert (project.path / "a.txt").exists(), "what a state of files means stands beside it"


def test_a_copy_of_the_state_alone_makes_what_is_missing_and_runs_nothing_twice(
    project: Folder, tmp_path: Path
) -> None:
    other = copied(project, tmp_path / "two", whole=False)
    assert other.actions() == {"local.file.f": "create"}
    other.apply()
    assert (other.path / "a.txt").read_text() == "hi"
    assert not (other.path / "log").exists(), "the command was run once, by the state"


def test_a_copy_that_was_made_while_somebody_was_at_work_says_so(project: Folder, tmp_path: Path) -> None:
    """Before anything is done, with the plan as with the apply; and it is told once."""
    other = copied(project, tmp_path / "two", whole=True)
    owner = {
        "pid": 7,
        "host": "ci-7",
        "command": "apply",
        "started": "2027-01-01T10:00:00",
        "boot": "another",
        "id": "abc",
    }
    (other.path / ".reign/lock.json").write_text(json.dumps(owner))
    assert codes(other) == ["state/copied"]
    assert "doctor/stale-lock" in [finding.code for finding in examine(other.where).findings]
    applied = other.apply()
    assert [finding.code for finding in applied.warnings] == ["state/copied"]
    assert codes(other) == []


def test_an_intent_that_came_along_in_a_copy_is_looked_up_there(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    folder.path.mkdir()
    folder.write(FILE)
    folder.apply()
    cut_after_the_first(folder, "create", b"")
    other = copied(folder, tmp_path / "two", whole=False)
    assert codes(other) == ["recovery/not-done"]
    assert other.actions() == {"local.file.f": "create"}
    whole = copied(folder, tmp_path / "three", whole=True)
    with pytest.raises(Failed) as caught:
        whole.plan()
    assert "plan/not-ours" in [finding.code for finding in caught.value.findings], "a copy of the file is not ours"


def test_a_state_from_a_backup_that_is_older_than_what_is_there(project: Folder, tmp_path: Path) -> None:
    """What it does not know is found by its mark, or is not taken over; what is gone is seen to be gone."""
    backup = tmp_path / "backup"
    shutil.copytree(project.path / ".reign", backup)
    project.write(LOG + "  g: {type: local.file, spec: {path: b.txt, content: new}}\n")
    newer = project.save()
    project.apply()
    marks = {path.name: path.read_bytes() for path in (project.path / ".reign/marks").iterdir()}
    later = project.save()

    shutil.rmtree(project.path / ".reign")
    shutil.copytree(backup, project.path / ".reign")
    with pytest.raises(Failed) as caught:
        project.plan()
    assert [finding.code for finding in caught.value.findings] == ["plan/not-ours"], "its mark is gone with the state"
    with pytest.raises(Stale) as stale:
        project.apply(later)
    assert [finding.code for finding in stale.value.findings] == ["plan/stale"], "it is newer than the state"
    assert (project.path / "b.txt").read_text() == "new"

    for name, data in marks.items():
        (project.path / ".reign/marks" / name).write_bytes(data)
    planned = project.plan()
    (change,) = (each for each in planned.plan.changes if str(each.address) == "local.file.g")
    assert change.is_found or change.action.value in ("no-op", "update"), change
    project.apply()
    assert (project.path / "b.txt").read_text() == "new"
    assert "local.file.g" in map(str, state(project.where).resources)
    assert project.actions() == {}
    assert (project.path / "log").read_text() == "x\n"
    with pytest.raises((Stale, Failed)):
        project.apply(newer)

    (project.path / "a.txt").unlink()
    assert project.actions() == {"local.file.f": "create"}


def test_a_store_that_is_newer_than_a_restored_journal_is_set_aside(project: Folder, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    shutil.copytree(project.path / ".reign/journal", backup)
    project.write(LOG + "  v: {type: value, spec: {value: 1}}\n")
    project.apply()
    shutil.rmtree(project.path / ".reign/journal")
    shutil.copytree(backup, project.path / ".reign/journal")
    assert "doctor/lost-end" in [finding.code for finding in examine(project.where).findings]
    project.apply()
    assert (project.path / ".reign/state.duckdb.aside-1").exists()
    assert run_query(project.where, "select count(*) from reign.runs").rows == ((2,),)


def set_clock(folder: Folder, year: str) -> None:
    """Let all that was written so far be of another year."""
    path, prev = folder.journal(), b""
    lines = []
    for line in path.read_bytes().splitlines():
        text = re.sub(rb'"at":"\d{4}', b'"at":"' + year.encode(), line[9:])
        text = re.sub(rb'"prev":"[0-9a-f]+"', b'"prev":"' + prev + b'"', text, count=1) if prev else text
        lines.append(b"%08x " % zlib.crc32(text) + text)
        prev = hash_of(lines[-1])
    path.write_bytes(b"\n".join([*lines, b""]))
    (folder.path / ".reign/state.duckdb").unlink()


def hash_of(line: bytes) -> bytes:
    from reign.state.line import line_hash

    return line_hash(line).encode()


def test_a_clock_that_went_back(project: Folder) -> None:
    """The order is that of the numbers: what was told in the future stays before what is told now."""
    set_clock(project, "2099")
    first = state(project.where).last_seq
    project.write(LOG + "  v: {type: value, spec: {value: 1}}\n")
    assert project.apply().status == "completed"
    space = open_workspace(project.where)
    runs = run_query(project.where, "select command, duration_s >= 0 from reign.runs").rows
    assert runs == (("apply", True), ("apply", True))
    for year, why in (("2098", "its history begins later"), ("2100", "is still to come")):
        with pytest.raises(Failed) as error:
            find_point(space.reading, space.held, f"{year}-01-01T00:00:00Z")
        assert why in error.value.findings[0].detail
    assert first < space.held.last_seq
    assert examine(project.where).is_sound
    assert project.actions() == {}


def test_a_lock_from_the_future_is_only_told(project: Folder) -> None:
    with (
        open_writer(Layout(project.path), Owner("apply", started="2099-01-01T00:00:00")),
        pytest.raises(Locked) as caught,
    ):
        project.apply()
    assert "since 2099-01-01T00:00:00 UTC" in caught.value.findings[0].detail


def test_a_project_by_another_name(project: Folder) -> None:
    text = (project.path / "reign.yaml").read_text()
    (project.path / "reign.yaml").write_text(text.replace("project: p", "project: q"))
    assert codes(project) == ["plan/other-project"]
    project.write(LOG + "  v: {type: value, spec: {value: 1}}\n")
    (project.path / "reign.yaml").write_text(
        (project.path / "reign.yaml").read_text().replace("project: p", "project: q")
    )
    project.apply()
    assert codes(project) == [], "it is called so from now on"


def test_two_ways_to_one_folder_are_one_state(project: Folder, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(project.path)
    other = Folder(tmp_path / "link")
    assert other.actions() == {}
    with open_writer(Layout(project.path), Owner("apply")), pytest.raises(Locked):
        other.apply()


@pytest.mark.parametrize("what", ["form", "kind"])
def test_a_line_of_a_newer_reign(project: Folder, what: str) -> None:
    """Nothing is guessed: every reader and writer says which Reign to use."""
    path = project.journal()
    lines = path.read_bytes().splitlines()
    if what == "form":
        lines = [lines[0].replace(b'"form":4', b'"form":99')]
    else:
        told = (
            b'{"begin":true,"prev":"%s","seq":999,"at":"","run":"r","op":"","kind":"shiny","address":"","serial":null,'
        )
        told += b'"data":{},"end":true}'
        lines.append(b"0" * 9 + told % hash_of(lines[-1]))
    lines[-1] = b"%08x " % zlib.crc32(lines[-1][9:]) + lines[-1][9:]
    path.write_bytes(b"\n".join([*lines, b""]))
    before = path.read_bytes()
    for read in (project.plan, project.apply, lambda: state(project.where), lambda: examine(project.where)):
        with pytest.raises(Failed) as caught:
            read()
        assert {finding.code for finding in caught.value.findings} == {"state/newer"}
    assert path.read_bytes() == before


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own."""
    folder = tmp_path / "mounted"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=640k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("only root mounts")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_state_that_cannot_be_written(project: Folder, mounted: Path) -> None:
    shutil.rmtree(mounted, ignore_errors=True)
    for path in (project.path / ".reign").iterdir():
        if path.name not in ("state.duckdb", "feed.lock"):
            (shutil.copytree if path.is_dir() else shutil.copy2)(path, mounted / path.name)
    shutil.rmtree(project.path / ".reign")
    (project.path / ".reign").symlink_to(mounted)
    mounted.chmod(0o700)
    subprocess.run(["mount", "-o", "remount,ro", str(mounted)], check=True)
    project.write(LOG + "  v: {type: value, spec: {value: 1}}\n")
    assert project.actions() == {"value.v": "create"}
    asked = []
    with pytest.raises(Failed) as caught:
        project.apply(approve=asked.append)
    assert [finding.code for finding in caught.value.findings] == ["state/not-writable"]
    assert "Read-only file system" in caught.value.findings[0].detail
    assert asked == [], "before anything is asked"
    examined = examine(project.where)
    assert "doctor/read-only" in [finding.code for finding in examined.findings]
    assert examined.is_sound
    subprocess.run(["mount", "-o", "remount,rw", str(mounted)], check=True)
    assert project.apply().status == "completed"


def test_a_disk_that_fills_at_any_point(project: Folder, mounted: Path) -> None:
    """Never a false success: it says so and ends, and goes on when there is room again."""
    folder = Folder(mounted)
    many = "".join(f"  f{n}: {{type: local.file, spec: {{path: f{n}, content: {'x' * 400}}}}}\n" for n in range(8))
    for left in (0, 4, 12, 24, 40, 64, 96):
        folder.write(many)
        room = os.statvfs(mounted)
        (mounted / "ballast").write_bytes(b"\0" * max(0, room.f_bavail * room.f_frsize - left * 1024))
        try:
            status = folder.apply().status
        except Failed as error:
            status = error.findings[0].code
        assert status in ("completed", "failed", "state/not-writable"), left
        (mounted / "ballast").unlink()
        assert folder.apply().status == "completed"
        assert folder.actions() == {}
        assert all((mounted / f"f{n}").read_text() == "x" * 400 for n in range(8))
        folder.apply(destroy=True)
        for path in mounted.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
