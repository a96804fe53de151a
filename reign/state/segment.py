"""The journal's segments on disk: finding, reading and checking them. Nothing here writes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from reign.model.errors import Failed
from reign.model.event import EventKind
from reign.model.finding import Finding
from reign.state.line import damaged, holds_secrets, json_of, parse_line, scan
from reign.state.upcasts import FORM, upcast

_NAME = re.compile(r"\d{8}\.log")


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as read. `lines` are the whole ones after the snapshot line, whose state is `snapshot`.

    first: the hash of the snapshot line's predecessor. end: where the last whole batch ends. last: the hash of the
    last line. torn: what a cut-off write left behind. base_bytes: the length of the snapshot line. is_sealed: what is
    written for a sensitive value stands somewhere in it.
    """

    path: Path
    first: str
    form: int
    snapshot: dict[str, Any]
    lines: list[bytes]
    end: int
    last: str
    torn: bytes
    base_bytes: int
    is_sealed: bool = False
    _raws: list[tuple[dict[str, Any], str]] = field(default_factory=list, repr=False, compare=False)

    @property
    def last_seq(self) -> int:
        """The number of its last event, or of the last one before it where it holds none."""
        return int(self.snapshot["last_seq"]) + len(self.lines)

    def raws(self) -> Iterator[tuple[dict[str, Any], str]]:
        """The lines' JSON, in the present form, each with the hash of its line: that is what the next one follows."""
        if not self._raws:
            told = json.loads(b"[%s]" % b",".join(map(json_of, self.lines)))  # all at once takes half the time
            hashes = [*(raw["prev"] for raw in told[1:]), self.last]
            self._raws.extend((upcast(raw, self.form), digest) for raw, digest in zip(told, hashes, strict=False))
        return iter(self._raws)


Read: TypeAlias = Callable[[Path, str | None], Segment]
"""`read_segment`, or what does it with more than that."""


def segment_paths(folder: Path) -> list[Path]:
    """The segments in order."""
    try:
        return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _unreadable(folder, error) from error


def read_segment(path: Path, prev: str | None = None) -> Segment:
    """Read and check one segment; `prev` is the hash that its first line must follow. Raises Failed on damage."""
    data = bytes_of(path)
    found = scan(data, prev, path.name)
    if not found.lines:
        raise damaged(path.name, 0, "a segment begins with a whole snapshot of the state")
    first = parse_line(found.lines[0])
    if first["kind"] != EventKind.SNAPSHOT:
        raise damaged(path.name, 0, "a segment begins with a whole snapshot of the state")
    form = first["data"]["form"]
    return Segment(
        path,
        first["prev"],
        form,
        upcast(first, form)["data"]["state"],
        found.lines[1:],
        found.end,
        found.last,
        found.torn,
        len(found.lines[0]) + 1,
        holds_secrets(data),
    )


def bytes_of(path: Path) -> bytes:
    """A segment as it stands on the disk, unchecked. Raises Failed where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def last_segment(folder: Path, read: Read = read_segment) -> Segment | None:
    """The newest segment, from which alone the state can be told; None where nothing was ever written."""
    paths = segment_paths(folder)
    if not paths:
        return None
    try:
        return read(paths[-1], None)
    except Failed:
        if paths[-1].exists():
            raise
        return last_segment(folder, read)  # another was begun meanwhile, and this one pruned


def newest_number(folder: Path) -> int:
    """The number of the newest segment; 0 where there is none."""
    return max(map(number_of, segment_paths(folder)), default=0)


def history(folder: Path, after: int, first: int, read: Read = read_segment) -> Iterator[Segment]:
    """The segments that hold events after number `after`, oldest first, each checked to follow the one before.

    `first` is the number of the first that was not pruned. Raises Failed on damage, and where that one is not there.
    """
    prev = None
    for path in _from(_kept(folder, first), after):
        segment = read(path, prev)
        prev = segment.last
        yield segment


def segment_with(folder: Path, seq: int, read: Read = read_segment) -> Segment | None:
    """The segment from which the state after event `seq` can be told, read by itself; None where that is gone."""
    for path in reversed(segment_paths(folder)):
        if starts_after(path) <= seq:
            return read(path, None)
    return None


def lines_after(segment: Segment, after: int) -> list[bytes]:
    """The segment's lines with a number greater than `after`: numbers have no gaps inside a segment."""
    return segment.lines[max(0, after - segment.snapshot["last_seq"]) :]


def jsons_after(segment: Segment, after: int) -> list[bytes]:
    """The JSON of those lines, unread; where they are in an older form, brought to the present one."""
    jsons = [json_of(line) for line in lines_after(segment, after)]
    if segment.form == FORM:
        return jsons
    told = (upcast(json.loads(each), segment.form) for each in jsons)
    return [json.dumps(each, separators=(",", ":")).encode("ascii") for each in told]


def number_of(path: Path) -> int:
    """The number of a segment."""
    return int(path.stem)


def starts_after(path: Path) -> int:
    """The number of the last event before a segment, whose snapshot line says so; 0 where that line is not whole."""
    with path.open("rb") as file:
        line = file.readline()
    return int(parse_line(line)["seq"]) if scan(line, None, path.name).lines else 0


def _kept(folder: Path, first: int) -> list[Path]:
    """The segments that were not pruned: some that were may be there until the next writer has removed them."""
    paths = segment_paths(folder)
    kept = [path for path in paths if number_of(path) >= first]
    if paths and (not kept or number_of(kept[0]) != first):
        raise damaged(f"{first:08}.log", 0, "the segment is not there")
    return kept


def _from(paths: list[Path], after: int) -> list[Path]:
    """Leave out the segments that end before `after`: the next one's snapshot says so."""
    first = 0
    if after:
        for index in range(len(paths) - 1, 0, -1):
            if starts_after(paths[index]) <= after:
                first = index
                break
    return paths[first:]


def _unreadable(path: Path, error: OSError) -> Failed:
    return Failed(
        [
            Finding(
                "state/not-readable",
                "The state cannot be read",
                f"{error.filename or path}: {error.strerror or error}.",
                fix="Check the permissions of .reign: it belongs to the user who made it.",
            )
        ]
    )
