"""Values as the text of JSON."""

from __future__ import annotations

import json
import re
from typing import Any

_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
"""What may stand in JSON as it is, and still moves the cursor, turns the line around, hides, or is no character at all."""
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")


def json_text(value: Any, indent: int | None = None) -> str:
    """`value` as JSON with sorted keys, always UTF-8, and safe to look at on a terminal. An indent takes ten times as long."""
    text = json.dumps(value, indent=indent, sort_keys=True, ensure_ascii=False)
    return text if text.isascii() and "\x7f" not in text else _UNSAFE.sub(_escape, text)


def in_ascii(text: str) -> str:
    """JSON as a stream of any encoding takes it; it reads the same."""
    return _BEYOND_ASCII.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]
