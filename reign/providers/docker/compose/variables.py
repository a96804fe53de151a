"""Variables in the texts of compose files: `$NAME`, `${NAME}`, `${NAME:-default}` and the rest of its operators, `$$`.

What comes out is never read again, so a value that holds a `$` stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from reign.model.values import Deferred, Secret, Sensitive, Unknown, Value

Lookup = Callable[[str], Value]
"""The value of a variable: a text, or what becomes one; None where it has none. Raises KeyError where nobody gave it."""

MOST_CHARACTERS = 1 << 20
"""Characters of one text with its variables filled in."""
_DEEPEST = 20
"""Variables in the words of variables."""

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_OPERATORS = (":-", "-", ":?", "?", ":+", "+")


class Mistake(Exception):
    """A text that cannot be filled in. `offset` and `width` are in its characters."""

    def __init__(self, code: str, summary: str, detail: str, fix: str, offset: int = 0, width: int = 1) -> None:
        super().__init__(detail)
        self.code, self.summary, self.detail, self.fix = code, summary, detail, fix
        self.offset, self.width = offset, width


def fill(text: str, lookup: Lookup) -> Value:
    """`text` with its variables filled in. Raises Mistake."""
    return joined(pieces(text, lookup))


def pieces(text: str, lookup: Lookup) -> list[Value]:
    """What `joined` makes it of: its own parts, and the value of each variable. Raises Mistake."""
    return _Filler(text, lookup).pieces(0, len(text), 0) if "$" in text else [text]


class _Filler:
    def __init__(self, text: str, lookup: Lookup) -> None:
        self._text, self._lookup = text, lookup

    def pieces(self, at: int, end: int, depth: int) -> list[Value]:
        """What stands there, filled in."""
        parts: list[Value] = []
        start, text = at, self._text
        while (at := text.find("$", at, end)) >= 0:
            parts.append(text[start:at])
            value, at = self._variable(at, end, depth)
            parts.append(value)
            start = at
        return [*parts, text[start:end]]

    def between(self, at: int, end: int, depth: int) -> Value:
        """The same, joined."""
        return joined(self.pieces(at, end, depth))

    def _variable(self, at: int, end: int, depth: int) -> tuple[Value, int]:
        text = self._text
        if text.startswith("$$", at, end):
            return "$", at + 2
        if text.startswith("${", at, end):
            return self._braced(at, end, depth + 1)
        named = _NAME.match(text, at + 1, end)
        return (self._plain(named[0], at), named.end()) if named else ("$", at + 1)

    def _plain(self, name: str, at: int) -> Value:
        try:
            value = self._lookup(name)
        except KeyError:
            raise self._missing(name, at) from None
        return "" if value is None else value

    def _braced(self, at: int, end: int, depth: int) -> tuple[Value, int]:
        text, named = self._text, _NAME.match(self._text, at + 2, end)
        if named is None or depth > _DEEPEST:
            raise self._wrong(at)
        behind, name = named.end(), named[0]
        if text.startswith("}", behind, end):
            return self._plain(name, at), behind + 1
        operator = next((sign for sign in _OPERATORS if text.startswith(sign, behind, end)), "")
        closing = self._closing(at + 2, end)
        if not operator or closing < 0:
            raise self._wrong(at)
        word = behind + len(operator), closing, depth
        return self._with(name, operator, word, at), closing + 1

    def _closing(self, at: int, end: int) -> int:
        """The brace that closes the one in front of `at`; braces in between come in pairs."""
        open_braces = 1
        for index in range(at, end):
            open_braces += {"{": 1, "}": -1}.get(self._text[index], 0)
            if not open_braces:
                return index
        return -1

    def _with(self, name: str, operator: str, word: tuple[int, int, int], at: int) -> Value:
        """What an operator makes of a variable; its word is filled in only where it is taken."""
        try:
            value: Value = self._lookup(name)
        except KeyError:
            value = None
        is_set = value is not None and (not operator.startswith(":") or not is_blank(value))
        match operator[-1]:
            case "-":
                return value if is_set else self.between(*word)
            case "+":
                return self.between(*word) if is_set else ""
        if is_set:
            return value
        raise self._demanded(name, self.between(*word), at)

    def _missing(self, name: str, at: int) -> Mistake:
        return Mistake(
            "docker/compose-variable",
            "Variable without a value",
            f"{name} is neither in the block's `environment` nor in the .env file, and the environment of whoever runs this "
            "is not read: it would be blank.",
            f"Give it a value there, or write a default: ${{{name}:-}}.",
            at,
            len(name) + (3 if self._text.startswith("${", at) else 1),
        )

    def _demanded(self, name: str, reason: Value, at: int) -> Mistake:
        why = f": {reason}" if isinstance(reason, str) and reason else ""
        return Mistake(
            "docker/compose-variable",
            "Variable without a value",
            f"The file demands {name}, and it has none{why}.",
            f"Give {name} a value in the block's `environment`, or in the .env file.",
            at,
            len(name) + 2,
        )

    def _wrong(self, at: int) -> Mistake:
        return Mistake(
            "docker/compose-syntax",
            "Not a variable",
            "Behind ${ stands a name, then one of :- - :? ? :+ + with a text, and the } that ends it.",
            "Write $$ where a $ is meant.",
            at,
            2,
        )


def is_blank(value: Value) -> bool:
    """Whether it is known to be the empty text; what is not known yet counts as one that is not empty."""
    inner = value.value if isinstance(value, Sensitive) else value
    return inner == ""


def joined(parts: Iterable[Value]) -> Value:
    """The parts of a text as one value: sensitive, unknown or deferred where any of them is."""
    kept = [part for part in parts if part != ""]
    if all(isinstance(part, str) for part in kept):
        return _limited("".join(part for part in kept if isinstance(part, str)))
    if len(kept) == 1:
        return kept[0]
    is_hidden = any(
        isinstance(part, Sensitive | Secret) or (isinstance(part, Unknown) and part.sensitive) for part in kept
    )
    unknown = [part for part in kept if isinstance(part, Unknown)]
    if unknown:
        waits = tuple(dict.fromkeys(name for part in unknown for name in part.waits_for))
        return replace(unknown[0], waits_for=waits, sensitive=is_hidden)
    told = all(not isinstance(part, Sensitive) or part.template for part in kept)
    template = "".join(map(_template, kept)) if told else ""
    if any(isinstance(part, Deferred) for part in kept):
        if not told:
            raise _UNTOLD
        return Deferred(template, "string")
    return Sensitive(_limited("".join(map(_clear, kept))), template)


_UNTOLD = Mistake(
    "docker/compose-syntax",
    "Text that cannot be made at plan",
    "It is made of something sensitive and of something that only the apply will tell.",
    "Make the whole text in reign.yaml, and give it as one variable.",
)


def _limited(text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise Mistake(
            "docker/compose-syntax",
            "Text that is too long",
            f"With its variables filled in it is longer than {MOST_CHARACTERS:,} characters.",
            "Give the variables shorter values.",
        )
    return text


def _clear(part: Value) -> str:
    return str(part.value) if isinstance(part, Sensitive) else str(part)


def _template(part: Value) -> str:
    match part:
        case Deferred():
            return part.text
        case Sensitive():
            return part.template
    return str(part).replace("${", "$${")
