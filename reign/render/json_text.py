"""Values as the text of JSON."""

from __future__ import annotations

import json
import re
from typing import Any

from reign.render.words import safe_json

_BEYOND_ASCII = re.compile("[^\x00-\x7f]")


def json_text(value: Any, indent: int | None = None) -> str:
    """`value` as JSON with sorted keys, always UTF-8, and safe to look at on a terminal. An indent takes ten times as long."""
    return safe_json(json.dumps(value, indent=indent, sort_keys=True, ensure_ascii=False))


def in_ascii(text: str) -> str:
    """JSON as a stream of any encoding takes it; it reads the same."""
    return _BEYOND_ASCII.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]
