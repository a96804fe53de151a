"""What comes in on standard input: whole, by lines, or typed at a prompt."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from reign.cli.session import is_terminal, write

if TYPE_CHECKING:
    from reign.model.errors import Failed

_PARTS = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[(\[{]|[)\]}]""", re.DOTALL)


class Typed:
    """Lines put together: an expression goes on while a bracket is open. `number` is the line it begins on, from 1."""

    def __init__(self) -> None:
        self.text = ""
        self.number = 1
        self._next = 1

    def take(self, line: str) -> bool:
        """Take a line. True when `text` is something to be evaluated."""
        self.text = f"{self.text}\n{line}" if self.text else line.strip("\r\n")
        self.text = self.text.rstrip("\r\n")
        self._next += 1
        if not self.text.strip():
            self.drop()
        return bool(self.text) and not is_open(self.text)

    def drop(self) -> None:
        """Begin anew on the next line."""
        self.text, self.number = "", self._next


def is_open(text: str) -> bool:
    """Whether more brackets are opened than closed outside of quotes."""
    signs = [part for part in _PARTS.findall(text) if len(part) == 1]
    return sum(1 if sign in "([{" else -1 for sign in signs) > 0


def ask(prompt: str) -> str:
    """A line from the person at the terminal. Raises EOFError at its end, KeyboardInterrupt with what was typed so far."""
    if not is_terminal(sys.stdout):
        write(sys.stderr, prompt)
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line
    typed: Callable[[], str] = str
    with suppress(ImportError):  # it is what keeps the history, and gives the arrow keys their meaning
        from readline import get_line_buffer as typed
    try:
        return input(prompt)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(typed()) from None


def stdin_text() -> str:
    """All of standard input. Raises Failed where that is no UTF-8."""
    return "".join(stdin_lines())


def stdin_lines() -> Iterator[str]:
    """Its lines, each as soon as it is there."""
    try:
        yield from sys.stdin or ()
    except UnicodeDecodeError:
        raise _not_utf8("What comes in on standard input") from None


def decoded(data: bytes, name: str) -> str:
    """The text of a file. Raises Failed where that is no UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _not_utf8(name) from None


def _not_utf8(what: str) -> Failed:
    from reign.model.errors import Failed
    from reign.model.finding import Finding

    return Failed([Finding("usage/not-utf8", "File is not UTF-8", f"{what} is no text in UTF-8.")])
