"""Small pieces of text: counts, durations, and names that cannot move the cursor or turn the line around."""

from __future__ import annotations

import re
from unicodedata import combining, east_asian_width

_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def safe(text: str) -> str:
    """`text` with control, bidirectional and invisible characters written as escapes; line ends and tabs stay."""
    return _UNSAFE.sub(_escape, text) if _UNSAFE.search(text) else text


def one_line(text: str) -> str:
    """`text` as part of a single line."""
    return safe(text.replace("\n", "\\n").replace("\t", "\\t"))


def breadth(text: str) -> int:
    """How many columns of a terminal `text` takes as part of a line: a wide character two, a combining one none."""
    shown = one_line(text)
    if shown.isascii():
        return len(shown)
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in shown)


def _escape(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def plural(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def duration(seconds: float) -> str:
    """`0s`, `31s`, `1m02s`, `1h05m`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"


def age(seconds: float) -> str:
    """`12 seconds ago`, `2 days ago`: the largest whole unit."""
    whole = max(0, int(seconds))
    for size, noun in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if whole >= size:
            return f"{plural(whole // size, noun)} ago"
    return f"{plural(whole, 'second')} ago"


def listed(names: list[str], limit: int) -> str:
    """`a, b, c and 4 more`."""
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit:,} more"
