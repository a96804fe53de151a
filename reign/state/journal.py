"""The journal in a folder: numbered segments of checked lines, one write and one fsync a batch."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from reign.model.errors import Failed
from reign.model.event import Event, EventKind
from reign.model.finding import Finding
from reign.state.files import fsync, make_folder, sync_folder, write_all, write_file
from reign.state.fold import Fold
from reign.state.layout import not_writable
from reign.state.line import GENESIS, encode_line, event_of, holds_secrets, line_hash
from reign.state.segment import Segment, history, number_of
from reign.state.upcasts import FORM

SEGMENT_BYTES = 8 << 20
"""A segment ends when its events are longer than this and than four times its snapshot line."""


class FolderJournal:
    """`ports.Journal` over a folder, for the one who holds the lock. `fold` is the state after its last event."""

    def __init__(
        self,
        folder: Path,
        fold: Fold,
        newest: Segment | None,
        segment_bytes: int = SEGMENT_BYTES,
        guard: Callable[[], None] = lambda: None,
    ) -> None:
        """`newest` is the last segment, its torn end already cut; None where nothing was ever written. `guard` raises
        Failed once this may write no more.
        """
        self.fold = fold
        self._guard = guard
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._fd: int | None = None
        self._failed = False
        self._path = newest.path if newest else None
        self._base_bytes = newest.base_bytes if newest else 0
        self._end = newest.end if newest else 0
        self._prev = newest.last if newest else GENESIS
        self._is_older = newest is not None and newest.form != FORM

    def append(self, events: Sequence[Event]) -> Sequence[Event]:
        """Number the events and make them durable: all of them, or none. Returns them numbered.

        Raises Failed when they could not be written, and from then on always.
        """
        if self._failed:
            raise Failed([_closed()])
        if not events:
            return ()
        try:
            self._guard()
        except Failed:
            self._failed = True
            raise
        try:
            self._ready()
            return self._write(events)
        except OSError as error:
            self._failed = True
            self._forget_unsynced()
            raise not_writable(self._path or self._folder, error) from error

    def read(self, after: int = 0) -> Iterator[Event]:
        """The events whose number is greater than `after`, in order; damage raises Failed."""
        for segment in history(self._folder, after, self.fold.first_segment):
            for raw, _ in segment.raws():
                if raw["seq"] > after:
                    yield event_of(raw)

    def close(self) -> None:
        """Let go of the file. A later append opens it again."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)

    def begin_segment(self) -> None:
        """Begin a segment now, so that all before it may go. Raises Failed when it cannot be written."""
        if self._failed:
            raise Failed([_closed()])
        self._guard()
        try:
            fsync(self._opened())
            self._begin_next()
        except OSError as error:
            self._failed = True
            raise not_writable(self._path or self._folder, error) from error

    def _write(self, events: Sequence[Event]) -> Sequence[Event]:
        fd, prev, seq = self._opened(), self._prev, self.fold.last_seq
        told: list[tuple[dict[str, Any], str]] = []
        lines: list[bytes] = []
        for index, event in enumerate(events):
            seq += 1
            line, raw = encode_line(event, seq, prev, begin=index == 0, end=index == len(events) - 1)
            prev = line_hash(line)
            lines.append(line)
            told.append((raw, prev))
        data = b"\n".join([*lines, b""])
        write_all(fd, data)
        fsync(fd)
        self._end += len(data)
        self._prev = prev
        self.fold.is_sealed |= holds_secrets(data)
        for raw, digest in told:
            self.fold.apply(raw, digest)
        return tuple(replace(event, seq=raw["seq"]) for event, (raw, _) in zip(events, told, strict=True))

    def _ready(self) -> None:
        """Have a segment to write to, which is a new one when the last is full, or in an older form."""
        if self._path is None:
            make_folder(self._folder)
            self._begin(1)
        elif self._is_older or self._end - self._base_bytes > max(self._segment_bytes, 4 * self._base_bytes):
            fsync(self._opened())
            self._begin_next()

    def _begin_next(self) -> None:
        self.close()
        if self._path is not None:
            self._begin(number_of(self._path) + 1)

    def _begin(self, number: int) -> None:
        """Begin a segment with the state as it is. It appears whole or not at all."""
        told = Event(EventKind.SNAPSHOT, "", "", data={"form": FORM, "state": self.fold.encoded()})
        line, _ = encode_line(told, self.fold.last_seq, self._prev, begin=True, end=True)
        path = self._folder / f"{number:08}.log"
        write_file(path, line + b"\n")
        self._path, self._prev, self._is_older = path, line_hash(line), False
        self._base_bytes = self._end = len(line) + 1

    def _opened(self) -> int:
        if self._fd is None:
            if self._path is None:
                raise FileNotFoundError(2, "no segment", str(self._folder))
            self._fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
            # A writer that was killed may have left names that are not durable yet.
            sync_folder(self._folder)
        return self._fd

    def _forget_unsynced(self) -> None:
        """Take back what was written but never made durable, so that nobody reads what was refused."""
        fd, self._fd = self._fd, None
        if fd is not None:
            with suppress(OSError):
                os.ftruncate(fd, self._end)
            os.close(fd)


def _closed() -> Finding:
    return Finding(
        "state/journal-failed",
        "The journal takes no more events",
        "An earlier write of it failed, and what follows could not be told from what was lost.",
        fix="See to the first error, then run the command again.",
    )
