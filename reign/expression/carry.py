"""What is not there to be shown or computed with, carried through every operator: the one place that decides what becomes of it.

Three things are held back: `Unknown`, which only the apply will tell; `Open`, an expression that still reads a deferred
root; and `Mark`, a known value that must not be shown. Whatever an operator makes of operands of which one is held back
goes through `carry`. The text of what is left, or of what a mark is made from, holds references and never a marked value.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from types import NoneType
from typing import Any, TypeVar, cast

from reign.expression.errors import ExpressionError
from reign.expression.parser import parse
from reign.expression.run import Run, placed
from reign.expression.show import show_text
from reign.expression.syntax import (
    MAX_DEPTH,
    MAX_NODES,
    Filter,
    ListOf,
    Literal,
    MapOf,
    Node,
    Text,
    measured,
    too_large,
)
from reign.model.values import Deferred, Secret, Sensitive, Unknown, Value

T = TypeVar("T")

MAX_TEXT = 1 << 20
"""Characters of one text."""
MAX_PARTS = 150_000
"""Values in one value."""
_CARRIED = 10
"""Steps that it takes to carry anything."""
REACHED = 15
"""Steps that it takes to read what a deferred or sensitive value is made from."""


@dataclass(frozen=True, slots=True)
class Open:
    """An expression that is left: it reads a deferred root, and everything else in it has been filled in."""

    node: Node


@dataclass(frozen=True, slots=True)
class Mark:
    """A known value that must not be shown, and what it is made from: None where no text leads to it again."""

    value: Any = field(repr=False)
    node: Node | None = None


HELD = frozenset({Unknown, Open, Mark})
"""The classes of what is held back. The model's own, in a scope's value, become these as soon as they are `reached`."""
OUTSIDE = frozenset({Deferred, Sensitive, Secret})
"""The model's classes that are `reached`."""


@dataclass(slots=True)
class Survey:
    """What is held back at or under some values. `parts` and `characters` say how much there is in all.

    `untold`: something marked is among them that no text leads to. `outside`: how many are still to be `reached`.
    """

    waits_for: set[str] = field(default_factory=set)
    unknown: bool = False
    opened: bool = False
    marked: bool = False
    untold: bool = False
    parts: int = 0
    characters: int = 0
    outside: int = 0

    def add(self, level: Iterable[Any]) -> None:
        """Look at the values in `level` and everything under them. Raises ExpressionError when that is too deep or too much."""
        for _ in range(MAX_DEPTH + 1):
            below: list[Any] = []
            for value in level:
                kind = value.__class__
                self.parts += 1
                if kind is str:
                    self.characters += len(value)
                elif kind not in _PLAIN:
                    inner = self._inside(kind, value)
                    if self.parts + len(below) + len(inner) > MAX_PARTS or self.characters > MAX_TEXT * 16:
                        raise ExpressionError(f"the value has more than {MAX_PARTS} parts")
                    below += inner
            if not below:
                return
            level = below
        raise ExpressionError(f"the value is nested deeper than {MAX_DEPTH} levels")

    def _inside(self, kind: type, value: Any) -> Collection[Any]:
        """What is directly under `value`, which may be held back itself."""
        if isinstance(value, Mapping):
            return value.values()
        if isinstance(value, Sequence):
            return () if isinstance(value, str) else value
        self.outside += kind in OUTSIDE
        if kind is Unknown:
            self.unknown = True
            self.marked = self.marked or value.sensitive
            self.waits_for.update(value.waits_for)
        elif kind is Open or kind is Deferred:
            self.opened = True
        elif kind is Mark or kind is Sensitive:
            self.marked = True
            self.untold = self.untold or not (value.node if kind is Mark else value.template)
            return (value.value,)
        elif kind is Secret:
            self.unknown = self.marked = True
        return ()

    @property
    def held(self) -> bool:
        """Is anything held back?"""
        return self.unknown or self.opened or self.marked

    @property
    def waiting(self) -> Unknown:
        """What stands for a value that depends on all of it."""
        return Unknown(tuple(sorted(self.waits_for)), self.marked)


_PLAIN = frozenset({int, float, bool, NoneType})
_SCALARS = _PLAIN | {str}


def survey(*values: Any) -> Survey:
    """Look through `values`."""
    found = Survey()
    found.add(values)
    return found


def surveyed(node: Node, run: Run, *values: Any) -> Survey:
    """The same during an evaluation, which pays for it. Errors are placed at `node`."""
    found = placed(node, survey, *values)
    run.pay(found.parts + (found.characters >> 6) + found.outside * REACHED, node)
    return found


def reached(value: Any) -> Any:
    """What a value of one of the classes `OUTSIDE` is in here."""
    if value.__class__ is Deferred:
        return opened(value)
    if value.__class__ is Sensitive:
        return marked(value.value, _template(value))
    return Unknown((), sensitive=True)


def marked(value: Any, node: Node | None) -> Any:
    """`value`, which stood inside of something marked: marked, too."""
    kind = value.__class__
    if kind is Unknown:
        return value if value.sensitive else Unknown(value.waits_for, sensitive=True)
    if kind is Sensitive:
        return marked(value.value, _template(value) or node)
    if kind is Deferred and node is not None:
        return Open(node)
    if kind is Deferred:
        raise _untold()
    return Unknown((), sensitive=True) if kind is Secret else Mark(value, node)


def _template(value: Sensitive) -> Node | None:
    try:
        left = opened(Deferred(value.template)) if value.template else None
    except ExpressionError:
        return None
    return left.node if left.__class__ is Open else left and Literal(left)


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


