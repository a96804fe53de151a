"""The state as anybody may read it, at any time, without a lock and without writing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache
from pathlib import Path

from reign.model.errors import Failed
from reign.model.event import State
from reign.model.finding import Finding
from reign.state.fold import Fold
from reign.state.layout import Layout
from reign.state.line import unchained
from reign.state.segment import Read, Segment, history, last_segment, read_segment, segment_with

_KEPT = 2
"""So many segments are kept: the newest, and the one that holds an earlier point."""


class Reading:
    """A journal as one use-case reads it: what was read and checked already is not read again.

    What is written after a first look may not be seen, so each use-case begins its own, a writer once it has the lock.
    """

    def __init__(self, layout: Layout, fold: Fold | None = None) -> None:
        """`fold` is the state after the last event, where that is known."""
        self._layout, self._folder = layout, layout.journal
        self._read = lru_cache(_KEPT)(read_segment)
        self._fold = fold

    @cached_property
    def fold(self) -> Fold:
        """The state after the last event; an empty one where nothing was ever written. Raises Failed on damage."""
        if self._fold is not None:
            return self._fold
        segment = newest_segment(self._layout, self._segment)
        return fold_of(segment) if segment else Fold({})

    def history(self, after: int = 0) -> Iterator[Segment]:
        """`segment.history`, from the first segment that was not pruned to the one that holds the last event of `fold`."""
        for segment in history(self._folder, after, self.fold.first_segment, self._segment):
            yield segment
            if segment.last_seq >= self.fold.last_seq:
                return  # what was begun since would not follow what was read before it

    def at(self, seq: int) -> Fold:
        """The state after event `seq`: from the snapshot of the segment that holds it. Raises Failed on damage,
        LookupError where that segment is gone, or was never written.
        """
        segment = segment_with(self._folder, seq, self._segment)
        if segment is None:
            raise LookupError(seq)
        fold = fold_of(segment, seq)
        fold.share(self.fold)
        return fold

    def _segment(self, path: Path, prev: str | None) -> Segment:
        segment = self._read(path)
        if prev is not None and segment.first != prev:
            raise unchained(path.name, 0)
        return segment


def read(layout: Layout) -> State:
    """The state of one environment; an empty one where nothing was ever written.

    Raises Failed when the journal is damaged or cannot be read.
    """
    return read_fold(layout).state()


def read_fold(layout: Layout) -> Fold:
    """As `read`, before it is made into nouns."""
    return Reading(layout).fold


def newest_segment(layout: Layout, read: Read = read_segment) -> Segment | None:
    """The segment from which the state can be told; None where nothing was ever written. Raises Failed on damage, and where
    there is a store without the journal that it was fed from: what was made would be made again.
    """
    is_fed = layout.store.exists()  # asked first: a run that is the first one may end meanwhile
    segment = last_segment(layout.journal, read)
    if segment is None and is_fed:
        raise Failed([_gone(layout)])
    return segment


def fold_of(segment: Segment, until: int | None = None) -> Fold:
    """The state after the last whole batch of a segment, or after event `until` in it."""
    fold = Fold(segment.snapshot, is_sealed=segment.is_sealed)
    for raw, digest in segment.raws():
        if until is not None and raw["seq"] > until:
            break
        fold.apply(raw, digest)
    return fold


def _gone(layout: Layout) -> Finding:
    names = [path.relative_to(layout.folder).as_posix() for path in (layout.journal, layout.store)]
    return Finding(
        "state/journal-gone",
        "The journal is gone",
        f"{names[0]} is empty or not there, and {names[1]} tells of runs that stood in it: what they made is not known any more. "
        "Nothing was changed.",
        fix="Bring .reign back from a backup.\n"
        "Without one, set the store aside, and take over what is there: reign doctor --repair, and then reign import NAME ID",
    )
