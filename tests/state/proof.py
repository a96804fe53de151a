"""R3, R4 and R6, in this process: each tries every case that there is and counts how many of them held.

`r3()`, `r4()` and `r6()` take `every`: 1 tries all, n each n-th; they return `Counts`. The files stand in a temporary
folder of their own, the journal is written by the journal itself, in several small segments, and read as every command
reads it.
"""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from reign.analytics.reader import answered
from reign.model.errors import Failed
from reign.model.event import Event, EventKind
from reign.state.fold import Fold
from reign.state.journal import FolderJournal
from reign.state.layout import Layout
from reign.state.line import json_of
from reign.state.lock import Owner
from reign.state.reader import Reading, fold_of, read_fold
from reign.state.segment import last_segment, segment_paths
from reign.state.store import feed
from reign.state.writer import open_writer
from tests.state.conftest import TABLES, asked, checkpoint, ends_of_batches, event, started, whole_run, write

T = TypeVar("T")

SEGMENT_BYTES = 1500


@dataclass
class Counts:
    """How many cases were tried, how many held, and of those that did not, what they were."""

    tried: int = 0
    held: int = 0
    broken: list[str] = field(default_factory=list)

    def count(self, what: str, *, held: bool) -> None:
        self.tried += 1
        self.held += held
        if not held:
            self.broken.append(what)


