"""The journal, line by line, whatever has happened to it: what is whole, what is not, and what was there.

Readers stop at damage. This is for whoever names it, and for whoever mends it. Nothing here writes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reign.model.errors import Failed
from reign.model.event import EventKind
from reign.state.fold import Fold
from reign.state.line import GENESIS, corrected, holds_secrets, is_whole, last_batch, line_hash, parse_line
from reign.state.segment import bytes_of, number_of, read_segment, segment_paths
from reign.state.upcasts import FORM, upcast

Raw = Mapping[str, Any]
_KINDS = frozenset(EventKind)
_ADDRESS = re.compile(rb'"address":"((?:[^"\\]|\\.)+)"')
_KIND = re.compile(rb'"kind":"([a-z_]+)"')
_PRUNED = b'"kind":"pruned"'


@dataclass(frozen=True, slots=True)
class Damage:
    """Something in the journal that is not as it was written.

    line: counted from 1; 0 for a whole segment. lost: (first, last) number of the events that cannot be read any more; None
    where nothing is lost. address, kind: of the first of them, as far as they can be read. forgets: the state that a segment
    began with is nowhere else.
    """

    file: str
    line: int
    why: str
    lost: tuple[int, int] | None = None
    address: str = ""
    kind: str = ""
    forgets: bool = False


@dataclass(slots=True)
class Piece:
    """A segment as far as it can be read, in the present form.

    prev: what its first line follows. state: what that holds, or would hold. raws: what came after, in order, with a LOST in
    the place of each that is gone, and the hash by which each was known. last: that of its last line, where it is known.
    is_missing: there is no such file, but perhaps a folder. is_copy: of another segment, so that nothing follows it.
    is_sealed: as of a Segment. proven: its bytes as they were written, where the lines after the damage prove them.
    """

    path: Path
    prev: str
    state: Raw
    raws: list[tuple[Raw, str]] = field(default_factory=list)
    damages: list[Damage] = field(default_factory=list)
    torn: bytes = b""
    last: str = ""
    is_missing: bool = False
    is_copy: bool = False
    is_sealed: bool = False
    proven: bytes = b""

    @property
    def has_lost(self) -> bool:
        """Whether something that changed the state may be missing in it."""
        return any(raw["kind"] == EventKind.LOST for raw, _ in self.raws)

    def fold(self) -> Fold:
        """The state after it, as far as it can be told from it alone."""
        fold = Fold(self.state, is_sealed=self.is_sealed)
        for raw, digest in self.raws:
            fold.apply(raw, digest)
        return fold


def pieces(folder: Path, lineage: str = "") -> Iterator[Piece]:
    """Every segment in order, also those that are missing among them. `lineage`: the state's, where no segment says it.

    Raises Failed where one cannot be read at all, or is of a form that only a newer Reign knows.
    """
    found = segment_paths(folder)
    folders = {number_of(path) for path in found if path.is_dir()}
    files = [path for path in found if not path.is_dir()]
    copies = _copies(files)
    paths = [path for path in files if path not in copies]
    longer = {of: copy for copy, of in copies.items() if _size(copy) > _size(of)}
    heads: dict[int, Raw | None] = dict.fromkeys(folders)
    heads |= {number_of(path): _head(bytes_of(path)) for path in paths}
    before: Piece | None = None
    fold: Fold | None = None
    for number in _numbers(heads, [_pruned(path) for path in paths]):
        path = folder / f"{number:08}.log"
        upto = _next_start(heads, number)
        if number in heads and number not in folders:
            start = fold.encoded() if fold else _unknown(heads, lineage)
            piece = _piece(longer.get(path, path), before, start, upto, is_last=number == max(heads))
            _compare(piece, before, fold)
            if path in longer:
                _put_back(piece, path)
        else:
            why = "it is a folder" if number in folders else "it is missing"
            piece = _missing(path, fold, heads, lineage, upto if number + 1 in heads else None, why)
        before, fold = piece, piece.fold()
        yield piece
    if before is not None and fold is not None:
        state, is_sealed = fold.encoded(), before.is_sealed
        for copy, of in copies.items():
            damage = Damage(copy.name, 0, f"it is a copy of {of.name}, and does not follow it")
            yield Piece(copy, before.prev, state, damages=[damage], last=before.last, is_sealed=is_sealed, is_copy=True)


def _copies(paths: Sequence[Path]) -> dict[Path, Path]:
    """Which segments begin with the very line that another before them begins with: copy -> what it is a copy of.

    One of the two only says more than the other at its end; the copy, only where it stands next to it: then somebody has
    written on in it.
    """
    firsts: dict[bytes, Path] = {}
    copies: dict[Path, Path] = {}
    for path in paths:
        first = _first_line(path)
        of = firsts.setdefault(first, path) if is_whole(first) else path
        if of != path:
            data, other = bytes_of(path), bytes_of(of)
            if other.startswith(data) or (data.startswith(other) and number_of(path) == number_of(of) + 1):
                copies[path] = of
    return copies


def _first_line(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.readline().removesuffix(b"\n")
    except OSError:
        return b""  # whoever reads all of it says why


def _size(path: Path) -> int:
    return path.stat().st_size


def _put_back(piece: Piece, path: Path) -> None:
    """Have a segment whose copy was written on in be what that holds."""
    copy = piece.path
    piece.path = path
    if not piece.damages:
        piece.proven = bytes_of(copy).removesuffix(piece.torn)
        piece.damages.append(Damage(path.name, 0, f"what came after it was written to a copy of it, {copy.name}"))


def _piece(path: Path, before: Piece | None, start: Raw, upto: int | None, *, is_last: bool) -> Piece:
    last = before.last if before and not before.damages else None
    try:
        whole = read_segment(path, last or None)
        raws = list(whole.raws())
        seqs = [raw["seq"] for raw, _ in raws]
        first = whole.snapshot["last_seq"] + 1
        end = first - 1 + len(seqs)
        if seqs == list(range(first, first + len(seqs))) and upto in (None, end) and (is_last or not whole.torn):
            prev = parse_line(bytes_of(path).split(b"\n", 1)[0])["prev"]
            return Piece(
                path, prev, whole.snapshot, [*raws], torn=whole.torn, last=whole.last, is_sealed=whole.is_sealed
            )
    except Failed as error:
        if any(finding.code != "state/damaged" for finding in error.findings):
            raise
    return _Lenient(path, start, is_last=is_last).piece(upto, is_first=before is None)


class _Lenient:
    """Reads a segment that is not as it was written."""

    def __init__(self, path: Path, start: Raw, *, is_last: bool) -> None:
        self._path = path
        data = bytes_of(path)
        end = _torn_from(data) if is_last else len(data)
        self._torn = data[end:]
        self._lines = data[:end].removesuffix(b"\n").split(b"\n") if data[:end] else []
        self._damages: list[Damage] = []
        self._bad: list[int] = []
        self._proven = 0
        self._start = start

    def piece(self, upto: int | None, *, is_first: bool) -> Piece:
        """What can be read of it; its last event is number `upto`, where that is known."""
        raws = self._read()
        head = raws.pop(0) if raws and raws[0][0]["kind"] == EventKind.SNAPSHOT else None
        if head is None:
            self._beginless(is_first=is_first)
        form = head[0]["data"]["form"] if head else FORM
        state = upcast(dict(head[0]), form)["data"]["state"] if head else self._start
        is_sealed = any(map(holds_secrets, self._lines))
        piece = Piece(self._path, head[0]["prev"] if head else GENESIS, state, torn=self._torn, is_sealed=is_sealed)
        found = self._in_order(raws, state["last_seq"])
        numbers = range(state["last_seq"] + 1, (upto or max([*found, state["last_seq"]])) + 1)
        lost = [seq for seq in numbers if seq not in found]
        gone = self._gone(lost)
        at = ""
        for seq in numbers:
            raw, digest = found.get(seq, (None, ""))
            piece.raws.append((upcast(dict(raw), form), digest) if raw else (_stand_in(seq, gone[seq], at), ""))
            at = piece.raws[-1][0]["at"]
        if head and not self._bad and not lost and len(self._damages) == self._proven:
            lines = self._lines
            piece.proven, piece.last = b"\n".join([*lines, b""]), line_hash(lines[-1])
        if not self._damages:
            self._damages.append(Damage(self._path.name, 1, "its lines do not follow each other"))
        piece.damages = sorted(self._damages, key=lambda damage: damage.line)
        return piece

    def _read(self) -> list[tuple[Raw, str]]:
        """The lines that are whole, or become so by turning one bit back; and note the others."""
        found: list[tuple[Raw, str]] = []
        for index, line in enumerate([*self._lines]):
            mended = line if is_whole(line) else self._mended(index)
            if mended is None:
                self._bad.append(index)
                continue
            if mended is not line:
                self._damages.append(self._damage(index, _PROVEN))
                self._lines[index] = mended
                self._proven += 1
            found.append((_read(mended), line_hash(mended)))
        return found

    def _mended(self, index: int) -> bytes | None:
        after = self._lines[index + 1] if index + 1 < len(self._lines) else b""
        return corrected(self._lines[index], _read(after)["prev"]) if after and is_whole(after) else None

    def _beginless(self, *, is_first: bool) -> None:
        """The state that it began with is that after the segment before, or nothing; else it is not known any more."""
        self._bad = self._bad[1:] if self._bad[:1] == [0] else self._bad
        forgets = is_first and int(self._path.stem) > 1
        self._damages.append(
            Damage(self._path.name, 1, "the state that it begins with cannot be read", forgets=forgets)
        )

    def _in_order(self, raws: Sequence[tuple[Raw, str]], after: int) -> dict[int, tuple[Raw, str]]:
        found: dict[int, tuple[Raw, str]] = {}
        last = after
        for raw, digest in raws:
            if raw["kind"] == EventKind.SNAPSHOT or raw["seq"] <= after or raw["seq"] in found:
                self._damages.append(Damage(self._path.name, 0, f"event {raw['seq']} stands in it twice"))
                continue
            if raw["seq"] < last:
                self._damages.append(Damage(self._path.name, 0, f"event {raw['seq']} stands out of its place"))
            found[raw["seq"]] = raw, digest
            last = raw["seq"]
        return found

    def _gone(self, lost: Sequence[int]) -> dict[int, Damage]:
        """Which damage each number was lost to."""
        if len(self._bad) == len(lost):
            pairs = [(seq, self._damage(index, _WRONG, (seq, seq))) for seq, index in zip(lost, self._bad, strict=True)]
            self._damages += [damage for _, damage in pairs]
            return dict(pairs)
        indexes = self._bad or [0]
        span = (lost[0], lost[-1]) if lost else None
        first = self._damage(indexes[0], _WRONG, span) if self._bad else Damage(self._path.name, 0, _FEWER, span)
        self._damages += [first, *(self._damage(index, _WRONG) for index in self._bad[1:])]
        return dict.fromkeys(lost, first)

    def _damage(self, index: int, why: str, lost: tuple[int, int] | None = None) -> Damage:
        line = self._lines[index]
        address, kind = _ADDRESS.search(line), _KIND.search(line)
        told = kind[1].decode() if kind else ""
        return Damage(
            self._path.name,
            index + 1,
            why,
            lost,
            _unquoted(address[1]) if address else "",
            told if told in _KINDS else "",
        )


_PROVEN = "it was changed, and what it was is proven by the line after it"
_WRONG = "its checksum is wrong"
_FEWER = "lines of it are missing"


def _missing(
    path: Path, fold: Fold | None, heads: Mapping[int, Raw | None], lineage: str, upto: int | None, why: str
) -> Piece:
    state = fold.encoded() if fold else _unknown(heads, lineage)
    lost = (state["last_seq"] + 1, upto) if upto is not None and upto > state["last_seq"] else None
    damage = Damage(path.name, 0, why, lost, forgets=upto is None)
    first, last = lost or (1, 0)
    raws = [(_stand_in(seq, damage, ""), "") for seq in range(first, last + 1)]
    return Piece(path, GENESIS, state, list(raws), [damage], is_missing=True)


def _compare(piece: Piece, before: Piece | None, fold: Fold | None) -> None:
    """Hold what a segment begins with against what led to it."""
    if piece.damages or before is None or fold is None or before.damages or before.has_lost:
        return
    if Fold(piece.state).encoded() != fold.encoded():
        piece.damages.append(Damage(piece.path.name, 1, "the state that it begins with is not what led to it"))


def _stand_in(seq: int, damage: Damage, at: str) -> Raw:
    told = {"file": damage.file, "line": damage.line, "kind": damage.kind, "why": damage.why}
    base = {"seq": seq, "at": at, "run": "", "op": "", "kind": EventKind.LOST.value}
    return {**base, "address": damage.address, "serial": None, "data": told}


def _numbers(heads: Mapping[int, Raw | None], pruned: Sequence[int]) -> range:
    """The numbers that segments should have, by what those that can be read say of the first."""
    if not heads:
        return range(0)
    told = [int(head.get("first_segment", 1)) for head in heads.values() if head is not None]
    return range(min(max([1, *told, *pruned]), max(heads)), max(heads) + 1)


def _pruned(path: Path) -> int:
    """The number of the first segment that stays, where a segment tells that those before it go; else 0."""
    data = bytes_of(path)
    if _PRUNED not in data:
        return 0
    lines = [_read(line) for line in data.split(b"\n") if _PRUNED in line and is_whole(line)]
    return max((int(raw["data"]["segment"]) for raw in lines if raw["kind"] == EventKind.PRUNED), default=0)


def _next_start(heads: Mapping[int, Raw | None], number: int) -> int | None:
    """The number of the last event before the next segment, as far as that one says it."""
    head = heads.get(number + 1)
    return int(head["last_seq"]) if head is not None else None


def _head(data: bytes) -> Raw | None:
    """The state that a segment's first line holds; None where that is not whole."""
    line = data.split(b"\n", 1)[0]
    if not is_whole(line):
        return None
    raw = _read(line)
    if raw["kind"] != EventKind.SNAPSHOT:
        return None
    state: Raw = upcast(dict(raw), raw["data"]["form"])["data"]["state"]
    return state


def _unknown(heads: Mapping[int, Raw | None], lineage: str) -> Raw:
    """The state that the first segment begins with, where it does not say so itself: nothing but whose it is."""
    known = [str(head["lineage"]) for head in heads.values() if head is not None]
    return Fold({"lineage": known[0] if known else lineage}).encoded()


def _torn_from(data: bytes) -> int:
    """Where the torn end of the last segment begins: its last batch, unless that is whole."""
    at = last_batch(data)
    batch = data[at:]
    lines = batch.removesuffix(b"\n").split(b"\n")
    is_batch = batch.endswith(b',"end":true}\n') and all(map(is_whole, lines))
    return len(data) if is_batch or at == 0 else at


def _read(line: bytes) -> Raw:
    raw: Raw = parse_line(line)
    return raw


def _unquoted(text: bytes) -> str:
    try:
        return str(json.loads(b'"%s"' % text))
    except ValueError:
        return ""
