"""What git says about the project's folder, read from its files alone: nothing of the project is run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True)
class Head:
    """What is checked out; both empty where there is no git, `branch` empty where the head is detached."""

    sha: str = ""
    branch: str = ""


def head(folder: Path) -> Head:
    """The commit and the branch that are checked out in the work tree that holds `folder`."""
    for place in (folder, *folder.parents):
        git = place / ".git"
        if git.is_dir():
            return _head(git, git)
        if git.is_file():  # a worktree or a submodule: its own HEAD, refs in the common folder
            own = place / _text(git).removeprefix("gitdir:").strip()
            common = own / _text(own / "commondir") if (own / "commondir").is_file() else own
            return _head(own, common)
    return Head()


def _head(own: Path, common: Path) -> Head:
    text = _text(own / "HEAD")
    if not text.startswith("ref:"):
        return Head(text if _SHA.fullmatch(text) else "")
    ref = text.removeprefix("ref:").strip()
    sha = _text(common / ref) if ".." not in ref else ""
    for line in () if sha else _text(common / "packed-refs").splitlines():
        if line.endswith(f" {ref}"):
            sha = line.split(" ")[0]
    return Head(sha if _SHA.fullmatch(sha) else "", ref.removeprefix("refs/heads/"))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
