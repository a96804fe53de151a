"""The one who may write: holds the lock, has the journal, and feeds the store when it is done."""

from __future__ import annotations

import os
from types import TracebackType

from reign.model.event import Event, EventKind, State
from reign.model.finding import Finding, Severity
from reign.ports import Journal
from reign.state.files import fsync, make_folder, sync_folder, write_file
from reign.state.fold import Fold
from reign.state.journal import FolderJournal
from reign.state.layout import Layout, new_lineage, not_writable
from reign.state.lock import Lock, Owner, hold, left_behind
from reign.state.missing import lost_end
from reign.state.reader import fold_of, newest_segment
from reign.state.retention import Old, clear, old_segments
from reign.state.segment import Segment, newest_number
from reign.state.store import feed


class Writer:
    """Holds the lock until it is closed. `findings` say what was set aside on opening."""

    def __init__(
        self, layout: Layout, lock: Lock, journal: FolderJournal, findings: tuple[Finding, ...], *, feeds: bool
    ) -> None:
        self.findings = findings
        self._feeds = feeds
        self._layout, self._lock, self._journal = layout, lock, journal
        self._fed = journal.fold.last_seq

    @property
    def journal(self) -> Journal:
        """Where events go."""
        return self._journal

    @property
    def state(self) -> State:
        """The state now, after all that was appended."""
        return self._journal.fold.state()

    @property
    def fold(self) -> Fold:
        """The same before it is made into nouns, which takes most of the time where it is large. To be read only."""
        return self._journal.fold

    def save_plan(self, run: str, data: bytes) -> None:
        """Store the sealed plan of a run, durable before this returns. Raises Failed where it cannot be."""
        path = self._layout.run_plan(run)
        try:
            make_folder(path.parent)
            write_file(path, data)
        except OSError as error:
            raise not_writable(path, error) from error

    def old(self, before: str) -> Old:
        """Which segments go for their age (see retention.py), the last one apart."""
        return old_segments(self._layout.journal, self._journal.fold, before)

    def pruned(self, old: Old, run: str, now: str, older_than_s: float) -> Event:
        """The event that says that they go, for `run`. Where even the last is among them, another is begun."""
        if old.stays > newest_number(self._layout.journal):
            self._journal.begin_segment()
        data = {"segment": old.stays, "seq": old.seq, "older_than_s": older_than_s}
        return Event(EventKind.PRUNED, run, now, data=data)

    def clear(self) -> None:
        """Remove what is pruned by now."""
        clear(self._layout, self._journal.fold)

    def close(self) -> None:
        """Close the journal, feed the store, and let go of the lock. Doing so twice is nothing."""
        self._end(feeds=True)

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Whoever leaves with an error is not kept waiting for the store: the next writer feeds it."""
        self._end(feeds=error is None)

    def _end(self, *, feeds: bool) -> None:
        try:
            self._journal.close()
            if feeds and self._feeds and self._journal.fold.last_seq > self._fed and self._lock.is_in_place():
                self._fed = self._journal.fold.last_seq
                feed(self._layout, self._journal.fold)
        finally:
            self._lock.release()


def open_writer(
    layout: Layout, owner: Owner, wait_s: float = 0.0, lineage: str | None = None, *, feeds: bool = True
) -> Writer:
    """Take the lock and bring the journal in order. Waits up to `wait_s` seconds for the lock.

    `lineage` is what a state that does not exist yet will have, instead of a new one; it comes to stand with the first
    event. Without `feeds` the store is left to the next writer, and readers add to it what it lacks: for what is a line or
    two. Raises Locked, or Failed where the state is damaged or cannot be written.
    """
    layout.create()
    try:
        copied = left_behind(layout)
        lock = hold(layout, owner, wait_s)
        try:
            segment = newest_segment(layout)
            torn = _cut(segment) if segment and segment.torn else ()
            fold = fold_of(segment) if segment else Fold({"lineage": lineage or new_lineage()})
            lost = lost_end(layout, fold.last_seq)
            findings = (*filter(None, (copied, lost)), *torn)
            clear(layout, fold)
            return Writer(
                layout, lock, FolderJournal(layout.journal, fold, segment, guard=lock.check), findings, feeds=feeds
            )
        except BaseException:
            lock.release()
            raise
    except OSError as error:
        raise not_writable(layout.state, error) from error


def _cut(segment: Segment) -> tuple[Finding, ...]:
    """Cut the torn end off, and keep it beside: it was never durable, yet somebody may want to look."""
    aside = segment.path.with_name(f"{segment.path.name}.torn-{segment.end}")
    write_file(aside, segment.torn)
    fd = os.open(segment.path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.ftruncate(fd, segment.end)
        fsync(fd)
    finally:
        os.close(fd)
    sync_folder(aside.parent)
    return (
        Finding(
            "state/torn-end",
            "The end of the journal was cut short",
            f"The last {len(segment.torn)} bytes of the journal were not whole, as when a write is cut off. They are "
            f"kept in {aside.name}; everything before them is in order.",
            severity=Severity.INFO,
        ),
    )
