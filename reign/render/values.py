"""Values as a person reads them: JSON, with what is unknown in words, and what is long cut in the middle."""

from __future__ import annotations

import json
import re

from reign.model.values import Deferred, Secret, Sensitive, Unknown, Value
from reign.render.words import listed

MASK = "(sensitive value)"
LATER = "(sensitive value, known after apply)"

LONGEST = 96
"""Characters of one value on a line; longer ones are cut in the middle and their length is told."""
_HEAD, _TAIL = 48, 32
_LENGTH = re.compile(r" \([0-9,]+ characters\)\Z")
_DIGEST = re.compile(r"(?:sha256:)?[0-9a-f]{32,}\Z")


def show(value: Value, own: str = "", full: bool = False) -> str:
    """`value` on one line. `own` is the address it belongs to: waiting for its own outputs goes without saying."""
    if isinstance(value, str):
        return _text(value, full)
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, Unknown):
        return _unknown(value, own)
    if isinstance(value, Secret | Sensitive):
        return MASK
    if isinstance(value, Deferred):
        return "(known after apply)"
    return _cut(_collection(value, own), full)


def pair(before: Value, after: Value, own: str = "", full: bool = False) -> str:
    """`before -> after`, or what is said of both where they must not be shown."""
    left, right = sides(before, after, own, full)
    return f"{left} -> {right}" if left else right


def sides(before: Value, after: Value, own: str = "", full: bool = False) -> tuple[str, str]:
    """Both values; what must not be shown has nothing on the left. Two that look the same when cut are cut around where
    they begin to differ.
    """
    if isinstance(after, Unknown) and after.sensitive:
        return "", LATER
    if isinstance(after, Secret | Sensitive) or (
        isinstance(before, Secret | Sensitive) and not isinstance(after, Unknown)
    ):
        return "", "(sensitive value, changed)"
    left, right = show(before, own, full), show(after, own, full)
    if _LENGTH.sub("", left) == _LENGTH.sub("", right):
        left, right = _apart(before, after, own)
    return left, right


def _apart(before: Value, after: Value, own: str) -> tuple[str, str]:
    left, right = show(before, own, full=True), show(after, own, full=True)
    shared = next((at for at, (one, other) in enumerate(zip(left, right, strict=False)) if one != other), 0)
    start = max(0, shared - _TAIL)
    return _from(left, start, _length(before, left)), _from(right, start, _length(after, right))


def _from(text: str, start: int, length: int) -> str:
    if len(text) <= LONGEST:
        return text
    end = start + _TAIL + _HEAD
    head, tail = "..." if start else "", "..." if end < len(text) else ""
    return f"{head}{text[start:end]}{tail} ({length:,} characters)"


def _length(value: Value, shown: str) -> int:
    return len(value if isinstance(value, str) else shown)


def _text(value: str, full: bool) -> str:
    if full or len(value) <= 24:
        return json.dumps(value, ensure_ascii=False)
    if _DIGEST.match(value):
        return f'"{value[: value.find(":") + 9]}..."'
    return _cut(json.dumps(value, ensure_ascii=False), full, len(value))


def _cut(text: str, full: bool, length: int | None = None) -> str:
    if full or len(text) <= LONGEST:
        return text
    return f"{text[:_HEAD]}...{text[-_TAIL:]} ({length or len(text):,} characters)"


def _unknown(value: Unknown, own: str) -> str:
    if value.sensitive:
        return LATER
    others = [name for name in value.waits_for if not own or not name.startswith(f"{own}.")]
    return f"(known after apply: {listed(others, 3)})" if others else "(known after apply)"


def _collection(value: Value, own: str) -> str:
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {_collection(v, own)}" for k, v in value.items())
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(_collection(item, own) for item in value) + "]"
    return show(value, own, full=True)
