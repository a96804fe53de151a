"""One evaluation: what it may read, what it has bound, and how many steps it has left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from reign.expression.errors import ExpressionError
from reign.expression.filters import is_list, kind_of
from reign.expression.scope import Scope
from reign.expression.syntax import Node

T = TypeVar("T")

MAX_STEPS = 100_000
"""Of one evaluation: about a tenth of a second, and enough for ten at each of 10,000 instances."""
_NOTHING: Mapping[str, Any] = {}


class Run:
    """One evaluation. `bound` are the names of comprehensions; `symbolic` those of them that stand for no value.

    `answered`: a `default` around will answer where nothing is found.
    """

    __slots__ = ("answered", "bound", "scope", "steps", "symbolic")

    def __init__(self, scope: Scope, bound: Mapping[str, Any] | None = None) -> None:
        self.scope = scope
        self.steps = MAX_STEPS
        self.bound: Mapping[str, Any] = bound or _NOTHING
        self.symbolic: frozenset[str] = frozenset()
        self.answered = False

    def pay(self, steps: int, node: Node) -> None:
        """Pay for `steps`. Raises ExpressionError when none is left."""
        self.steps -= steps
        if self.steps < 0:
            raise too_long(node)

    def charge(self, value: Any, node: Node, per: int = 64) -> None:
        """Pay for having gone through `value`: for a text a step for every `per` characters."""
        if value.__class__ is str:
            self.pay(len(value) // per, node)
        elif isinstance(value, Mapping) or is_list(value):
            self.pay(len(value), node)


def too_long(node: Node) -> ExpressionError:
    """What to raise when no step is left."""
    return ExpressionError(
        f"the expression takes more than {MAX_STEPS} steps", node.offset, node.width, fix="Split it over locals."
    )


def misplaced(message: str, node: Node, fix: str = "") -> ExpressionError:
    """An error that is placed at `node`."""
    return ExpressionError(message, node.offset, node.width, fix=fix)


def truth(value: Any, node: Node) -> bool:
    """`value`, which must be true or false. Raises ExpressionError."""
    if value is True or value is False:
        return value
    raise misplaced(f"{kind_of(value)} stands where true or false is needed", node, "Compare it, as in `x != null`.")


def placed(node: Node, apply: Callable[..., T], *values: Any) -> T:
    """What `apply` gives; an error of it placed at `node`."""
    try:
        return apply(*values)
    except ExpressionError as error:
        raise error.at(node.offset, node.width) from None
