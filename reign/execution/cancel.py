"""How a signal reaches a run."""

from __future__ import annotations

from collections.abc import Callable


class Cancel:
    """Asked for once: nothing new starts. Asked for at once: what runs is recorded as unknown within two seconds.

    Safe to call from a signal handler: it sets a number and wakes who listens.
    """

    def __init__(self) -> None:
        self.level = 0
        self._listeners: list[Callable[[], None]] = []

    def finish(self) -> None:
        """Start nothing new; what runs ends by its own deadline."""
        self._raise_to(1)

    def stop(self) -> None:
        """Stop now."""
        self._raise_to(2)

    def listen(self, wake: Callable[[], None]) -> None:
        """Have `wake` called at every call of the above. It must be safe inside a signal handler."""
        self._listeners.append(wake)

    def wake(self) -> None:
        """Have the run look up from what it waits for; nothing else changes."""
        for wake in self._listeners:
            wake()

    def _raise_to(self, level: int) -> None:
        self.level = max(self.level, level)
        self.wake()
