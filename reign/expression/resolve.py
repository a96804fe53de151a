"""A text with `${...}` in it to its value: the way into the room."""

from __future__ import annotations

from typing import Any

from reign.expression.carry import HELD, MAX_TEXT, Open, deferred, finished, merged
from reign.expression.errors import ExpressionError
from reign.expression.evaluate import evaluate
from reign.expression.filters import text_of
from reign.expression.parser import parse
from reign.expression.run import Run, placed
from reign.expression.scope import Scope
from reign.expression.syntax import Node, Text
from reign.model.values import Unknown, Value


def resolve(text: str, scope: Scope, kind: str = "any") -> Value:
    """The value of `text`. One whole `${...}` keeps its type; inside text, true and numbers stand as JSON.

    What reads an unknown is `Unknown`. What reads a root in `scope.deferred`, or a `Deferred` in one of its values,
    is `Deferred` with everything else filled in; `kind` goes with it, untouched. Raises ExpressionError.
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
    parts = [part if isinstance(part, str) else _part(part, run) for part in tree.parts]
    if any(part.__class__ in HELD for part in parts):
        waits = [part.waits_for for part in parts if isinstance(part, Unknown)]
        if waits:
            return Unknown(tuple(sorted({name for names in waits for name in names})))
        left = Text(merged(part.node if isinstance(part, Open) else part for part in parts))
        return placed(_first(tree), deferred, left, kind)
    if sum(map(len, parts)) > MAX_TEXT:
        raise ExpressionError(f"a text of more than {MAX_TEXT} characters")
    return "".join(parts)


def _part(node: Node, run: Run) -> Any:
    """What stands for one `${...}` inside text: a text, or something held back."""
    value = evaluate(node, run)
    if value.__class__ is str or value.__class__ in HELD:
        return value
    return placed(node, text_of, value)


def _first(tree: Text) -> Node:
    """The first expression in `tree`, which has one."""
    return next(part for part in tree.parts if not isinstance(part, str))
