"""`doctor --repair`: what can be mended is mended, under the lock. What is damaged is set aside, never deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from reign.app import ailments
from reign.app.declared import read_files
from reign.app.doctor import Examination, Examined, environments, examine
from reign.app.history import Recording
from reign.app.marked import mark_again, unmarked
from reign.app.nouns import Where
from reign.app.origin import owner
from reign.app.recovery import recover
from reign.app.workspace import Workspace
from reign.model.errors import ReignError
from reign.model.finding import Finding
from reign.state.files import sync_folder
from reign.state.layout import Layout, not_writable
from reign.state.lock import hold
from reign.state.mend import mend
from reign.state.segment import segment_paths
from reign.state.store import set_aside
from reign.state.verify import is_no_log, look_through, make_private
from reign.state.writer import Writer, open_writer


def repair(where: Where, lock_wait_s: float = 0.0) -> Examined:
    """Mend what can be mended, of the environment that is named or of all, and look again. Raises Locked, Failed."""
    told: list[Finding] = []
    for space in environments(where):
        if space.layout.state.is_dir():
            try:
                told += _repaired(space, lock_wait_s)
            except OSError as error:
                raise not_writable(space.layout.state, error) from error
    return replace(examine(where), repaired=tuple(told))


def _repaired(space: Workspace, lock_wait_s: float) -> Iterator[Finding]:
    layout, told = space.layout, list[Finding]()
    told += _misplaced(layout, [layout.lock, layout.lock_json])  # which nobody can hold so
    lock = hold(layout, owner(space.where.environ, "doctor --repair"), lock_wait_s)
    try:
        told += _misplaced(layout)
        told += _folder(layout.root)
        told += _journal(space)
        told += _copies(space)
    finally:
        lock.release()
    if segment_paths(layout.journal):
        with open_writer(layout, owner(space.where.environ, "doctor --repair"), lock_wait_s) as writer:
            told += writer.findings
            with suppress(ReignError):  # without the key nothing is looked up: that is told
                told += _marks(space, writer)
                told += _recovered(space, writer)
            if told:
                said = " ".join(finding.detail for finding in told)
                Recording().write(space, writer, "doctor --repair", message=said)
    yield from told


def _misplaced(layout: Layout, only: Sequence[Path] = ()) -> Iterator[Finding]:
    """Files where folders belong, and the other way round, of this environment; a segment is mended with the journal."""
    ours = [
        path for path in look_through(layout.root).misplaced if _is_of(layout, path) and path.parent != layout.journal
    ]
    for path in ours:
        if not only or path in only:
            yield _put_aside(path, layout)


def _is_of(layout: Layout, path: Path) -> bool:
    others = [each.state for each in layout.siblings() if each.state not in (layout.state, layout.root)]
    return path.is_relative_to(layout.root) and not any(path.is_relative_to(other) for other in others)


def _put_aside(path: Path, layout: Layout) -> Finding:
    aside = set_aside(path)
    sync_folder(path.parent)
    return ailments.repaired(f"Set aside: {_names([path], layout.root)}, which is kept as {aside.name}.")


def _folder(root: Path) -> Iterator[Finding]:
    found = look_through(root)
    for path in found.open_:
        make_private(path)
    if found.open_:
        yield ailments.repaired(f"Made private: {_names(found.open_, root)}.")
    for path in found.drafts:
        path.unlink()
    if found.drafts:
        yield ailments.repaired(f"Removed drafts that killed commands left: {_names(found.drafts, root)}.")


def _journal(space: Workspace) -> Iterator[Finding]:
    mended = mend(space.layout)
    yield from (ailments.lost(space.layout, damage) for damage in mended.damages)
    if mended.asides:
        names = _names(mended.asides, space.layout.root)
        yield ailments.repaired(f"The journal is in order again. What was damaged is kept: {names}.")


def _copies(space: Workspace) -> Iterator[Finding]:
    """What is kept twice, or can be had again: the store, content, plans."""
    if is_no_log(space.layout.store_log):
        yield _put_aside(space.layout.store_log, space.layout)
    look = Examination(space)
    spoilt = list(look.spoilt())
    if space.layout.store in spoilt and (lost := look.lost_end()):
        yield ailments.given_up(space.layout, lost)
    for path in spoilt:
        yield _put_aside(path, space.layout)


def _marks(space: Workspace, writer: Writer) -> Iterator[Finding]:
    state = space.opened(writer.state)
    for each in unmarked(space, state):
        if each.is_as_recorded:
            aside = mark_again(space, state, each.snapshot)
            kept = f" What stood in the mark's place is kept: {_names([aside], space.layout.root)}." if aside else ""
            yield ailments.repaired(f"Marked again: {each.snapshot.address} ({each.snapshot.external_id}).{kept}")


def _recovered(space: Workspace, writer: Writer) -> tuple[Finding, ...]:
    project = read_files(space).partial
    return recover(space, writer, project.resources if project else {})


def _names(paths: list[Path] | tuple[Path, ...], root: Path) -> str:
    return ailments.some([str(path.relative_to(root.parent)) for path in paths])
