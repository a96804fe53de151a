"""The lines that a formatted file is made of: what stands on them, the comments behind, and where they were before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

_BEFORE_COMMENT = 2
"""Spaces between what a line says and the comment behind it."""


@dataclass(slots=True)
class Line:
    """One line of the output. `source` is the line of the input, from 0, that it begins on.

    `comment` stands behind what the line says; `column` is where it stood in the input. A line that stands alone has its
    comment in `text`. `end` is what ends it.
    """

    text: str
    source: int
    end: str = "\n"
    comment: str = ""
    column: int = 0


@dataclass(slots=True)
class Written:
    """Lines as they come. The one at hand is kept in parts, since a hostile file may be one line of a mebibyte."""

    lines: list[Line] = field(default_factory=list)
    width: int = 0
    _parts: list[str] = field(default_factory=list)
    _is_blank_due: bool = False
    _blank_source: int = 0

    def begin(self, column: int, source: int) -> None:
        """A new line, whose text begins at `column`."""
        self.end()
        if self._is_blank_due and self.lines:
            self.lines.append(Line("", self._blank_source))
        self._is_blank_due = False
        self.lines.append(Line("", source))
        self._parts, self.width = [" " * column], column

    def put(self, text: str) -> None:
        """More of the line at hand."""
        self._parts.append(text)
        self.width += len(text)

    def take_back(self) -> str:
        """The last text that was put, off the line again."""
        text = self._parts.pop()
        self.width -= len(text)
        return text

    def begin_at(self, column: int) -> bool:
        """Whether nothing stands on the line at hand yet; then it begins at `column`."""
        is_empty = len(self._parts) == 1
        if is_empty:
            self._parts, self.width = [" " * column], column
        return is_empty

    def end(self) -> None:
        """The line at hand is whole. Doing so twice is nothing."""
        if self._parts:
            self.lines[-1].text = "".join(self._parts).rstrip(" ")
            self._parts = []

    def comment(self, text: str, column: int) -> None:
        """A comment behind the line at hand."""
        self.lines[-1].comment, self.lines[-1].column = text, column

    def blank(self, source: int) -> None:
        """A line between: one of several that follow each other, none where the file begins or ends."""
        self._blank_source = self._blank_source if self._is_blank_due else source
        self._is_blank_due = True

    def verbatim(self, text: str, source: int, end: str) -> None:
        """A whole line as it is."""
        self.end()
        self.lines.append(Line(text, source, end))

    def go_on(self) -> None:
        """More may follow on the last line, which was whole."""
        line = self.lines.pop()
        self.begin(0, line.source)
        self.put(line.text)

    def ended_by(self, end: str) -> None:
        """The line at hand is whole, and this ends it."""
        self.end()
        self.lines[-1].end = end


def whole(lines: list[Line]) -> Iterator[str]:
    """The lines as texts, without their ends. Comments that began in one column, with no blank line between, do so again."""
    column = [0] * len(lines)
    for group in _groups(lines):
        behind = max(len(lines[at].text) for at in group) + _BEFORE_COMMENT
        for at in group:
            column[at] = behind
    for at, line in enumerate(lines):
        yield f"{line.text.ljust(column[at])}{line.comment}" if line.comment else line.text


def _groups(lines: list[Line]) -> Iterator[list[int]]:
    group: list[int] = []
    for at, line in enumerate(lines):
        parts = group and (not line.text or (line.comment and line.column != lines[group[0]].column))
        if parts:
            yield group
            group = []
        if line.comment:
            group.append(at)
    if group:
        yield group
