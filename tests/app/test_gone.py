"""Since which commit something is not declared any more, held against histories that git made."""

import shutil
import subprocess
from pathlib import Path

import pytest

from reign.app.gone import removals
from tests.app.conftest import Folder
from tests.app.test_git import git

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
ENVIRON = {"PATH": str(Path(shutil.which("git") or "git").parent)}


def commit(folder: Path, **files: str) -> str:
    """The commit, as it is told."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "x")
    return git(folder, "rev-parse", "--short=7", "HEAD").strip()


@pytest.fixture
def history(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path, reign="resources:\n  old: {}\n  kept: {}\n  'quoted': {}\n")
    return tmp_path


def test_the_commit_that_took_it_away(history: Path) -> None:
    first = commit(history, reign="resources:\n  kept: {}\n  'quoted': {}\n")
    second = commit(history, reign="resources:\n  kept: {}\n")
    commit(history, reign="resources:\n  kept: {a: 1}\n")
    assert removals(history, ["old", "kept", "quoted", "never"], ["reign.yaml"], ENVIRON) == {
        "old": first,
        "quoted": second,
    }


def test_what_was_only_moved_to_another_file_and_went_from_there(history: Path) -> None:
    commit(history, reign="resources:\n  kept: {}\n", more="resources:\n  old: {}\n")
    last = commit(history, more="resources: {}\n")
    assert removals(history, ["old"], ["reign.yaml"], ENVIRON)["old"] == last


def test_a_removal_that_is_not_committed_has_no_commit(history: Path) -> None:
    (history / "reign.yaml").write_text("resources: {}\n", encoding="utf-8")
    assert removals(history, ["old"], ["reign.yaml"], ENVIRON) == {}


def test_no_answer_is_none(tmp_path: Path, history: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(history, reign="resources: {}\n")
    assert removals(history, ["old"], [], {"PATH": ""}) == {}
    assert removals(history, ["old"], ["../outside.yaml"], ENVIRON) == {}

    def slow(*_: object, **__: object) -> object:
        raise subprocess.TimeoutExpired("git", 1)

    monkeypatch.setattr(subprocess, "run", slow)
    assert removals(history, ["old"], [], ENVIRON) == {}


def test_a_plan_tells_it(folder: Folder) -> None:
    git(folder.path, "init", "-q", "-b", "main")
    (folder.path / ".gitignore").write_text(".reign\n", encoding="utf-8")
    folder.write("  old: {type: value, spec: {value: 1}}\n  new: {type: value, spec: {value: 1}}\n")
    commit(folder.path)
    folder.apply()
    folder.write("  new: {type: value, spec: {value: 1}}\n")
    assert reasons(folder) == ("because old is not in the configuration",)
    since = commit(folder.path)
    assert reasons(folder) == (f"because old is not in the configuration since {since}",)


def reasons(folder: Folder) -> tuple[str, ...]:
    return next(change.reasons for change in folder.plan().plan.changes if change.address.name == "old")
