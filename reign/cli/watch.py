"""The subscriber that tells a run: live lines on a terminal, plain ones elsewhere, lines of JSON for programs."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from reign.cli.forms import Form, Hints, Lines, Objects
from reign.cli.session import Session

if TYPE_CHECKING:
    from reign.cli.progress import Progress
    from reign.model.address import Address
    from reign.model.event import Event
    from reign.model.plan import Plan

HEARTBEAT_S = 30.0
PROGRESS_S = 10.0
"""How often a stream says that a call still runs; as often as Terraform does."""

_log = logging.getLogger(__name__)


class Watch:
    """Told of events from `begin` to `end`. `source` is the plan file, `at_once` how many operations run together.

    is_asking: questions are asked meanwhile, and live lines would be drawn over them.
    Live lines that fail are given up for plain ones, and nothing here stops the run. `error`: why stdout cannot be
    written to any more, for whoever ends the command.
    """

    def __init__(
        self, session: Session, source: str = "", heartbeat_s: float = HEARTBEAT_S, progress_s: float = PROGRESS_S
    ) -> None:
        self._session, self._source = session, source
        self._heartbeat_s, self._progress_s = heartbeat_s, progress_s
        self.is_asking = False
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._form: Form | None = None
        self._progress: Progress | None = None
        self._beating: threading.Thread | None = None

    def begin(self, plan: Plan, at_once: int | None = None) -> None:
        """The plan was approved: from here on there is something to tell."""
        self._form = self._form_of(plan, at_once)
        self._beating = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._beating.start()

    def turn(self, plan: Plan, at_once: int | None = None) -> None:
        """The run is over, and one of another plan follows."""
        if self._form is not None:
            self._guarded(self._form.close)
        self._source = ""
        form = self._form_of(plan, at_once)
        with self._lock:
            self._form = form

    def _form_of(self, plan: Plan, at_once: int | None) -> Form:
        from reign.cli.progress import Progress

        holder = "this job" if self._session.environ.get("CI") else "this process"
        self._progress = progress = Progress(plan, self._source, at_once=at_once, holder=holder)
        if self._session.wants_json:
            return Objects(self._session, plan, progress, self._progress_s)
        return self._live(progress) or Lines(self._session, progress, self._heartbeat_s)

    @property
    def error(self) -> OSError | None:
        """Why a line of the result could not be written."""
        return self._form.error if self._form else None

    @property
    def left(self) -> int:
        """How many operations have not come to an end."""
        return self._progress.left if self._progress else 0

    def __call__(self, events: Iterable[Event]) -> None:
        """Tell durable events."""
        with self._lock:
            if self._form is not None:
                self._form.take(tuple(events), time.monotonic())

    def hear(self, address: Address, text: str, doing: str) -> None:
        """What a provider says; it is told with the next line that is drawn, or with the next heartbeat."""
        if self._progress is not None:
            self._progress.hear(address.text, text, doing)

    def end(self) -> None:
        """Everything is told, and no heartbeat follows, not even one that is being written."""
        self._over.set()
        if self._beating is not None:
            self._beating.join()
        if self._form is not None:
            self._guarded(self._form.close)

    def urge(self, text: str, hints: Hints) -> None:
        """Say something from inside a signal handler."""
        if self._form is not None:
            self._form.urge(text, hints)

    def lost(self) -> None:
        """The screen is not as it was left."""
        if self._form is not None:
            self._form.lost()

    def _live(self, progress: Progress) -> Form | None:
        if self.is_asking or not self._session.is_live():
            return None
        try:
            from reign.cli.live import Live

            return Live(progress, sys.stderr, self._session.dressed, self._session.environ)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the terminal, the run can be told in lines
            _log.debug("no live lines: %r", error)
            return None

    def _beat(self) -> None:
        while self._form is not None and not self._over.wait(self._form.period_s):
            self._guarded(partial(self._form.tick, time.monotonic()))

    def _guarded(self, tell: Callable[[], None]) -> None:
        """Tell; where that fails, in plain lines from now on."""
        try:
            tell()
        except Exception as error:  # noqa: BLE001 - whoever only watches must not be able to stop a run
            _log.debug("telling the run failed: %r", error, exc_info=True)
            with self._lock:
                self._form = self._form.plain(self._session, self._heartbeat_s) if self._form else None
