"""What of a declared spec follows other resources: what a history of values alone could not tell."""

from __future__ import annotations

from reign.expression.parser import parse
from reign.expression.syntax import references
from reign.model.values import Deferred, Secret, Sensitive, Spec, Unknown, Value, format_path, leaves, lookup


def links(spec: Spec) -> Spec:
    """The parts of a declared `spec` that read other resources, and nothing else that is not filled in, by their paths.

    A part is what stands at the end of a path through maps alone: a provider may put the items of a list in another order.
    """
    found: Spec = {}
    for path, leaf in leaves(spec):
        if leaf.__class__ is Deferred:
            part = path[: next((at for at, step in enumerate(path) if isinstance(step, int)), len(path))]
            found[format_path(part)] = lookup(spec, part)
    return {path: value for path, value in found.items() if link(value) is not None}


def link(value: Value) -> Value:
    """A declared `value` that reads resources, with nothing in it that is hidden, unknown or read from elsewhere; else null."""
    is_linked = False
    for _, leaf in leaves(value):
        if isinstance(leaf, Sensitive | Secret | Unknown):
            return None
        if isinstance(leaf, Deferred):
            if any(each.root != "resources" for each in references(parse(leaf.text))):
                return None
            is_linked = True
    return value if is_linked else None
