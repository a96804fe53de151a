"""The name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

AMONG = 20_000
"""More names than this are not looked through: a suggestion is not worth the wait."""

_ALIKE = 0.6
"""Less alike than this is another word, unless one letter makes it the same: `create` and `update` share half of theirs."""


def nearest(name: str, names: Iterable[object]) -> str:
    """The one of `names` that `name` was probably meant to be, or an empty text."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    choices = [choice for choice in islice(names, AMONG) if isinstance(choice, str)]
    found = process.extractOne(name, choices, scorer=OSA.normalized_similarity, score_cutoff=0.5)
    return found[0] if found and (found[1] >= _ALIKE or OSA.distance(name, found[0]) == 1) else ""
