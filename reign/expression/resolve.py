"""A text with `${...}` in it to its value: the way into the room."""

from __future__ import annotations

from types import NoneType
from typing import Any

from reign.expression.carry import HELD, MAX_TEXT, Mark, Open, deferred, finished, merged, quote, sensitive, survey
from reign.expression.errors import ExpressionError
from reign.expression.evaluate import evaluate
from reign.expression.filters import text_of
from reign.expression.parser import parse
from reign.expression.run import Run, placed
from reign.expression.scope import Scope
from reign.expression.syntax import Literal, Node, Text, path_of
from reign.model.values import MISSING, Deferred, Value


def resolve(text: str, scope: Scope, kind: str = "any") -> Value:
    """The value of `text`. One whole `${...}` keeps its type; inside text, true and numbers stand as JSON.

    What reads an unknown is `Unknown`. What reads a root in `scope.deferred`, or a `Deferred` in one of its values,
    is `Deferred` with everything else filled in; `kind` goes with it, untouched. What reads a `Sensitive` is that, or
    sensitive while it is unknown. Raises ExpressionError, which says nothing of a sensitive value.
    """
    if "${" not in text:
        return text
    tree = parse(text)
    names = path_of(tree)
    if names:
        value = _found(names, scope)
        if value.__class__ in _SCALARS:
            return value  # type: ignore[no-any-return]
        if value.__class__ is Open:
            return Deferred(f"${{{'.'.join(names)}}}", kind)
    run = Run(scope)
    whole = tree.whole
    if whole is None:
        return _united(tree, run, kind)
    return placed(whole, finished, evaluate(whole, run), kind)


def _found(names: tuple[str, ...], scope: Scope) -> Any:
    """What stands at a path, where the way is plain; else nothing that would be an answer."""
    if names[0] in scope.deferred:
        return _LEFT
    value: Any = scope.roots
    for name in names:
        if value.__class__ is not dict or name not in value:
            return MISSING
        value = value[name]
    return value


_SCALARS = frozenset({str, int, float, bool, NoneType})
_LEFT = Open(Literal(None))


def _united(tree: Text, run: Run, kind: str) -> Value:
    parts: list[Any] = []
    size = 0
    for part in tree.parts:
        value = part if isinstance(part, str) else _part(part, run)
        size += len(value) if isinstance(value, str) else len(value.value) if isinstance(value, Mark) else 0
        if size > MAX_TEXT:
            raise ExpressionError(f"the text has more than {MAX_TEXT} characters", *_place(part))
        parts.append(value)
    kinds = {part.__class__ for part in parts}
    if kinds <= _TEXTS:
        return "".join(parts)
    if kinds <= _LATE:
        return _deferred(tree, parts, kind)
    found = survey(*parts)
    if found.unknown:
        return found.waiting
    if found.opened:
        return _deferred(tree, parts, kind)
    text = "".join(part.value if isinstance(part, Mark) else part for part in parts)
    return sensitive(text, None if found.untold else Text(_written(parts)))


_TEXTS = frozenset({str})
_LATE = frozenset({str, Open})


def _deferred(tree: Text, parts: list[Any], kind: str) -> Value:
    first = next(part for part in tree.parts if not isinstance(part, str))
    return placed(first, deferred, Text(_written(parts)), kind)


def _written(parts: list[Any]) -> tuple[str | Node, ...]:
    return merged([part if part.__class__ is str else quote(part) for part in parts])


def _place(part: str | Node) -> tuple[int, int]:
    return (0, 1) if isinstance(part, str) else (part.offset, part.width)


def _part(node: Node, run: Run) -> Any:
    """What stands for one `${...}` inside text: a text, or something held back."""
    value = evaluate(node, run)
    if value.__class__ is Mark:
        return Mark(placed(node, text_of, value.value), value.node)
    if value.__class__ is str or value.__class__ in HELD:
        return value
    return placed(node, text_of, value)
