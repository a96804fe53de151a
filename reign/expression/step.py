"""One step of an evaluation. Every node that is visited costs a step, and what goes through long values costs more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reign.expression.carry import OUTSIDE, REACHED, reached
from reign.expression.run import Run, placed, too_long
from reign.expression.syntax import Node

EVALUATED: dict[type, Callable[[Any, Run], Any]] = {}
"""By the class of a node what evaluates it. `evaluate.py` fills it: what nodes mean calls back for their parts."""


def evaluate(node: Node, run: Run) -> Any:
    """The value of `node`: a value of the model, a lazy map or list of the scope, or one that is held back.

    Raises ExpressionError.
    """
    run.steps -= 1
    if run.steps < 0:
        raise too_long(node)
    value = EVALUATED[node.__class__](node, run)
    if value.__class__ in OUTSIDE:
        run.pay(REACHED, node)
        return placed(node, reached, value)
    return value
