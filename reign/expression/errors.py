"""What goes wrong in an expression, with its place in the text and the nearest name."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Self

NEAREST_AMONG = 20_000
"""More names than these are not searched for the nearest one."""


class ExpressionError(Exception):
    """An expression that cannot be read or evaluated.

    `offset` is the character inside the text that was given, `width` how many characters are meant. `hint` is the
    nearest valid name, or empty; `fix` says what to write instead, or is empty.
    """

    def __init__(self, message: str, offset: int = 0, width: int = 1, hint: str = "", fix: str = "") -> None:
        super().__init__(message, offset, width, hint, fix)
        self.message = message
        self.offset = offset
        self.width = width
        self.hint = hint
        self.fix = fix

    def __str__(self) -> str:
        return self.message

    def at(self, offset: int, width: int) -> Self:
        """The same error, placed: filters and functions do not know where they were written."""
        return type(self)(self.message, offset, width, self.hint, self.fix)


class MissingError(ExpressionError):
    """A key or index that is not there, which the filter `default` may answer."""


def nearest(name: str, names: Iterable[object]) -> str:
    """The one of `names` that `name` was probably meant to be, or an empty text."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    choices = [choice for choice in islice(names, NEAREST_AMONG) if isinstance(choice, str)]
    found = process.extractOne(name, choices, scorer=OSA.normalized_similarity, score_cutoff=0.5)
    return found[0] if found else ""
