"""The time as the machine tells it."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """`ports.Clock` over the standard library."""

    def now(self) -> datetime:
        """UTC, aware."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds; only differences mean something."""
        return time.monotonic()


def event_time() -> str:
    """Now, as events tell it: UTC, ISO 8601 with microseconds and no zone."""
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
