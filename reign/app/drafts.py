"""What a write of a file leaves beside its place when it is cut off: a draft, under a name that is told from the path."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from reign.app.workspace import Workspace
from reign.model.errors import ProviderError
from reign.model.plan import Change, Plan
from reign.model.values import Spec, reveal
from reign.ports import Call, Connection


@dataclass(frozen=True, slots=True)
class Draft:
    """Where one stands, and the path of the file that was written."""

    path: Path
    of: str


def drafts(space: Workspace, plan: Plan) -> Iterator[Draft]:
    """The drafts of files that the plan was to write: their names are told from the lineage and the path alone."""
    for change in plan.changes:
        yield from drafts_of(space, plan, change)


def drafts_of(space: Workspace, plan: Plan, change: Change) -> Iterator[Draft]:
    """The same of one change: at most one."""
    if change.address.provider != "local" or change.address.mode != "managed":
        return
    from reign.providers.local.place import place_of

    path = reveal((change.after or change.before or {}).get("path"))
    if not isinstance(path, str):
        return
    site = space.site(plan.basis.lineage, plan.project, plan.env)
    over = Connection(change.connection, cast("Spec", reveal(dict(plan.connections.get(change.connection, {})))))
    with suppress(OSError, ProviderError):
        place = place_of(Call("", over, site))
        draft = place.temporary(path)
        with place.parent(path) as (folder, _):
            os.stat(draft, dir_fd=folder, follow_symlinks=False)
        yield Draft(Path(place.base) / Path(path).parent / draft, path)


def discard(path: Path) -> None:
    """Remove a file, or a folder with all that is in it. Absent is success. Raises OSError."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
