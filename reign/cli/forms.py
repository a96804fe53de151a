"""The ways to tell a run without drawing: plain lines on stderr, and lines of JSON on stdout; and what a drawn one has to do."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from reign.cli.session import Session

if TYPE_CHECKING:
    from reign.cli.progress import Progress
    from reign.model.event import Event
    from reign.model.plan import Plan

Hints = tuple[str, str]
"""What an interrupt does, at length and in short."""
RUNNING: Hints = ("Ctrl-C: finish these, then stop", "Ctrl-C: stop")
FINISHING: Hints = ("Finishing these. Ctrl-C: stop now", "Ctrl-C: stop now")
STOPPING: Hints = ("Stopping now", "Stopping")


class Form(Protocol):
    """One way to tell. `take` is called on the run's thread, `tick` on another one every `period_s`, `urge` in signal
    handlers, with what an interrupt does from now on; `lost` when the screen is not as it was left. `plain`: it failed,
    and another one takes its place, which begins with what was not told yet.
    """

    period_s: float
    error: OSError | None

    def take(self, events: Iterable[Event], now: float) -> None: ...
    def tick(self, now: float) -> None: ...
    def urge(self, text: str, hints: Hints) -> None: ...
    def lost(self) -> None: ...
    def close(self) -> None: ...
    def plain(self, session: Session, heartbeat_s: float) -> Form: ...


class _Written:
    """What all forms share that draw nothing: what was written stays so."""

    def urge(self, text: str, _: Hints) -> None:
        """Past the buffered stream, which a signal handler must not enter while it is being written to."""
        try:
            os.write(2, f"\n{text}\n".encode())
        except OSError:
            return

    def lost(self) -> None:
        """Nothing is drawn."""

    def close(self) -> None:
        """Nothing is open."""


class Lines(_Written):
    """Plain lines on stderr, and a heartbeat for all."""

    error: OSError | None = None

    def __init__(self, session: Session, progress: Progress, period_s: float) -> None:
        self._session, self._progress, self.period_s = session, progress, period_s
        self._lock = threading.Lock()

    def take(self, events: Iterable[Event], now: float) -> None:
        """See `Form`."""
        with self._lock:
            self._session.note(self._progress.lines(events, now))

    def tick(self, now: float) -> None:
        """A heartbeat, while something runs."""
        with self._lock:
            line = self._progress.heartbeat(now)
            self._session.note([line] if line else [])

    def plain(self, _: Session, __: float) -> Form:
        """It is."""
        return self


class Objects(_Written):
    """Lines of JSON on stdout. Once nobody can be written to it goes on in silence, with `error` set."""

    period_s = 1.0

    def __init__(self, session: Session, plan: Plan, progress: Progress, progress_s: float) -> None:
        from reign.api.run import Running
        from reign.cli.progress import ids, ids_aside

        self._session, self._progress, self._progress_s = session, progress, progress_s
        self._running = Running(ids(plan), ids_aside(plan))
        self._told: dict[tuple[str, float], int] = {}
        self._lock = threading.Lock()
        self.error: OSError | None = None

    def take(self, events: Iterable[Event], now: float) -> None:
        """See `Form`."""
        events = tuple(events)
        with self._lock:
            for _ in self._progress.lines(events, now):  # which keeps it up to date
                pass
            self._put(self._running.lines(events))

    def tick(self, now: float) -> None:
        """What has run for another while."""
        with self._lock:
            self._put(self._still(now))

    def plain(self, _: Session, __: float) -> Form:
        """There is no plainer way of telling it."""
        return self

    def _still(self, now: float) -> Iterator[dict[str, Any]]:
        from reign.api.run import progressed

        for operation in self._progress.operations:
            times = int((now - operation.began) // self._progress_s)
            if times > self._told.get((operation.address, operation.began), 0):
                self._told[operation.address, operation.began] = times
                said = {"doing": operation.doing, "said": operation.said}
                yield progressed(operation.address, operation.verb, int(now - operation.began), said)

    def _put(self, lines: Iterable[dict[str, Any]]) -> None:
        from reign.cli.machine import stream

        told = list(lines)
        try:
            if told:
                stream(self._session, told)
        except OSError as error:
            self.error = error
