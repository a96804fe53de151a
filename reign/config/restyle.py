"""One scalar as it is written anew: its quotes, and its lines at another indentation. What it says stays the same."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ENDS = re.compile("(\r\n|[\n\r\x85\u2028\u2029])")
STEP = 2
"""Columns that what stands inside something else is indented by."""

_HEADER = re.compile(r"([|>][-+0-9]*)[ \t]*(#[^\n\r\x85\u2028\u2029]*)?")
_WIDE_ENDS = "\u2028\u2029"
"""Ends of lines that a value keeps as they are; every other one reads as a line feed."""

Lines = list[tuple[str, str]]
"""Lines, each with its end."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block scalar: its header, the comment behind that and where it began, and its lines without the indentation.

    `blank` counts the empty lines behind it that are no part of its value.
    """

    header: str
    comment: str
    column: int
    lines: Lines
    blank: int


def quoted(text: str) -> str:
    """A quoted scalar in double quotes where nothing has to be escaped for it, in single ones where that spares escapes."""
    inner = text[1:-1]
    if text[0] == "'":
        return text if '"' in inner or "\\" in inner else '"' + inner.replace("''", "'") + '"'
    plain = inner.replace('\\"', "")
    if plain == inner or "\\" in plain or "'" in plain:
        return text
    return "'" + inner.replace('\\"', '"') + "'"


def flowing(text: str) -> Lines:
    """The lines of a plain or quoted scalar without what indents and trails them, which is none of its value."""
    lines = _lines(text)
    last = len(lines) - 1
    stripped = [(line.lstrip(" \t") if at else line, end) for at, (line, end) in enumerate(lines)]
    is_escaped = text[:1] == '"'
    return [(_without_trail(line, is_escaped) if at < last else line, end) for at, (line, end) in enumerate(stripped)]


def block(text: str, value: str, column: int) -> Block:
    """A block scalar that begins in `column` of its line, `value` being what it says."""
    indicators, comment = _HEADER.findall(text)[0]
    body = _lines(text)[1:]
    indent = _indent([line for line, _ in body], value)
    lines = [(line[indent:], end) for line, end in body]
    header = re.sub("[1-9]", str(STEP), indicators)
    if lines and lines[-1][0] == "":
        lines.pop()
    elif "-" not in header:
        header = header.replace("+", "") + "-"  # the file ends here without a line end, which is added now
    blank = 0
    while "+" not in header and lines and not lines[-1][0]:
        lines.pop()
        blank += 1
    return Block(header, comment.rstrip(), column + text.find("#"), lines, blank)


def _lines(text: str) -> Lines:
    parts = _ENDS.split(text)
    return [
        (line, end if end in _WIDE_ENDS else "\n") for line, end in zip(parts[::2], [*parts[1::2], "\n"], strict=True)
    ]


def _without_trail(line: str, is_escaped: bool) -> str:
    """A blank behind a backslash is part of the value."""
    stripped = line.rstrip(" \t")
    slashes = len(stripped) - len(stripped.rstrip("\\"))
    return line[: len(stripped) + 1] if is_escaped and slashes % 2 else stripped


def _indent(lines: list[str], value: str) -> int:
    """How far the lines of a block scalar are indented, as told by what is left of that in its value."""
    first = next((line for line in lines if line.strip(" ")), None)
    if first is not None:
        before = value[: len(value) - len(value.lstrip(" \n\u2028\u2029"))]
        return len(first) - len(first.lstrip(" ")) - (len(before) - len(before.rstrip(" ")))
    return max(map(len, lines), default=0) - max(map(len, _ENDS.split(value)[::2]), default=0)
