"""Who reads what is written: gone, they are noticed at once, and not only at the next line."""

from __future__ import annotations

import select
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import TextIO

_TOLD_BY = signal.SIGURG
"""Ignored by whoever does not ask for it, so that one that comes too late is no matter."""


class _Gone(BaseException):
    """Nobody reads any more. No OSError: those are taken for the network's where a connection is being read."""


class _Reader:
    """Whoever reads. They are let go of while the next line is waited for, and never while something is put in order."""

    is_gone = is_waited_for = False

    def left(self, _: int, __: FrameType | None) -> None:
        """The handler of the signal. Raises _Gone where the main thread waits for a line; else it looks for itself."""
        self.is_gone = True
        if self.is_waited_for:
            raise _Gone


def while_read(lines: Iterator[str], stream: TextIO) -> Iterator[str]:
    """`lines`, as long as somebody reads `stream`, to which they go: the end comes also while the next one is waited for
    (`| head`). For the main thread.
    """
    reader = _Reader()
    before = signal.signal(_TOLD_BY, reader.left)
    threading.Thread(target=_watch, args=(stream.fileno(), threading.get_ident()), name="reader", daemon=True).start()
    try:
        while True:
            reader.is_waited_for = True
            line = next(lines, None) if not reader.is_gone else None
            reader.is_waited_for = False
            if line is None:
                return
            yield line
    except _Gone:
        return
    finally:
        reader.is_waited_for = False
        signal.signal(_TOLD_BY, before)


def _watch(stream: int, main: int) -> None:
    poll = select.poll()
    poll.register(stream, 0)  # an error or a hang-up is told unasked
    poll.poll()
    signal.pthread_kill(main, _TOLD_BY)
