"""Masking of known sensitive values in text that outside systems wrote."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote

from reign.model.values import Sensitive, Value, leaves, reveal

Redact = Callable[[str], str]
MASK = "(sensitive)"
SHORTEST = 6
"""Shorter values are not masked: they would black out ordinary words (formats.md, Values)."""

LONG_LINE = 16
"""A line of a longer value is masked by itself as well, when it is no shorter than this: messages indent lines."""


class Masks:
    """The sensitive values of one process: called with a text, it masks those that it knows by then.

    One is made by `app` and handed to everybody who passes on what an outside system said. Learning and masking may
    happen on different threads. Pickles with what it knows.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._forms: frozenset[str] = frozenset()
        self._made = self._forms, re.compile("")
        self.learn(*values)

    def learn(self, *values: Value) -> None:
        """Mask from now on every text and number of 6 or more characters at or under `values`."""
        texts = {_text(leaf) for value in values for _, leaf in leaves(reveal(value))}
        forms = self._forms.union(*(_forms(text) for text in texts if len(text) >= SHORTEST))
        if forms != self._forms:
            self._forms = forms

    def __call__(self, text: str) -> str:
        """`text` with everything that is known masked."""
        forms = self._forms
        if not forms:
            return text
        known, pattern = self._made
        if known is not forms:  # made only now: of many that are learnt one by one it would be made each time
            ordered = sorted(forms, key=lambda form: (-len(form), form))
            pattern = re.compile("|".join(map(re.escape, ordered)))
            self._made = forms, pattern
        return pattern.sub(MASK, text)

    @property
    def forms(self) -> frozenset[str]:
        """Every text that is masked."""
        return self._forms

    def __bool__(self) -> bool:
        return bool(self._forms)

    def __reduce__(self) -> tuple[type[Masks], tuple[tuple[str, ...]]]:
        return Masks, (tuple(self._forms),)


def sensitive_texts(value: Sensitive) -> tuple[str, ...]:
    """The texts and numbers of a sensitive value."""
    return tuple(_text(leaf) for _, leaf in leaves(reveal(value)))


def _text(leaf: Value) -> str:
    if isinstance(leaf, str):
        return leaf
    is_number = isinstance(leaf, int | float) and not isinstance(leaf, bool)
    return json.dumps(leaf) if is_number else ""


def _forms(value: str) -> set[str]:
    """A text as it is, and as it may stand in a message: escaped for base64, URLs or JSON, or cut into its lines."""
    raw = value.encode("utf-8", "surrogatepass")
    forms = {
        value,
        quote(raw, safe=""),
        quote(raw),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
    }
    forms |= {coder(raw).decode().rstrip("=") for coder in (base64.b64encode, base64.urlsafe_b64encode)}
    forms |= {part for front in range(3) for part in _inside_base64(raw, front) if len(part) >= SHORTEST}
    return forms | {line for line in map(str.strip, value.splitlines()) if len(line) >= LONG_LINE}


def _inside_base64(raw: bytes, front: int) -> Iterator[str]:
    """The characters that stand for nothing but `raw` where `front` bytes more than a multiple of three come before it."""
    start, end = -(-front * 8 // 6), (front + len(raw)) * 8 // 6
    for coder in (base64.b64encode, base64.urlsafe_b64encode):
        yield coder(bytes(front) + raw).decode()[start:end]
