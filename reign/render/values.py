"""Values as a person reads them: JSON, with what is unknown in words, and what is long cut in the middle."""

from __future__ import annotations

import json
import re

from reign.model.values import Deferred, Secret, Sensitive, Unknown, Value
from reign.render.words import breadth, cut_to, listed, one_line, quoted

MASK = "(sensitive value)"
CHANGED = "(sensitive value, changed)"
LATER = "(sensitive value, known after apply)"

LONGEST = 96
"""Columns of one value on a line; a wider one is cut in the middle and its length is told."""
SHORTEST = 24
"""Columns that a value has on the narrowest terminal."""
_WAITED = 3
"""Outputs that a value waits for that are named; of more it says how many."""
_BEFORE, _NARROWEST = 32, 16
"""Columns that are shown before the first difference of two long values; and of each in all, on the narrowest terminal."""
_CUT = "..."
LENGTH = re.compile(r" \([0-9,]+ characters\)\Z")
_DIGEST = re.compile(r"(?:sha256:)?[0-9a-f]{32,}\Z")


def show(value: Value, own: str = "", full: bool = False, room: int = LONGEST) -> str:
    """`value` on one line of `room` columns. `own` is the address it belongs to: waiting for its own outputs goes
    without saying.
    """
    if isinstance(value, str):
        return _text(value, full, room)
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else json.dumps(value)
    if isinstance(value, Unknown):
        return _unknown(value, own, room)
    if isinstance(value, Secret | Sensitive):
        return MASK
    if isinstance(value, Deferred):
        return "(known after apply)"
    whole = _collection(value, own)
    return whole if full else shortened(whole, len(whole), room)


def sides(before: Value, after: Value, own: str = "", full: bool = False, room: int = 2 * LONGEST) -> tuple[str, str]:
    """Both values in `room` columns; what must not be shown has nothing on the left. Two that look the same when cut are
    cut around where they begin to differ.
    """
    if isinstance(after, Unknown) and after.sensitive:
        return "", LATER
    if isinstance(after, Secret | Sensitive) or (
        isinstance(before, Secret | Sensitive) and not isinstance(after, Unknown)
    ):
        return "", CHANGED
    half = room // 2
    left, right = show(before, own, full, half), show(after, own, full, half)
    if LENGTH.sub("", left) == LENGTH.sub("", right):
        whole = show(before, own, full=True), show(after, own, full=True)
        return apart(*whole, (_length(before, whole[0]), _length(after, whole[1])), half)
    return (left, right) if full else _fitted(before, after, own, (left, right), room)


def _length(value: Value, shown: str) -> int:
    return len(value if isinstance(value, str) else shown)


def shortened(text: str, length: int, room: int) -> str:
    """`text`, cut in the middle to `room` columns, with its `length` in characters told; but never longer than it is."""
    is_long = len(text) > 4 * room  # so much of it is not measured
    if not is_long and breadth(text) <= room:
        return text
    told = f" ({length:,} characters)"
    left = max(SHORTEST, room) - len(told) - 3
    tail = max(4, left * 2 // 5)
    head = max(5, left - tail)
    cut = f"{cut_to(text, head)}...{cut_to(text[::-1], tail)[::-1]}{told}"
    return cut if is_long or breadth(cut) < breadth(text) else text


def apart(before: str, after: str, lengths: tuple[int, int], room: int) -> tuple[str, str]:
    """Two texts, each cut to `room` columns around where they begin to differ; `lengths` in characters are told."""
    shared = _shared(before, after)
    return _around(before, shared, lengths[0], room), _around(after, shared, lengths[1], room)


def _around(text: str, place: int, length: int, room: int) -> str:
    """`text`, cut to `room` columns with what stands at `place` among them."""
    if len(text) <= 4 * room and breadth(text) <= room:
        return text
    told = f" ({length:,} characters)"
    columns = max(_NARROWEST, room - len(told) - 2 * len(_CUT))
    before = cut_to(text[:place][::-1], min(_BEFORE, columns // 2))[::-1]
    start = place - len(before)
    part = cut_to(text[start:], columns)
    head, tail = _CUT if start else "", _CUT if start + len(part) < len(text) else ""
    return f"{head}{part}{tail}{told}"


def _shared(one: str, other: str) -> int:
    """How many characters both begin with: looked for by halves, so that long texts do not take long."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _fitted(before: Value, after: Value, own: str, told: tuple[str, str], room: int) -> tuple[str, str]:
    """What one of the two does not need of the room is the other's."""
    left, right = told
    if breadth(left) < room // 2:
        return left, show(after, own, room=room - breadth(left))
    if breadth(right) < room // 2:
        return show(before, own, room=room - breadth(right)), right
    return told


def _text(value: str, full: bool, room: int) -> str:
    told = quoted(value)
    if full or len(told) <= SHORTEST:
        return told
    if _DIGEST.match(value):
        return f'"{value[: value.find(":") + 9]}..."'
    return shortened(told, len(value), room)


def _unknown(value: Unknown, own: str, room: int) -> str:
    if value.sensitive:
        return LATER
    others = [one_line(name) for name in value.waits_for if not own or not name.startswith(f"{own}.")]
    if not others:
        return "(known after apply)"
    told = f"(known after apply: {listed(others, _WAITED)})"
    return told if breadth(told) <= room else f"(known after apply: {listed(others, 1)})"


def _collection(value: Value, own: str) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)}: {_collection(item, own)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_collection(item, own) for item in value) + "]"
    return show(value, own, full=True)
