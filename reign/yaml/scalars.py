"""Scalars by the receiving kind, from their source text: the YAML 1.2 core schema, and Reign's durations."""

from __future__ import annotations

import math
import re

from reign.model.values import Value
from reign.yaml.nodes import Mapping, Node, Scalar, Sequence

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL = {word: value for value in (True, False) for word in (str(value), str(value).lower(), str(value).upper())}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LONGEST_NUMBER = 400
"""Digits of a number; Python refuses to convert thousands of them, and no system that Reign talks to takes more."""

_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)(ms|[smhd]))")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def is_null(node: Scalar) -> bool:
    """True for what YAML reads as null, in whatever field."""
    return node.tag == "null" or (not node.style and not node.tag and node.text in _NULL)


def core(node: Scalar) -> None | bool | int | float | str:
    """The value by the core schema: what a field takes that takes anything."""
    if node.style or node.tag == "str":
        return node.text
    return None if is_null(node) else plain(node.text)


def literal(node: Node) -> Value:
    """The whole of a node by the core schema; expressions in it stay text."""
    if isinstance(node, Mapping):
        return {key: literal(value) for key, (_, value) in node.pairs.items()}
    if isinstance(node, Sequence):
        return [literal(item) for item in node.items]
    return core(node) if isinstance(node, Scalar) else None


def plain(text: str) -> bool | int | float | str:
    """An unquoted text as a boolean, a number, or itself. `.inf` and `.nan` stay text: JSON has no such numbers."""
    if text in _BOOL:
        return _BOOL[text]
    if not text or text[0] not in "+-.0123456789" or len(text) > _LONGEST_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if _FLOAT.fullmatch(text):
        value = float(text)
        return text if math.isinf(value) else value
    return text


def scalar(node: Scalar, kind: str) -> None | bool | int | float | str:
    """The value in a field of `kind`. A text that is none of that kind stays text; the field's owner refuses it."""
    if is_null(node):
        return None
    if (
        node.style
        or node.tag == "str"
        or kind in ("string", "command", "source", "text_source", "template", "duration")
    ):
        return node.text
    value = plain(node.text)
    if kind == "bool" and not isinstance(value, bool):
        return node.text
    if kind in ("number", "integer") and isinstance(value, bool):
        return node.text
    return value


def seconds(text: str) -> float:
    """The length of a duration such as `1m30s`. Raises ValueError when `text` is none."""
    at, total = 0, 0.0
    for part in _DURATION.finditer(text):
        if part.start() != at:
            break
        total += float(part[1]) * _SECONDS[part[2]]
        at = part.end()
    if not text or at != len(text) or math.isinf(total):
        raise ValueError(f"{text[:80]!r} is no duration; one is made of numbers and the units ms, s, m, h and d: 1m30s")
    return total


def written_seconds(length: float) -> str:
    """A duration as users write it: `10m`, `500ms`."""
    milliseconds = round(length * 1000)
    for unit in ("d", "h", "m", "s"):
        size = round(_SECONDS[unit] * 1000)
        if milliseconds and milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms" if milliseconds else "0s"
