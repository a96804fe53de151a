"""What cannot be computed yet, carried through every operator: the one place that decides what becomes of it.

Two things are held back: `Unknown`, which only the apply will tell, and `Open`, an expression that still reads a
deferred root. Whatever an operator makes of operands of which one is held back goes through `carry`.
A mark on known values (sensitivity) belongs here too: `survey` finds it, `carry` passes it on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, cast

from reign.expression.errors import ExpressionError
from reign.expression.parser import parse
from reign.expression.show import show_text
from reign.expression.syntax import MAX_DEPTH, Filter, ListOf, Literal, MapOf, Node, Text, measured
from reign.model.values import Deferred, Unknown, Value

MAX_TEXT = 1 << 20
"""Characters of one text."""
MAX_PARTS = 200_000
"""Values in one value."""


@dataclass(frozen=True, slots=True)
class Open:
    """An expression that is left: it reads a deferred root, and everything else in it has been filled in."""

    node: Node


HELD = frozenset({Unknown, Open})
"""The classes of what is held back. A `Deferred` in a scope's value becomes `Open` as soon as it is reached."""


@dataclass(slots=True)
class Survey:
    """What is held back at or under some values. `parts` and `characters` say how much there is in all."""

    waits_for: set[str] = field(default_factory=set)
    unknown: bool = False
    opened: bool = False
    parts: int = 0
    characters: int = 0

    def add(self, value: Any, depth: int = 0) -> None:
        """Look at `value` and everything under it. Raises ExpressionError when that is too deep or too much."""
        kind = value.__class__
        self.parts += 1
        if isinstance(value, str):
            self.characters += len(value)
        elif kind is Unknown:
            self.unknown = True
            self.waits_for.update(value.waits_for)
        elif kind is Open or kind is Deferred:
            self.opened = True
        elif isinstance(value, Mapping):
            self._within(value, depth)
            for item in value.values():
                self.add(item, depth + 1)
        elif isinstance(value, Sequence):
            self._within(value, depth)
            for item in value:
                self.add(item, depth + 1)

    def _within(self, value: Any, depth: int) -> None:
        if depth >= MAX_DEPTH:
            raise ExpressionError(f"a value nested deeper than {MAX_DEPTH} levels")
        if self.parts + len(value) > MAX_PARTS or self.characters > MAX_TEXT * 16:
            raise ExpressionError(f"a value of more than {MAX_PARTS} parts")

    @property
    def held(self) -> bool:
        """Is anything held back?"""
        return self.unknown or self.opened


def survey(*values: Any) -> Survey:
    """Look through `values`."""
    found = Survey()
    for value in values:
        found.add(value)
    return found


def opened(deferred: Deferred) -> Any:
    """The expression that a scope's deferred value stands for. Text becomes `[parts] | join("")`."""
    text = parse(deferred.text)
    if text.whole is not None:
        return Open(text.whole)
    if not any(not isinstance(part, str) for part in text.parts):
        return "".join(cast("tuple[str, ...]", text.parts))
    return Open(joined(text.parts))


def joined(parts: Iterable[str | Node]) -> Node:
    """Text with expressions in it, as one expression."""
    items = tuple(Literal(part) if isinstance(part, str) else part for part in parts)
    return Filter(ListOf(items), "join", (Literal(""),))


def carry(values: Sequence[Any], build: Callable[..., Node]) -> Any:
    """What an operation gives when some of its operands `values` are held back; `build` makes its node from theirs.

    An unknown wins over an expression that is left: nothing could be written for it.
    """
    found = survey(*values)
    if found.unknown:
        return Unknown(tuple(sorted(found.waits_for)))
    return Open(build(*(quote(value) for value in values)))


def quote(value: Any) -> Node:
    """The node that evaluates to `value`, which holds nothing unknown."""
    if isinstance(value, Open):
        return value.node
    if isinstance(value, Deferred):
        return quote(opened(value))
    if isinstance(value, Mapping):
        return MapOf(tuple((Literal(key), quote(item)) for key, item in value.items()))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ListOf(tuple(quote(item) for item in value))
    if isinstance(value, float) and not isfinite(value):
        raise ExpressionError("a number that is not finite")
    return Literal(value)


def finished(value: Any, kind: str) -> Value:
    """`value` as it leaves the room: plain lists and maps; what is left as `Deferred`.

    A value of which a part is left is left as a whole, unless another part is unknown and so cannot be written.
    """
    if value.__class__ is Open:
        return deferred(_spliced(value.node), kind)
    if isinstance(value, str) or not isinstance(value, Mapping | Sequence):
        return cast("Value", value)
    found = survey(value)
    if found.opened and not found.unknown:
        return deferred(Text((quote(value),)), kind)
    return plain(value)


def plain(value: Any) -> Value:
    """`value` with its maps and lists copied to plain ones."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    return deferred(_spliced(value.node), "any") if value.__class__ is Open else cast("Value", value)


def deferred(text: Text, kind: str) -> Deferred:
    """`text` as a value. Raises ExpressionError when it has become too much to be read again."""
    for part in text.parts:
        if not isinstance(part, str):
            measured(part)
    shown = show_text(text)
    if len(shown) > MAX_TEXT:
        raise ExpressionError(f"an expression that grew over {MAX_TEXT} characters")
    return Deferred(shown, kind)


def _spliced(node: Node) -> Text:
    """`node` as text; what `joined` made is taken apart again, as a person would have written it."""
    parts = merged([node])
    return Text(parts) if len(parts) > 1 else Text((node,))


def merged(parts: Iterable[str | Node]) -> tuple[str | Node, ...]:
    """`parts` of a text with nested texts taken apart, and literal parts side by side united."""
    found: list[str | Node] = []
    for part in parts:
        match part:
            case Filter(ListOf(items), "join", (Literal(""),)):
                inner: Sequence[str | Node] = [_text_of(item) for item in items]
            case _:
                inner = [part]
        for piece in inner:
            if isinstance(piece, str) and found and isinstance(found[-1], str):
                found[-1] += piece
            elif piece != "":
                found.append(piece)
    return tuple(found)


def _text_of(item: Node) -> str | Node:
    return item.value if isinstance(item, Literal) and isinstance(item.value, str) else item
