"""The marks of files and folders, held against the state: something of ours without one is taken for somebody else's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from reign.app.observe import in_clear
from reign.app.workspace import Workspace
from reign.model.address import Address
from reign.model.errors import ProviderError
from reign.model.event import State
from reign.model.resource import Observation, Snapshot
from reign.model.values import Spec, reveal
from reign.ports import Call, Connection, Wanted
from reign.providers.local.marks import Mark, Marks
from reign.state.store import set_aside

_PROVIDER = "local"


@dataclass(frozen=True, slots=True)
class Unmarked:
    """Something that the state holds and that has no mark, or one that cannot be read. `is_as_recorded`: what stands there
    is exactly what was recorded, so that the mark can be made again.
    """

    snapshot: Snapshot
    is_as_recorded: bool


def unmarked(space: Workspace, state: State) -> Iterator[Unmarked]:
    """Everything of a marked local type that has no mark of this state."""
    for address, held in state.resources.items():
        if address.provider == _PROVIDER and space.schema(address.type).marked:
            marks = _marks(space, state, held)
            mark = _ours(marks, held.external_id) if marks is not None else None
            if marks is not None and (mark is None or mark.kind != _kind(held)):
                seen = _seen(space, state, held)
                if seen is not None:  # what is gone needs no mark: the next plan says that it is gone
                    yield Unmarked(held, _is_same(held, seen))


def _ours(marks: Marks, path: str) -> Mark | None:
    try:
        return marks.ours(path)
    except (IsADirectoryError, NotADirectoryError):
        return None  # where a folder belongs a file stands, or the other way round


def left(space: Workspace, state: State) -> int:
    """How many marks of this state are of nothing that it holds: of what was forgotten, or made by a run that was cut off."""
    known = {
        marks.file(held.external_id).name
        for address, held in [*state.resources.items(), *state.deposed.items()]
        if address.provider == _PROVIDER and (marks := _marks(space, state, held)) is not None
    }
    try:
        there = [path for path in space.layout.marks.iterdir() if len(path.name) == _DIGITS]
    except OSError:
        return 0
    return sum(path.name not in known for path in there)


_DIGITS = 64


def mark_again(space: Workspace, state: State, held: Snapshot) -> Path | None:
    """Make the mark of something that stands there exactly as it was recorded. Raises OSError.

    What stands in the mark's place is set aside: the name that it has now, if there was something.
    """
    marks = _marks(space, state, held)
    if marks is None:
        return None
    file = marks.file(held.external_id)
    aside = set_aside(file) if file.exists() else None
    folder = _folder(held)
    about = Path(space.folder, folder or "", held.external_id).lstat()
    kind = _kind(held)
    changed_ns = 0 if kind == "folder" else about.st_mtime_ns
    found = held.found or kind == "folder"  # whether a folder was there before, only its mark knew: in doubt it stays
    mark = Mark(state.lineage, str(held.address), held.create_key, kind, about.st_ino, changed_ns, found)
    marks.put(held.external_id, mark)
    return aside


def _marks(space: Workspace, state: State, held: Snapshot) -> Marks | None:
    """Where its mark is kept; None where the folder of its connection is not known."""
    folder = _folder(held)
    return None if folder is None else Marks(space.site(state.lineage, "", space.env), folder)


def _kind(held: Snapshot) -> Literal["file", "folder"]:
    return "folder" if held.address.type == "local.directory" else "file"


def _folder(held: Snapshot) -> str | None:
    settings: object = reveal(dict(held.settings))
    folder = settings.get("folder", "") if isinstance(settings, Mapping) else None
    return folder if isinstance(folder, str) else None


def _seen(space: Workspace, state: State, held: Snapshot) -> Observation | None:
    if not space.trusted and _folder(held):
        return None  # only a trusted folder is looked at where the project says
    settings: object = reveal(dict(held.settings))
    clear: Spec = settings if isinstance(settings, dict) else {}
    call = Call("", Connection(held.connection, clear), space.site(state.lineage, "", space.env))
    wanted = in_clear(Wanted(held.address, known=held))
    answers: Mapping[Address, Observation | ProviderError | None]
    try:
        answers = space.registry.provider(_PROVIDER).observe([wanted], call)
    except ProviderError:
        return None
    seen = answers.get(held.address)
    return seen if isinstance(seen, Observation) else None


def _is_same(held: Snapshot, seen: Observation) -> bool:
    kinds = ("sha256", "bytes", "mode") if "sha256" in held.outputs else ("path",)
    return all(reveal(held.outputs.get(name)) == reveal(seen.outputs.get(name)) for name in kinds)
