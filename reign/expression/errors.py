"""What goes wrong in an expression, with its place in the text and the nearest name."""

from __future__ import annotations

from typing import Self


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
