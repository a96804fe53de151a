"""Masking of known sensitive values in text that outside systems wrote."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable
from urllib.parse import quote

Redact = Callable[[str], str]
MASK = "(sensitive)"
SHORTEST = 6
"""Shorter values are not masked: they would black out ordinary words (formats.md, Values)."""


def redactor(values: Iterable[str]) -> Redact:
    """A function that replaces each of `values`, raw or escaped for base64, URLs or JSON, by `(sensitive)`."""
    forms: set[str] = set()
    for value in values:
        if len(value) >= SHORTEST:
            raw = value.encode()
            forms |= {
                value,
                quote(value, safe=""),
                json.dumps(value)[1:-1],
                json.dumps(value, ensure_ascii=False)[1:-1],
            }
            forms |= {base64.b64encode(raw).decode().rstrip("="), base64.urlsafe_b64encode(raw).decode().rstrip("=")}
    if not forms:
        return lambda text: text
    pattern = re.compile("|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)))
    return lambda text: pattern.sub(MASK, text)
