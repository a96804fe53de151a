"""The terminal that a stream is: its size, whether we are its foreground, and whether it repeats what is typed."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

termios: Any = None
with suppress(ImportError):  # Windows has none, and its console repeats nothing by itself
    termios = importlib.import_module("termios")

_FALLBACK = (80, 24)


def size(number: int, environ: Mapping[str, str]) -> tuple[int, int]:
    """Columns and lines of the terminal with file descriptor `number`, each never more than COLUMNS and LINES say."""
    try:
        real = tuple(os.get_terminal_size(number))
    except OSError:
        real = (0, 0)
    columns, lines = (
        min(filter(None, (found, _number(environ.get(name, "")))), default=usual)
        for found, name, usual in zip(real, ("COLUMNS", "LINES"), _FALLBACK, strict=True)
    )
    return columns, lines


def columns(number: int, environ: Mapping[str, str]) -> int | None:
    """The columns to write in: those that COLUMNS says, else those of the terminal; None where nobody knows."""
    with suppress(OSError):
        return _number(environ.get("COLUMNS", "")) or os.get_terminal_size(number).columns or None
    return None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def in_foreground(number: int) -> bool:
    """False for a job that the shell has put into the background: the screen is not its own then."""
    try:
        return os.tcgetpgrp(number) == os.getpgrp()
    except (OSError, AttributeError):  # it is the terminal of nobody's session, or there are no sessions
        return True


def hush(number: int) -> list[Any] | None:
    """Let the terminal not repeat what is typed, which would push lines that are drawn again and again out of place.

    Returns what `restore` takes. Keys keep their meaning: Ctrl-C interrupts.
    """
    if termios is None or not in_foreground(number):
        return None
    with suppress(termios.error):
        before: list[Any] = termios.tcgetattr(number)
        flags = before[3] & ~termios.ECHO
        termios.tcsetattr(number, termios.TCSANOW, [*before[:3], flags, *before[4:]])
        return before
    return None


def restore(number: int, before: list[Any] | None) -> None:
    """The terminal as it was. In the background it belongs to somebody else, and setting it would stop us."""
    if before is not None and in_foreground(number):
        with suppress(termios.error):
            termios.tcsetattr(number, termios.TCSADRAIN, before)


def forget_typed(number: int) -> None:
    """Drop what was typed and not read: an answer from before the question is no answer."""
    if termios is not None:
        with suppress(termios.error):
            termios.tcflush(number, termios.TCIFLUSH)
