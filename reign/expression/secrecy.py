"""Whether what is not evaluated, since something unknown decides about it, would come out sensitive."""

from __future__ import annotations

from reign.expression.carry import Open, surveyed
from reign.expression.errors import ExpressionError
from reign.expression.run import Run
from reign.expression.step import evaluate
from reign.expression.syntax import Attribute, Index, Literal, Name, Node, Reference, references
from reign.model.values import Unknown


def awaited(unknown: Unknown, run: Run, *nodes: Node) -> Unknown:
    """`unknown`, which decides what becomes of `nodes`: sensitive when anything that they read is."""
    if unknown.sensitive or not any(_touches(node, run) for node in nodes):
        return unknown
    return Unknown(unknown.waits_for, sensitive=True)


def _touches(node: Node, run: Run) -> bool:
    return any(_is_marked(reference, node, run) for reference in references(node))


def _is_marked(reference: Reference, node: Node, run: Run) -> bool:
    if reference.root in run.scope.deferred:
        return False
    path: Node = Name(reference.root, node.offset)
    for part in reference.path:
        path = Attribute(path, part) if isinstance(part, str) else Index(path, Literal(part))
    try:
        value = evaluate(path, run)
        return surveyed(node, run, value).marked or (value.__class__ is Open and _touches(value.node, run))
    except ExpressionError as error:
        # Else it is a name of a comprehension, or a mistake that is told when it comes to that.
        return error.is_veiled
