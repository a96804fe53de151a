"""Mending a journal: what is whole goes into segments that follow each other again, and the damaged ones are set aside.

Only for the holder of the lock. Every step leaves a journal that can be mended once more: a segment is replaced by one
rename, after it got a second name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reign.model.errors import Failed
from reign.model.event import Event, EventKind
from reign.model.finding import Finding
from reign.state.files import make_folder, sync_folder, write_file
from reign.state.fold import Fold
from reign.state.layout import Layout, not_writable
from reign.state.line import encode_line, event_of, line_hash
from reign.state.salvage import Damage, Piece, pieces
from reign.state.upcasts import FORM

_LINEAGE = re.compile(rb'"lineage":"([0-9a-f]{32})"')
_HEAD_BYTES = 1 << 12


@dataclass(frozen=True, slots=True)
class Mended:
    """What was wrong with the journal, and the names under which what was replaced is kept."""

    damages: tuple[Damage, ...] = ()
    asides: tuple[Path, ...] = ()


def mend(layout: Layout) -> Mended:
    """Bring the journal in order from the first damage on; a torn end is left to the writer. Raises Failed where it cannot
    be written, or where nothing says whose state it is.
    """
    lineage = lineage_of(layout)
    found = list(pieces(layout.journal, lineage))
    damages = tuple(damage for piece in found for damage in piece.damages)
    if not damages:
        return Mended()
    if not all(piece.state["lineage"] for piece in found):
        raise Failed([_nothing_left()])
    copies = [piece.path for piece in found if piece.is_copy]
    found = [piece for piece in found if not piece.is_copy]
    first = next((index for index, piece in enumerate(found) if piece.damages), len(found))
    try:
        asides = _rewritten(layout.journal, found, first)
        rewritten = {piece.path for piece in found[first:]}  # in place of a copy, say, that stood where one is missing
        return Mended(damages, (*asides, *(_renamed(path) for path in copies if path not in rewritten)))
    except OSError as error:
        raise not_writable(layout.journal, error) from error


def lineage_of(layout: Layout) -> str:
    """Whose state it is, by the plans that its runs stored; empty where there is none."""
    for path in sorted(layout.runs.glob("*/plan")):
        try:
            with path.open("rb") as file:
                told = _LINEAGE.search(file.read(_HEAD_BYTES))
        except OSError:
            continue
        if told:
            return told[1].decode()
    return ""


def _rewritten(folder: Path, found: list[Piece], first: int) -> tuple[Path, ...]:
    make_folder(folder)
    asides: list[Path] = []
    prev = found[first - 1].last if first else found[0].prev
    renamed: dict[str, str] = {}
    is_anew = False
    for piece in found[first:]:
        if not is_anew and (piece.proven or not piece.damages):
            data, prev = piece.proven, piece.last
        else:
            is_anew = True
            data, prev = _segment(piece, prev, renamed)
        if data:
            if piece.path.is_dir():
                asides.append(_renamed(piece.path))
            elif piece.path.exists():
                asides.append(_second_name(piece.path))
            if piece.torn:
                asides.append(piece.path.with_name(f"{piece.path.name}.torn-{len(data)}"))
                write_file(asides[-1], piece.torn)
            write_file(piece.path, data)
    return tuple(asides)


def _segment(piece: Piece, prev: str, renamed: dict[str, str]) -> tuple[bytes, str]:
    """The bytes of a segment that follows the line `prev`, and the hash of its last line.

    renamed: what lines were called before -> what they are called now, which grows.
    """
    fold = Fold(_anew(piece.state, renamed))
    told = Event(EventKind.SNAPSHOT, "", "", data={"form": FORM, "state": fold.encoded()})
    line, _ = encode_line(told, fold.last_seq, prev, begin=True, end=True)
    lines = [line]
    for raw, digest in piece.raws:
        event = event_of(raw)
        if event.kind is EventKind.CHECKPOINT:
            event.data["head"] = renamed.get(event.data["head"], event.data["head"])
        line, _ = encode_line(event, raw["seq"], line_hash(line), begin=True, end=True)
        if digest:
            renamed[digest] = line_hash(line)
        lines.append(line)
    return b"\n".join([*lines, b""]), line_hash(line)


def _anew(state: Mapping[str, Any], renamed: Mapping[str, str]) -> Mapping[str, Any]:
    """A state in which lines go by the names that they have now."""
    kept = state.get("checkpoints", {})
    heads = {name: {**held, "head": renamed.get(held["head"], held["head"])} for name, held in kept.items()}
    return {**state, "head": renamed.get(state["head"], state["head"]), "checkpoints": heads}


def _renamed(path: Path) -> Path:
    aside = _free_name(path)
    path.rename(aside)
    sync_folder(path.parent)
    return aside


def _free_name(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.aside-{number}")).exists():
        number += 1
    return aside


def _second_name(path: Path) -> Path:
    """Keep a file under the first free name beside it, too."""
    aside = _free_name(path)
    os.link(path, aside, follow_symlinks=False)
    sync_folder(path.parent)
    return aside


def _nothing_left() -> Finding:
    return Finding(
        "doctor/nothing-left",
        "Nothing of the journal can be read",
        "Neither the journal nor the plan of any run says whose state it is, so that nothing of it would be recognised. "
        "Nothing was changed.",
        fix="Bring .reign back from a backup made before the damage.",
    )
