"""From a character of a scalar's value back to its line and column in the file, whatever the scalar's style."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from reign.model.finding import Place
from reign.yaml.nodes import Scalar

_WIDTHS = {"x": 2, "u": 4, "U": 8}
_BLANK_ESCAPES = frozenset("ntrv fe_NLP\t")
"""Escapes of a double-quoted scalar whose character counts as white space (or is ignored by the count) in the value."""


def place_of(node: Scalar, offset: int, width: int) -> Place:
    """Where character `offset` of `node.text` stands, `width` characters wide but not past the end of the line.

    YAML folds, strips and escapes; what it never touches is the order of the characters that are not white space. So the
    n-th of them in the value is the n-th of them in the source.
    """
    text = node.text
    offset = min(max(offset, 0), len(text))
    while offset < len(text) and not _counts(text[offset]):
        offset += 1
    ordinal = sum(map(_counts, text[:offset]))
    at = next(islice(_written(node), ordinal, None), None)
    if at is None:
        return node.place()
    source = node.source.text
    start = source.rfind("\n", 0, at) + 1
    line = node.line + source.count("\n", node.start, at)
    end = source.find("\n", at)
    left = (end if end >= 0 else len(source)) - at
    return Place(node.source.name, line + 1, at - start + 1, max(1, min(width, left)))


def _counts(char: str) -> bool:
    return not char.isspace() and char not in "\x1b\ufeff"


def _written(node: Scalar) -> Iterator[int]:
    """The places in the source of the value's characters that count, in order."""
    source, at, end = node.source.text, node.start, node.end
    match node.style:
        case "|" | ">":
            at = source.find("\n", at, end) + 1
        case '"' | "'":
            at, end = source.index(node.style, at) + 1, end - 1
    while at < end:
        char = source[at]
        if node.style == '"' and char == "\\":
            escape = source[at + 1]
            if escape not in _BLANK_ESCAPES and escape not in "\r\n":
                yield at
            at += 2 + _WIDTHS.get(escape, 0)
            continue
        if _counts(char):
            yield at
        at += 2 if node.style == "'" and char == "'" else 1