def r3(every: int = 1) -> Counts:
    """Cut the journal at every byte of its newest segment: what comes back is the state after the last whole batch before
    the cut, and all events up to there, and a writer goes on from it.
    """
    counts = Counts()
    with _journal() as layout:
        path = segment_paths(layout.journal)[-1]
        whole = path.read_bytes()
        ends = ends_of_batches(whole)
        expected = {end: _told_of(layout, path, whole[:end]) for end in ends}
        for cut in _some(range(ends[0], len(whole) + 1), every):
            end = max(end for end in ends if end <= cut)
            told = _told_of(layout, path, whole[:cut])
            segment = last_segment(layout.journal)
            is_torn = segment is not None and segment.torn == whole[end:cut]
            counts.count(f"cut at byte {cut}", held=told == expected[end] and is_torn)
        for end, following in itertools.pairwise(ends):
            path.write_bytes(whole[: (end + following) // 2])
            counts.count(f"writing on after byte {end}", held=_goes_on(layout, expected[end]))
    return counts


def r4(every: int = 1, bits: Sequence[int] = ()) -> Counts:
    """Turn one bit in every byte of every segment: it is damage, or the torn end of the last batch, and then nothing before
    that is missing. `bits`: which ones of each byte; without any, another one from byte to byte.
    """
    counts = Counts()
    with _journal() as layout:
        paths = segment_paths(layout.journal)
        everything = _told(layout)
        ends = ends_of_batches(paths[-1].read_bytes())
        before_last = _told_of(layout, paths[-1], paths[-1].read_bytes()[: ends[-2]], restore=True)
        for path in paths:
            whole = path.read_bytes()
            for at in _some(range(len(whole)), every):
                for bit in bits or (at % 8,):
                    turned = bytearray(whole)
                    turned[at] ^= 1 << bit
                    path.write_bytes(turned)
                    in_last = path == paths[-1] and at >= ends[-2]
                    noticed = _is_noticed(layout, before_last, in_last=in_last)
                    counts.count(f"bit {bit} of byte {at} of {path.name}", held=noticed)
            path.write_bytes(whole)
        counts.count("nothing turned", held=_told(layout) == everything)
    return counts


def r6(every: int = 1) -> Counts:
    """Delete, cut, overwrite and exchange the store, and turn bits all over it: what is told is the same, from the journal;
    the next writer makes it equal to one that was made anew, and what was damaged is kept beside it as it was.
    """
    counts = Counts()
    with _journal() as layout:
        write(layout, whole_run("r8", 8))
        whole = layout.store.read_bytes()
        before = tables(layout)
        for name, damage in _some([*_damages(layout, whole)], every):
            damaged = damage()
            _put(layout.store, damaged)
            counts.count(f"{name}: told", held=tables(layout) == before)
            if name.startswith("turned"):
                continue
            with tempfile.TemporaryDirectory() as folder:
                is_cut = name.startswith("cut")
                is_anew = _is_made_anew(layout, Layout(Path(folder)), damaged, is_cut=is_cut)
                counts.count(f"{name}: made anew", held=is_anew)
        _put(layout.store, whole)
    return counts


def tables(layout: Layout) -> dict[str, list[tuple[Any, ...]]]:
    """What a reader is told, from wherever it comes."""
    return answered(
        layout,
        lambda connection: {
            table: connection.execute(f"SELECT * FROM told.{table} ORDER BY ALL").fetchall() for table in TABLES
        },
    )


def copied(layout: Layout, target: Layout) -> Layout:
    """The journal of a state in another folder, without a store."""
    target.create()
    target.journal.mkdir()
    for path in segment_paths(layout.journal):
        (target.journal / path.name).write_bytes(path.read_bytes())
    return target


def rolling(layout: Layout, batches: Sequence[Sequence[Event]], segment_bytes: int = SEGMENT_BYTES) -> FolderJournal:
    """Write batches into segments that end early."""
    layout.create()
    segment = last_segment(layout.journal)
    fold = fold_of(segment) if segment else Fold({"lineage": "l"})
    journal = FolderJournal(layout.journal, fold, segment, segment_bytes=segment_bytes)
    for batch in batches:
        journal.append(batch)
    journal.close()
    return journal


@contextmanager
def _journal() -> Iterator[Layout]:
    """A history of several runs and of everything that a state keeps, in several segments."""
    with tempfile.TemporaryDirectory() as folder:
        layout = Layout(Path(folder))
        batches = [batch for run in range(1, 4) for batch in whole_run(f"r{run}", run, ("a", "b"))]
        batches.insert(9, [checkpoint("kept"), asked("value.c", "r2")])
        batches.insert(12, [event(EventKind.CHECKPOINT_DELETED, id="id of kept"), checkpoint("again", automatic=True)])
        rolling(layout, [*batches, [started("r4")], *whole_run("r5", 5, ("a",))])
        yield layout


def _told(layout: Layout) -> tuple[str, list[bytes]]:
    """The state, and all events."""
    state = json.dumps(read_fold(layout).encoded(), sort_keys=True)
    return state, [json_of(line) for segment in Reading(layout).history() for line in segment.lines]


def _told_of(layout: Layout, path: Path, data: bytes, *, restore: bool = False) -> tuple[str, list[bytes]]:
    whole = path.read_bytes() if restore else b""
    path.write_bytes(data)
    told = _told(layout)
    if restore:
        path.write_bytes(whole)
    return told


def _goes_on(layout: Layout, expected: tuple[str, list[bytes]]) -> bool:
    """Whether a writer that comes now keeps what there is, and adds to it."""
    with suppress(KeyboardInterrupt), open_writer(layout, Owner("apply")) as writer:
        writer.journal.append([started("r9")])
        raise KeyboardInterrupt  # who leaves so does not feed the store, which takes most of the time
    events = _told(layout)[1]
    kept = list(layout.journal.glob("*.torn-*"))
    for path in kept:
        path.unlink()
    return events[:-1] == expected[1] and b'"run":"r9"' in events[-1] and len(kept) == 1


def _is_noticed(layout: Layout, before_last: tuple[str, list[bytes]], *, in_last: bool) -> bool:
    """Whether whoever reads all of it is told; in the last batch it is a torn end, which the writer reports."""
    try:
        told = _told(layout)
    except Failed as error:
        return error.findings[0].code == "state/damaged"
    segment = last_segment(layout.journal)
    return in_last and segment is not None and bool(segment.torn) and told == before_last


def _damages(layout: Layout, whole: bytes) -> Iterator[tuple[str, Callable[[], bytes | None]]]:
    """What is done to a store, and what it is then; None: there is none."""
    yield "deleted", lambda: None
    yield "emptied", lambda: b""
    yield "text", lambda: b"not a database at all\n" * 500
    for name, sql in _TAMPERED.items():
        yield name, partial(_tampered, layout, whole, sql)
    for part in range(1, 16):
        yield f"cut to {part}/16", partial(_first, whole, part)
    for at in range(8, len(whole), max(1, len(whole) // 600)):
        yield f"turned a bit of byte {at}", partial(_turned, whole, at)


def _first(whole: bytes, part: int) -> bytes:
    return whole[: len(whole) * part // 16]


def _turned(whole: bytes, at: int) -> bytes:
    return whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :]


_TAMPERED = {
    "older form": "UPDATE meta SET form = 2",
    "form 1": "ALTER TABLE meta DROP pruned_seq; UPDATE meta SET form = 1; DROP TABLE checkpoints",
    "newer form": "UPDATE meta SET form = 99",
    "no meta": "DROP TABLE meta",
    "another lineage": "UPDATE meta SET lineage = 'other'",
    "ahead of the journal": "UPDATE meta SET last_seq = last_seq + 10",
    "another chain": "UPDATE meta SET last_hash = repeat('0', 32)",
}


def _tampered(layout: Layout, whole: bytes, sql: str) -> bytes:
    """The store after somebody changed it, in a database of his own."""
    path = layout.state / "tampered.duckdb"
    path.write_bytes(whole)
    with duckdb.connect(str(path)) as connection:
        connection.execute(sql)
    data = path.read_bytes()
    path.unlink()
    return data


def _is_made_anew(layout: Layout, other: Layout, damaged: bytes | None, *, is_cut: bool) -> bool:
    """Whether the next writer makes the store what one is that was never fed before, and keeps what was there. A cut that
    shows only while it is written to leaves what was written beside it as well, or took off nothing but empty room.
    """
    copied(layout, other)
    _put(other.store, damaged)
    write(other, [[started("r9")]])
    kept = [path.read_bytes() for path in other.state.glob("state.duckdb.aside-*")]
    fed = held(other.store)
    wanted = [damaged] if damaged is not None else []
    return (is_cut or kept == wanted) and fed == anew(other)


def anew(layout: Layout) -> dict[str, list[tuple[Any, ...]]]:
    """What a store holds that is told from the journal alone, which takes the place of the one that is there."""
    layout.store.unlink()
    assert feed(layout, read_fold(layout))
    return held(layout.store)


def held(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What a store file itself holds."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall() for table in (*TABLES, "meta")
        }


def _put(path: Path, data: bytes | None) -> None:
    if data is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(data)


def _some(cases: Sequence[T], every: int) -> Sequence[T]:
    return cases[::every]


PROOFS: dict[str, Callable[[], Counts]] = {"R3": r3, "R4": r4, "R6": r6}
