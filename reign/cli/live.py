"""A run as live lines at the end of the screen, drawn in place; what has ended scrolls up above them as plain lines."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from threading import Lock
from typing import TextIO

from rich.cells import cell_len

from reign.cli import terminal
from reign.cli.forms import RUNNING, Hints, Lines
from reign.cli.frame import Frame
from reign.cli.progress import Progress
from reign.cli.session import Session, write
from reign.model.event import Event

_UP, _CLEAR_LINE = "\x1b[A", "\x1b[2K"
_WRAP_OFF, _WRAP_ON = "\x1b[?7l", "\x1b[?7h"


class Live:
    """Draws on `stream`. `dress`: lines as the text that is written. Events are taken on the run's thread, and nothing
    that the terminal does holds that up: drawing happens on the thread that ticks, from a copy.
    """

    period_s = 0.1
    error: OSError | None = None

    def __init__(
        self, progress: Progress, stream: TextIO, dress: Callable[[Iterable[str]], str], environ: Mapping[str, str]
    ) -> None:
        self._progress, self._stream, self._dress, self._environ = progress, stream, dress, environ
        self._number = stream.fileno()
        self._lock = Lock()
        self._ended: deque[str] = deque()
        self._frame = Frame(stream.encoding)
        self._drawn: list[str] = []
        self.hints: Hints = RUNNING
        progress.says_starts = False
        self._before = terminal.hush(self._number)

    def take(self, events: Iterable[Event], now: float) -> None:
        """Take in events; what they say is drawn with the next tick."""
        with self._lock:
            self._ended.extend(self._progress.lines(events, now))

    def urge(self, text: str, hints: Hints) -> None:
        """Say it with the next tick. Takes no lock: signal handlers call this."""
        self._ended.extend(["", text])
        self.hints = hints

    def lost(self) -> None:
        """Somebody else wrote to the screen (the shell, after a stop): what was drawn is not where it was."""
        self._drawn = []

    def tick(self, now: float) -> None:
        """Draw what has changed."""
        with self._lock:
            operations, figures = self._progress.operations, self._progress.figures(now)
            size = terminal.size(self._number, self._environ)
            frame = self._frame.lines(operations, figures, self.hints, now, size)
        self._draw(frame if terminal.in_foreground(self._number) else [], size[0])

    def close(self) -> None:
        """Say what has ended since, take the live lines away and give the terminal back."""
        try:
            self._draw([], terminal.size(self._number, self._environ)[0])
        finally:
            terminal.restore(self._number, self._before)

    def plain(self, session: Session, heartbeat_s: float) -> Lines:
        """Drawing failed: what was drawn is wiped away as well as may be, and what was not told yet is told."""
        terminal.restore(self._number, self._before)
        with suppress(OSError):
            write(self._stream, _wiped(len(self._drawn)))
        session.note(self._ended)
        self._progress.says_starts = True
        return Lines(session, self._progress, heartbeat_s)

    def _draw(self, frame: list[str], columns: int) -> None:
        """One write, so that nobody sees half of it. The cursor rests below the frame, at the left."""
        ended = [self._ended.popleft() for _ in range(len(self._ended))]
        if not ended and frame == self._drawn:
            return
        rows = sum(max(1, -(-cell_len(line) // columns)) for line in self._drawn)
        text = _wiped(rows) + (self._dress(ended) if ended else "")
        text += _WRAP_OFF + "".join(f"{line}\n" for line in frame) + _WRAP_ON
        self._drawn = frame
        write(self._stream, text)


def _wiped(rows: int) -> str:
    """Goes up by that many rows, leaving them empty. Line by line: what clears a whole screen, tmux keeps in its history."""
    return f"\r{_CLEAR_LINE}" + f"{_UP}{_CLEAR_LINE}" * rows
