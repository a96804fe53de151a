"""Since which commit something is not declared any more: a plan says so beside what it destroys for that reason."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reign.app.git import head
from reign.model.plan import Change, Plan

if TYPE_CHECKING:
    from reign.app.workspace import Workspace

_MOST_NAMES, _MOST_COMMITS = 100, 50
_TIMEOUT_S = 1.0
"""A long history may take longer; then the plan says what it says without."""
_PHRASE = "is not in the configuration"
_GIT = ("git", "-c", "core.fsmonitor=false", "--no-pager", "log", "--no-show-signature", "--no-color", "--no-ext-diff")


def dated(space: Workspace, made: Plan) -> Plan:
    """`made`, with the commit that took it out of the files beside what is destroyed since it is declared no more.

    Nothing is added where git has no answer: a folder that is not trusted, no git, a removal that is not committed.
    """
    names = {change.address.name for change in made.changes if _goes(change)}
    if not names or not space.trusted or not head(space.folder, trusted=True).sha:
        return made
    found = removals(space.folder, names, made.basis.sources, space.where.environ)
    return replace(made, changes=tuple([_dated(change, found) for change in made.changes])) if found else made


def _goes(change: Change) -> bool:
    return change.reason == "delete_because_no_resource_config" and change.reasons[0].endswith(_PHRASE)


def _dated(change: Change, found: Mapping[str, str]) -> Change:
    if not _goes(change) or change.address.name not in found:
        return change
    first, *rest = change.reasons
    return replace(change, reasons=(f"{first} since {found[change.address.name]}", *rest))


def removals(
    folder: Path, names: Collection[str], files: Collection[str], environ: Mapping[str, str]
) -> dict[str, str]:
    """By name, the newest commit that changed how often it stands as a key in YAML, if that one took it away.

    Looks at `files` and at all YAML in `folder`. Empty where git is missing, slow, or knows no such folder.
    """
    import subprocess

    names = sorted(names)[:_MOST_NAMES]
    key = f"^[[:space:]]+[\"']?({'|'.join(names)})[\"']?[[:space:]]*:"
    words = [*_GIT, "--no-textconv", "-p", "-U0", "--abbrev=7", "--format=%x00%h", f"-{_MOST_COMMITS}", "-G", key]
    clean = {"PATH": environ.get("PATH", ""), "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_CONFIG_NOSYSTEM": "1"}
    try:
        done = subprocess.run(
            [*words, "--", "*.yaml", "*.yml", *files],
            cwd=folder,
            env=clean,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    if done.returncode:
        return {}
    newest: dict[str, str] = {}
    for commit, text in _commits(done.stdout.decode(errors="replace")):
        for name, balance in _balances(text, names).items():
            newest.setdefault(name, commit if balance < 0 else "")
    return {name: commit for name, commit in newest.items() if commit}


def _commits(log: str) -> Iterator[tuple[str, str]]:
    """(commit, what it changed), the newest first."""
    for part in log.split("\0")[1:]:
        commit, _, text = part.partition("\n")
        yield commit, text


def _balances(text: str, names: Collection[str]) -> dict[str, int]:
    """By name, how many lines that begin with it came, less those that went."""
    found: dict[str, int] = {}
    for sign, name in re.findall(r"^([-+])[ \t]+[\"']?([a-z][a-z0-9_-]*)[\"']?[ \t]*:", text, re.MULTILINE):
        if name in names:
            found[name] = found.get(name, 0) + (1 if sign == "+" else -1)
    return {name: balance for name, balance in found.items() if balance}
