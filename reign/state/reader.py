"""The state as anybody may read it, at any time, without a lock and without writing."""

from __future__ import annotations

from reign.model.event import State
from reign.state.fold import Fold
from reign.state.layout import Layout
from reign.state.segment import Segment, last_segment


def read(layout: Layout) -> State:
    """The state of one environment; an empty one where nothing was ever written.

    Raises Failed when the journal is damaged or cannot be read.
    """
    return read_fold(layout).state()


def read_fold(layout: Layout) -> Fold:
    """As `read`, before it is made into nouns."""
    segment = last_segment(layout.journal)
    return fold_of(segment) if segment else Fold({})


def fold_of(segment: Segment) -> Fold:
    """The state after the last whole batch of a segment."""
    fold = Fold(segment.snapshot, is_sealed=segment.is_sealed)
    for raw, digest in segment.raws():
        fold.apply(raw, digest)
    return fold
