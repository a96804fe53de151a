"""Characters to tokens: one expression at a time, up to the bracket that closes it."""

from __future__ import annotations

import re
from typing import NamedTuple

from reign.expression.errors import ExpressionError

MAX_TOKENS = 30_000
"""Of all the expressions in one text."""
MAX_BRACKETS = 200
"""Brackets inside brackets: the parser recurses into each."""
MAX_DIGITS = 40
"""Of one number."""

_SPACE = re.compile(r"\s*")
_TOKEN = re.compile(
    r"""(?:([A-Za-z_][A-Za-z0-9_-]*+)
    |([0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)
    |("[^"\\]*+(?:\\.[^"\\]*+)*+"|'[^'\\]*+(?:\\.[^'\\]*+)*+')
    |(==|!=|<=|>=|[-+*/%<>.,:|()\[\]{}])
    |(.))\s*+""",
    re.DOTALL | re.VERBOSE,
)
_NAME, _NUMBER, _TEXT, _SIGN, _NOTHING = range(1, 6)
"""The groups of a token."""
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "/": "/", "\\": "\\", '"': '"', "'": "'"}
_LETTERS = tuple((f"\\{letter}", meant) for letter, meant in _ESCAPED.items() if letter != "\\")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_BRACKETS = frozenset("()[]{}")
_INSTEAD = {
    "&": "Write `and`.",
    "!": "Write `not`.",
    "=": "Write `==` to compare.",
    "?": "Write `A if C else B`.",
    "$": "An expression inside an expression needs no `${`.",
    "#": "An expression holds no comments.",
}


class Token(NamedTuple):
    """One token. kind: name, number, text, a sign itself, or end. value: of a number or text."""

    kind: str
    text: str
    offset: int
    value: int | float | str | None = None


def tokens(source: str, start: int = 0, closing: str = "", most: int = MAX_TOKENS) -> list[Token]:
    """The tokens of the expression at `start`, at most `most`, then one of kind `end`.

    With `closing`, `}` or `~}`, the expression ends at the first `}` (or `~}`, too) that closes nothing in it; else
    where `source` ends. Raises ExpressionError.
    """
    found: list[Token] = []
    open_: list[str] = []
    for here in _TOKEN.finditer(source, _SPACE.match(source, start).end()):  # type: ignore[union-attr]
        kind = here.lastindex
        text, at = here[kind], here.start()  # type: ignore[index]
        if kind == _SIGN:
            if text in _BRACKETS:
                if text == "}" and closing and not open_:
                    break
                _nest(text, at, open_)
            token = _token(Token, (text, text, at, None))
        elif kind == _NAME:
            token = _token(Token, ("name", text, at, None))
        elif kind == _NUMBER:
            token = _token(Token, ("number", text, at, _number(text, at)))
        elif kind == _TEXT:
            token = _token(Token, ("text", text, at, unquote(text, at)))
        elif closing == "~}" and not open_ and source.startswith(closing, at):
            break
        else:
            raise _no_token(source, at)
        found.append(token)
        if len(found) > most:
            raise ExpressionError("the expression is too long", start, fix="Split it over locals.")
    else:
        if closing:
            raise ExpressionError("the expression is not closed", max(start - 2, 0), 2, fix="End it with `}`.")
        at = len(source)
    found.append(Token("end", "", at))
    return found


_token = tuple.__new__
"""Three times as quick as calling the class."""


def _nest(sign: str, at: int, open_: list[str]) -> None:
    """Keep `open_`, the closing brackets that are awaited."""
    if sign in _CLOSING:
        open_.append(_CLOSING[sign])
        if len(open_) > MAX_BRACKETS:
            raise ExpressionError(
                f"the brackets are nested deeper than {MAX_BRACKETS}", at, fix="Split it over locals."
            )
    elif sign in ")]}":
        if not open_:
            raise ExpressionError(f"`{sign}` closes nothing", at)
        if open_[-1] != sign:
            raise ExpressionError(f"`{sign}` stands where `{open_[-1]}` is expected", at)
        open_.pop()


def _number(text: str, at: int) -> int | float:
    if len(text) > MAX_DIGITS:
        raise ExpressionError(f"the number has more than {MAX_DIGITS} digits", at, len(text))
    if text.isdigit():
        return int(text)
    value = float(text)
    if value == float("inf"):
        raise ExpressionError("the number is too large", at, len(text))
    return value


def unquote(text: str, at: int) -> str:
    """What a quoted text means. Raises ExpressionError on an escape that means nothing."""
    text = text[1:-1]
    if "\\" not in text:
        return text
    pieces = [_without_letters(piece) for piece in text.split("\\\\")]
    if not any("\\" in piece for piece in pieces):
        return "\\".join(pieces)
    try:
        # Two \\u escapes may make one character; a lone half is no text that can be written anywhere.
        return _ESCAPE.sub(lambda found: _unescape(found, at), text).encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise ExpressionError("half of a pair of `\\u` stands alone", at, len(text) + 2) from None


def _without_letters(text: str) -> str:
    if "\\" in text:
        for escape, letter in _LETTERS:
            text = text.replace(escape, letter)
    return text


def _unescape(found: re.Match[str], at: int) -> str:
    digits, letter = found.groups()
    if digits:
        return chr(int(digits, 16))
    if letter not in _ESCAPED:
        raise ExpressionError(
            f"`\\{letter}` means nothing", at + 1 + found.start(), 2, fix="Write `\\\\` for one backslash."
        )
    return _ESCAPED[letter]


def _no_token(source: str, at: int) -> ExpressionError:
    letter = source[at]
    if letter in "\"'":
        return ExpressionError("the text is not closed", at, fix=f"End it with {letter}.")
    return ExpressionError(f"{_shown(letter)} means nothing here", at, fix=_INSTEAD.get(letter, ""))


def _shown(letter: str) -> str:
    return f"`{letter}`" if letter.isprintable() else f"the character U+{ord(letter):04X}"
