"""What git's own files say, read without git: held against what git says of them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from reign.app.git import head, tracks
from reign.app.look import state
from reign.model.errors import Failed

from .conftest import Folder


def git(folder: Path, *words: str) -> str:
    """A git that knows nothing of whoever runs the tests."""
    names = {f"GIT_{who}_{what}": f"{what.lower()}@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", **names}
    done = subprocess.run(["git", "-C", str(folder), *words], env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def repository(folder: Path, *options: str) -> Path:
    folder.mkdir(exist_ok=True)
    git(folder, "init", "-q", "-b", "main", *options)
    return folder


def put(path: Path, text: str = "x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize("version", ["2", "3", "4"])
@pytest.mark.parametrize("hashes", ["sha1", "sha256"])
@pytest.mark.parametrize("place", [".", "deep/er"])
def test_what_is_in_the_index(tmp_path: Path, version: str, hashes: str, place: str) -> None:
    top = repository(tmp_path / "r", f"--object-format={hashes}")
    folder = top / place
    for name in (".reignx", ".rei", "a", "deep/.reign-not", "other/.reign/key", f"{'long' * 40}/x"):
        put(folder / name)
    put(top / ".gitattributes")
    git(top, "config", "index.version", version)
    git(top, "add", "-A")
    git(top, "update-index", "--index-version", version)
    if version != "2":
        git(top, "update-index", "--skip-worktree", ".gitattributes")  # which only version 3 can say
    assert not tracks(folder, ".reign", trusted=False)
    put(folder / ".reign" / "journal" / "00000001.log")
    git(top, "add", "-A", "-f")
    assert (top / ".git/index").read_bytes()[7] == int(version) or version == "3"
    assert tracks(folder, ".reign", trusted=False)
    git(top, "rm", "-r", "-q", "--cached", str(folder / ".reign"))
    assert not tracks(folder, ".reign", trusted=False)


def test_a_link_and_a_split_index_are_seen(tmp_path: Path) -> None:
    top = repository(tmp_path / "r")
    (top / ".reign").symlink_to("/nowhere")
    git(top, "add", "-A")
    assert tracks(top, ".reign", trusted=False)
    git(top, "update-index", "--split-index")
    put(top / "b")
    git(top, "add", "b")
    assert tracks(top, ".reign", trusted=False)


def test_a_linked_work_tree_has_an_index_and_a_head_of_its_own(tmp_path: Path) -> None:
    top = repository(tmp_path / "r")
    put(top / "a")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "one")
    git(top, "worktree", "add", "-q", "-b", "side", str(tmp_path / "w"))
    put(tmp_path / "w" / ".reign" / "key")
    git(tmp_path / "w", "add", "-A")
    assert head(tmp_path / "w", trusted=True).branch == "side"
    assert head(tmp_path / "w", trusted=True).sha == git(top, "rev-parse", "HEAD")
    assert tracks(tmp_path / "w", ".reign", trusted=True)
    assert not tracks(top, ".reign", trusted=True)
    assert head(tmp_path / "w", trusted=False).sha == "", "it leads out of the work tree"


@pytest.mark.parametrize("packed", [False, True])
def test_what_is_checked_out(tmp_path: Path, packed: bool) -> None:
    top = repository(tmp_path / "r")
    put(top / "a")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "one")
    if packed:
        git(top, "pack-refs", "--all")
    (top / "in").mkdir()
    assert (head(top / "in", trusted=False).sha, head(top, trusted=False).branch) == (
        git(top, "rev-parse", "HEAD"),
        "main",
    )
    git(top, "checkout", "-q", "--detach")
    assert (head(top, trusted=False).sha, head(top, trusted=False).branch) == (git(top, "rev-parse", "HEAD"), "")


@pytest.mark.parametrize("ref", ["/etc/hostname", "refs/../../outside", "refs/heads/link"])
def test_a_ref_that_leads_out_is_not_read(tmp_path: Path, ref: str) -> None:
    top = repository(tmp_path / "r")
    put(tmp_path / "outside", "a" * 40)
    (top / ".git/refs/heads/link").symlink_to(tmp_path / "outside")
    (top / ".git/HEAD").write_text(f"ref: {ref}\n")
    assert head(top, trusted=True).sha == ""


def test_a_pipe_in_the_place_of_the_index_hangs_nobody(tmp_path: Path) -> None:
    top = repository(tmp_path / "r")
    (top / ".git/index").unlink(missing_ok=True)
    os.mkfifo(top / ".git/index")
    (top / ".git/HEAD").unlink()
    os.mkfifo(top / ".git/HEAD")
    assert not tracks(top, ".reign", trusted=True)
    assert head(top, trusted=True).sha == ""


def test_a_state_that_git_tracks_is_neither_read_nor_written(folder: Folder) -> None:
    repository(folder.path)
    folder.write("  v: {type: value, spec: {value: 1}}\n")
    folder.apply()
    folder.plan()
    git(folder.path, "add", "-A", "-f")
    before = {path: path.read_bytes() for path in (folder.path / ".reign").rglob("*") if path.is_file()}
    for use in (folder.plan, folder.apply, folder.save, lambda: state(folder.where), lambda: folder.apply(b"{}")):
        with pytest.raises(Failed) as raised:
            use()
        (finding,) = raised.value.findings
        assert finding.code == "project/state-tracked"
        assert "git rm -r --cached .reign" in finding.fix
    assert {path: path.read_bytes() for path in (folder.path / ".reign").rglob("*") if path.is_file()} == before
    git(folder.path, "rm", "-r", "-q", "--cached", ".reign")
    folder.plan()
