"""Source files that a plan pins by their sha256, and the copies of them that are kept with the state."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from reign.app.nouns import Planned
from reign.app.workspace import Workspace
from reign.model.address import Address
from reign.model.plan import Action
from reign.model.values import Value

KEPT_BYTES = 1 << 20
"""Larger sources are not kept: a rollback to them needs the file itself (design.md, State)."""


def pinned_sources(planned: Planned) -> Iterator[tuple[Address, str, str]]:
    """(address, path as written, sha256) of every source file that the plan will read."""
    for change in planned.plan.actions():
        if change.after is None or change.action in (Action.DELETE, Action.FORGET, Action.READ):
            continue
        fields = planned.schema(change.address.type).fields
        for name, value in change.after.items():
            if name in fields and fields[name].kind.name == "source" and (pin := _pin(value)):
                yield change.address, *pin


def keep_sources(space: Workspace, planned: Planned) -> None:
    """Copy each pinned source of up to 1 MiB to the state's blobs, before the run that reads it."""
    for _, source, sha256 in pinned_sources(planned):
        path = space.folder / source
        if not is_kept(space, sha256) and path.stat().st_size <= KEPT_BYTES:
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest() == sha256:
                space.layout.keep_blob(sha256, data)


def is_kept(space: Workspace, sha256: str) -> bool:
    """Whether there is a copy of what was pinned so."""
    return (space.layout.blobs / sha256).is_file()


def content_hash(path: Path) -> str:
    """The sha256 of a file, empty where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _pin(value: Value) -> tuple[str, str] | None:
    if isinstance(value, dict) and isinstance(value.get("path"), str) and isinstance(value.get("sha256"), str):
        return str(value["path"]), str(value["sha256"])
    return None
