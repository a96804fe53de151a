"""Small pieces of text: counts, durations, and names that cannot move the cursor, hide or turn the line around."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from unicodedata import category, east_asian_width

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0e\ufeff\uffa0\ufff9-\ufffb"
    "\U000133b0-\U000133bf\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    "|(?<![\u2000-\u32ff\U0001f000-\U0001faff])\ufe0f"
)
"""Control, bidirectional and invisible characters; what makes a symbol a picture is one where no symbol stands before."""


def safe(text: str) -> str:
    """`text` with control, bidirectional and invisible characters written as escapes; line ends and tabs stay."""
    if is_plain(text) or (text.isascii() and text.replace("\n", "").replace("\t", "").isprintable()):
        return text
    return _UNSAFE.sub(_escape, text)


def is_plain(text: str) -> bool:
    """True for what is one line and safe at a glance: most text is."""
    return text.isascii() and text.isprintable()


def one_line(text: str) -> str:
    """`text` as part of a single line."""
    return text if is_plain(text) else safe(text.replace("\n", "\\n").replace("\t", "\\t"))


def quoted(text: str) -> str:
    """`text` as JSON, with what `safe` escapes written in JSON's way."""
    if is_plain(text) and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return safe_json(json.dumps(text, ensure_ascii=False))


def safe_json(text: str) -> str:
    """JSON with what `safe` escapes written in JSON's way; it reads the same."""
    return text if text.isascii() and "\x7f" not in text else _UNSAFE.sub(_as_json, text)


def guarded(lines: Sequence[str]) -> list[str]:
    """`lines`, each of which is one, and safe."""
    return [line if is_plain(line) else safe(line.replace("\n", "\\n")) for line in lines]


def breadth(text: str) -> int:
    """How many columns of a terminal `text` takes as part of a line: a wide character two, a combining one none."""
    if is_plain(text):
        return len(text)
    shown = one_line(text)
    return len(shown) if shown.isascii() else sum(map(_columns, shown))


def cut_to(text: str, columns: int) -> str:
    """The longest part of `text` from its beginning that takes no more than `columns`."""
    if text.isascii():
        return text[:columns]
    for place, char in enumerate(text):
        columns -= _columns(char)
        if columns < 0:
            return text[:place]
    return text


def _columns(char: str) -> int:
    if char.isascii():
        return 1
    if category(char) in ("Mn", "Me") or char == "\ufe0f" or "\u1160" <= char <= "\u11ff":
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def _escape(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _as_json(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]


def wrapped(text: str, width: int | None, hang: str = "") -> list[str]:
    """A sentence as lines of no more than `width` columns, the second and later ones behind `hang`; as it is where
    `width` is None. Words, and with them paths and addresses, stay whole; so does what stands in front.
    """
    if width is None or breadth(text) <= width:
        return [text]
    words = text.split(" ")
    lines = [words[0]]
    used = breadth(words[0])
    for word in words[1:]:
        size = breadth(word)
        if used + 1 + size > width and lines[-1].strip():
            lines.append(f"{hang}{word}")
            used = len(hang) + size
        else:
            lines[-1] += f" {word}"
            used += 1 + size
    return [line.rstrip() for line in lines]


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


def listed(names: Sequence[str], limit: int) -> str:
    """`a, b, c and 4 more`."""
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit:,} more"
