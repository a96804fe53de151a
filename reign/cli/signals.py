"""What the user or the system sends while operations run."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

from reign.cli.forms import FINISHING, STOPPING
from reign.cli.main import Exit

if TYPE_CHECKING:
    from reign.cli.watch import Watch
    from reign.execution.cancel import Cancel

_HANGUP, _CONTINUED = getattr(signal, "SIGHUP", None), getattr(signal, "SIGCONT", None)


class Signals:
    """Installed only while operations run: before, a signal just ends. That a terminal was closed stays ignored where our
    caller had it ignored, as `nohup` does.

    An interrupt, or a terminal that was closed, lets what runs end and starts nothing new; a second interrupt, or
    SIGTERM, stops at once. A terminal says that it was closed more than once, and that never stops anything.
    """

    def __init__(self, cancel: Cancel, watch: Watch) -> None:
        self._cancel, self._watch = cancel, watch
        self._before: dict[int, Any] = {}
        self._alarm: Alarm | None = None
        self.codes: list[Exit] = []

    def install(self) -> None:
        """Take them over."""
        taken = {signal.SIGINT: self._take, signal.SIGTERM: self._take, _CONTINUED: self._continued}
        if _HANGUP is not None and signal.getsignal(_HANGUP) is not signal.SIG_IGN:
            taken[_HANGUP] = self._take
        self._alarm = Alarm(self._cancel.wake)
        self._before = {number: signal.signal(number, take) for number, take in taken.items() if number is not None}

    def restore(self) -> None:
        """Give them back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()
        if self._alarm is not None:
            self._alarm.end()

    def _take(self, number: int, _: FrameType | None) -> None:
        again = bool(self.codes)
        self.codes.append(Exit.INTERRUPTED if number == signal.SIGINT else Exit.CANCELLED)
        if number == signal.SIGTERM or (again and number == signal.SIGINT):
            self._cancel.stop()
            self._watch.urge("Stopping now. What was running is recorded as unknown.", STOPPING)
        elif not again:
            self._cancel.finish()
            self._watch.urge("Nothing new starts; what runs is finished. Interrupt again to stop now.", FINISHING)

    def _continued(self, _: int, __: FrameType | None) -> None:
        self._watch.lost()


class Alarm:
    """Calls `wake`, on a thread, for each signal that comes. Python runs a handler on the main thread between two of its
    steps, and one that comes just before that thread begins to wait would be heard only after the wait.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._writing, False)
        self._before = signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        self._thread = threading.Thread(target=self._listen, name="signals", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """No more calls."""
        signal.set_wakeup_fd(self._before)
        os.close(self._writing)
        self._thread.join()
        os.close(self._reading)

    def _listen(self) -> None:
        while os.read(self._reading, 64):
            self._wake()
