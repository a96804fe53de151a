"""What goes wrong in an expression, with its place in the text and the nearest name."""

from __future__ import annotations

from copy import copy
from typing import Self


class ExpressionError(Exception):
    """An expression that cannot be read or evaluated.

    `message` is a clause without its full stop. `offset` is the character inside the text that was given, `width` how
    many characters are meant. `hint` is the nearest valid name, or empty; `fix` says what to write instead, or is empty.
    `veiled`: what to say in place of a message that holds a part of a value, where that value must not be shown.
    """

    is_veiled = False
    """Did something sensitive have a say in it? Then neither message nor hint nor fix holds any of it."""

    def __init__(
        self, message: str, offset: int = 0, width: int = 1, hint: str = "", fix: str = "", veiled: str = ""
    ) -> None:
        super().__init__(message, offset, width, hint, fix)
        self.message = message
        self.offset = offset
        self.width = width
        self.hint = hint
        self.fix = fix
        self.veiled = veiled

    def __str__(self) -> str:
        return self.message

    def at(self, offset: int, width: int) -> Self:
        """The same error, placed: filters and functions do not know where they were written."""
        return self._with(offset=offset, width=width)

    def veil(self) -> Self:
        """The same error about values that must not be shown."""
        fix = "" if self.veiled else self.fix
        return self._with(message=self.veiled or self.message, hint="", fix=fix, veiled="", is_veiled=True)

    def _with(self, **changes: object) -> Self:
        error = copy(self)
        vars(error).update(changes)
        error.args = (error.message, error.offset, error.width, error.hint, error.fix)
        return error


class MissingError(ExpressionError):
    """A key or index that is not there, which the filter `default` may answer. `step` is that of the path."""

    step: object = None
