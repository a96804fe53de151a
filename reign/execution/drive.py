"""The driver: the journal first, then everybody else."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from reign.execution.job import Batch
from reign.model.event import Event
from reign.ports import Journal, Subscriber

_log = logging.getLogger(__name__)


def drive(batches: Iterable[Batch], journal: Journal, subscribers: Sequence[Subscriber]) -> None:
    """Make each batch durable, tell it, and only then let the run go on.

    A journal that fails ends the run at once: its error is raised. A subscriber that fails is logged and stops nothing.
    """
    for batch in batches:
        tell(journal.append(batch.events), subscribers)


def tell(events: Sequence[Event], subscribers: Sequence[Subscriber]) -> None:
    """Hand durable events to everybody who listens."""
    for subscriber in subscribers:
        try:
            subscriber(events)
        except Exception as error:  # noqa: BLE001 - whoever only watches must not be able to stop a run
            _log.warning("a subscriber failed: %r", error, exc_info=_log.isEnabledFor(logging.DEBUG))
