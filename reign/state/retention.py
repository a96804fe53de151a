"""Old segments of the journal, and what goes with them: the folders of their runs, and content that nobody refers to.

That they go is an event, durable before the first of them is removed; whoever opens as writer finishes a removal that was
cut off. A segment is the last to go of what belongs to it, so that what is left to do shows in the segments.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from reign.state.files import sync_folder
from reign.state.fold import Fold
from reign.state.layout import Layout
from reign.state.segment import number_of, segment_paths, starts_after

_AT = re.compile(rb'"at":"([^"]*)"')
_RUN = re.compile(rb'"run":"([^"]*)"')
_SHA256 = re.compile(rb"[0-9a-f]{64}")
_BLOCK = 1 << 16

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Old:
    """What goes: `segments` of them with so many events and bytes, up to event `seq`; `stays` is the number of the first
    that stays, which may be yet to be begun. kept_for: the id of the checkpoint with a name that the next one stays for,
    old as it is.
    """

    stays: int
    segments: int = 0
    events: int = 0
    bytes: int = 0
    seq: int = 0
    kept_for: str = ""


def old_segments(folder: Path, fold: Fold, before: str, *, last: bool = False) -> Old:
    """What goes when all that was told before `before` does (UTC, ISO 8601).

    Whole segments go, from the oldest on, up to the first with something newer in it, or that a named checkpoint points
    into: going back to that needs everything since. The last one stays, whatever its age, but with `last`.
    """
    paths = [path for path in segment_paths(folder) if number_of(path) >= fold.first_segment]
    named = sorted((kept["seq"], kept["id"]) for kept in fold.checkpoints.values() if not kept["automatic"])
    old = Old(fold.first_segment, seq=fold.pruned_seq)
    for path, following in zip(paths, [*paths[1:], None], strict=True):
        if (following is None and not last) or _last_told(path) >= before:
            break
        ends = starts_after(following) if following else fold.last_seq
        if named and named[0][0] < ends:
            return replace(old, kept_for=named[0][1])
        old = Old(
            stays=number_of(path) + 1,
            segments=old.segments + 1,
            events=ends - fold.pruned_seq,
            bytes=old.bytes + path.stat().st_size,
            seq=ends,
        )
    return old


def clear(layout: Layout, fold: Fold) -> None:
    """Remove what the history has pruned and is still there. What cannot be removed now is left to the next writer."""
    if fold.first_segment == 1:
        return
    old = [path for path in segment_paths(layout.journal) if number_of(path) < fold.first_segment]
    if not old:
        return
    try:
        _clear_besides(layout, fold)
        for path in old:
            path.unlink()
        sync_folder(layout.journal)
    except OSError as error:
        _log.warning("what was pruned could not be removed: %s", error)


def _clear_besides(layout: Layout, fold: Fold) -> None:
    runs, contents = set(fold.named_runs()), set[str]()
    for path in segment_paths(layout.journal):
        if number_of(path) >= fold.first_segment:
            data = path.read_bytes()
            runs |= {run.decode() for run in _RUN.findall(data)}
            contents |= {name.decode() for name in _SHA256.findall(data)}
    for folder in _entries(layout.runs):
        if folder.name not in runs:
            shutil.rmtree(folder) if folder.is_dir() else folder.unlink()
        else:
            with suppress(OSError):
                contents |= {name.decode() for name in _SHA256.findall((folder / "plan").read_bytes())}
    for blob in _entries(layout.blobs):
        if blob.name not in contents and _SHA256.fullmatch(blob.name.encode()):  # what was set aside stays
            blob.unlink()


def _entries(folder: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError):
        yield from sorted(folder.iterdir())


def _last_told(path: Path) -> str:
    """When the last event of a segment was told; empty where there is none."""
    line = _last_line(path)
    found = _AT.search(line)
    return found[1].decode() if found else ""


def _last_line(path: Path) -> bytes:
    """The last line that is ended, read from the end on."""
    with path.open("rb") as file:
        at, data = file.seek(0, os.SEEK_END), b""
        while at and data.count(b"\n") < 2:
            at = max(0, at - max(_BLOCK, len(data)))
            file.seek(at)
            data = file.read()
    return data[: data.rfind(b"\n") + 1].rstrip(b"\n").rpartition(b"\n")[2]
