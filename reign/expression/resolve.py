"""A text with `${...}` in it to its value: the way into the room."""

from __future__ import annotations

from typing import Any

from reign.expression.carry import HELD, MAX_TEXT, Mark, deferred, finished, merged, quote, sensitive, survey
from reign.expression.errors import ExpressionError
from reign.expression.evaluate import evaluate
from reign.expression.filters import text_of
from reign.expression.parser import parse
from reign.expression.run import Run, placed
from reign.expression.scope import Scope
from reign.expression.syntax import Node, Text
from reign.model.values import Value


def resolve(text: str, scope: Scope, kind: str = "any") -> Value:
    """The value of `text`. One whole `${...}` keeps its type; inside text, true and numbers stand as JSON.

    What reads an unknown is `Unknown`. What reads a root in `scope.deferred`, or a `Deferred` in one of its values,
    is `Deferred` with everything else filled in; `kind` goes with it, untouched. What reads a `Sensitive` is that, or
    sensitive while it is unknown. Raises ExpressionError, which says nothing of a sensitive value.
    """
    if "${" not in text:
        return text
    tree = parse(text)
    run = Run(scope)
    whole = tree.whole
    if whole is None:
        return _united(tree, run, kind)
    return placed(whole, finished, evaluate(whole, run), kind)


def _united(tree: Text, run: Run, kind: str) -> Value:
    parts: list[Any] = []
    size = 0
    for part in tree.parts:
        value = part if isinstance(part, str) else _part(part, run)
        size += len(value) if isinstance(value, str) else len(value.value) if isinstance(value, Mark) else 0
        if size > MAX_TEXT:
            raise ExpressionError(f"the text has more than {MAX_TEXT} characters", *_place(part))
        parts.append(value)
    if not any(part.__class__ in HELD for part in parts):
        return "".join(parts)
    found = survey(*parts)
    if found.unknown:
        return found.waiting
    first = next(part for part in tree.parts if not isinstance(part, str))
    if found.opened:
        return placed(first, lambda: deferred(Text(_written(parts)), kind))
    text = "".join(part.value if isinstance(part, Mark) else part for part in parts)
    return sensitive(text, None if found.untold else Text(_written(parts)))


def _written(parts: list[Any]) -> tuple[str | Node, ...]:
    return merged(part if isinstance(part, str) else quote(part) for part in parts)


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
