"""A whole value over as many lines as it needs, as JSON is laid out, with what is unknown or hidden in words."""

from __future__ import annotations

import json
from collections.abc import Iterator

from reign.model.values import Value
from reign.render.values import show


def laid_out(value: Value, indent: str = "", end: str = "") -> Iterator[str]:
    """The lines of `value`, all but the first indented. `end` follows the last."""
    if not value or not isinstance(value, dict | list):
        yield f"{show(value, full=True)}{end}"
        return
    is_map = isinstance(value, dict)
    yield "{" if is_map else "["
    inner = f"{indent}  "
    items = list(value.items()) if isinstance(value, dict) else [(None, item) for item in value]
    for place, (key, item) in enumerate(items):
        front = f"{inner}{json.dumps(key, ensure_ascii=False)}: " if is_map else inner
        first, *rest = laid_out(item, inner, "," if place < len(items) - 1 else "")
        yield f"{front}{first}"
        yield from rest
    yield f"{indent}{'}' if is_map else ']'}{end}"