def carry(
    node: Node, run: Run, values: Sequence[Any], build: Callable[..., Node], apply: Callable[..., Any] | None = None
) -> Any:
    """What the operation at `node` gives when some of its operands `values` are held back.

    An unknown wins over an expression that is left, since nothing could be written for it; that wins over a mark.
    `build` makes the operation's node from those of its operands; `apply` computes it, with marked values in clear, and
    may be left out where one of them is no mark. Raises ExpressionError, placed, and never with a marked value in it.
    """
    found = surveyed(node, run, *values)
    if found.unknown:
        return found.waiting
    # What follows copies all of it, and writes it down.
    run.pay(_CARRIED + found.parts * 2, node)
    is_written = found.parts <= MAX_NODES
    if found.opened or apply is None:
        if not is_written:
            raise too_large().at(node.offset, node.width)
        return Open(placed(node, lambda: build(*map(quote, values))))
    made = veiled(apply, *map(clear, values))
    return Mark(made, build(*map(quote, values)) if is_written and not found.untold else None)


def veiled(apply: Callable[..., T], *values: Any) -> T:
    """What `apply` makes of values that must not be shown: an error of it says nothing of them."""
    try:
        return apply(*values)
    except ExpressionError as error:
        raise error.veil() from None


def quote(value: Any) -> Node:
    """The node that evaluates to `value`, which holds nothing unknown. Raises ExpressionError where there is none."""
    kind = value.__class__
    if kind is Open:
        return value.node  # type: ignore[no-any-return]
    if kind is Mark:
        if value.node is None:
            raise _untold()
        return value.node  # type: ignore[no-any-return]
    if kind is Deferred or kind is Sensitive:
        return quote(reached(value))
    if isinstance(value, Mapping):
        return MapOf(tuple((Literal(key), quote(item)) for key, item in value.items()))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ListOf(tuple(quote(item) for item in value))
    if isinstance(value, float) and not isfinite(value):
        raise ExpressionError("the number is not finite")
    return Literal(value)


def _untold() -> ExpressionError:
    return ExpressionError(
        "something sensitive stands here that no text leads to, so it cannot be combined with what is known only later",
        fix="Use each in a field of its own.",
    )


def clear(value: Any) -> Any:
    """`value` with everything marked in it in clear: to compute with, never to be put into an error or a text."""
    kind = value.__class__
    if kind is Mark or kind is Sensitive:
        return clear(value.value)
    if isinstance(value, Mapping):
        return {key: clear(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [clear(item) for item in value]
    return value


def finished(value: Any, kind: str) -> Value:
    """`value` as it leaves the room: plain lists and maps; what is left as `Deferred`, what is marked as `Sensitive`.

    A value of which a part is left is left as a whole, unless another part cannot be written.
    """
    if value.__class__ is Open:
        return deferred(_spliced(value.node), kind)
    if isinstance(value, str) or not isinstance(value, Mapping | Sequence | Mark):
        return cast("Value", value)
    if value.__class__ is dict and all(item.__class__ in _SCALARS for item in value.values()):
        return dict(value)
    found = survey(value)
    if found.opened and not found.unknown and not found.untold:
        if found.parts > MAX_NODES:
            raise too_large()
        return deferred(Text((quote(value),)), kind)
    return plain(value)


def plain(value: Any) -> Value:
    """`value` with its maps and lists copied to plain ones."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    kind = value.__class__
    if kind is Mark:
        return sensitive(value.value, None if value.node is None else _spliced(value.node))
    if kind is Sensitive:
        return Sensitive(plain(value.value), value.template)
    return deferred(_spliced(value.node), "any") if kind is Open else cast("Value", value)


def sensitive(value: Any, made_from: Text | None) -> Sensitive:
    """A marked value as the model has it. What is made from too much to be written has no template."""
    copied = plain(value)
    try:
        return Sensitive(copied, "" if made_from is None else _shown(made_from))
    except ExpressionError:
        return Sensitive(copied)


def deferred(text: Text, kind: str) -> Deferred:
    """`text` as a value. Raises ExpressionError when it has become too much to be read again."""
    return Deferred(_shown(text), kind)


def _shown(text: Text) -> str:
    measured(*(part for part in text.parts if not isinstance(part, str)))
    shown = show_text(text)
    if len(shown) > MAX_TEXT:
        raise ExpressionError(f"the expression grew over {MAX_TEXT} characters")
    return shown


def _spliced(node: Node) -> Text:
    """`node` as text; what `joined` made is taken apart again, as a person would have written it."""
    parts = merged([node])
    return Text(parts) if len(parts) > 1 else Text((node,))


def merged(parts: Iterable[str | Node]) -> tuple[str | Node, ...]:
    """`parts` of a text with nested texts taken apart, and literal parts side by side united."""
    pieces: list[str | Node] = []
    for part in parts:
        if isinstance(part, Filter) and part.arguments == _NO_TEXT and part.name == "join":
            pieces += map(_text_of, part.operand.items) if isinstance(part.operand, ListOf) else [part]
        else:
            pieces.append(part)
    found: list[str | Node] = []
    texts: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            texts.append(piece)
        else:
            if texts:
                found.append("".join(texts))
                texts.clear()
            found.append(piece)
    if texts:
        found.append("".join(texts))
    return tuple(piece for piece in found if piece.__class__ is not str or piece)


_NO_TEXT = (Literal(""),)


def _text_of(item: Node) -> str | Node:
    return item.value if isinstance(item, Literal) and isinstance(item.value, str) else item
