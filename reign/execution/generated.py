"""Which secrets a run has to make up before it can begin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reign.expression import parse, references
from reign.model.plan import Plan
from reign.model.values import Deferred, Secret, Sensitive, Unknown, Value, leaves

_ROOT = "secret"


def to_generate(plan: Plan, held: Mapping[str, Secret], told: Mapping[str, Any]) -> dict[str, int]:
    """The secrets that are read by what is done, and that neither the state (`held`) nor `told`, the values that can be
    read by now, knows yet: name -> length.
    """
    made_up = {name: source.what for name, source in plan.secrets.items() if source.kind == "generate"}
    missing = {
        name: what for name, what in made_up.items() if name not in held and not isinstance(told.get(name), Sensitive)
    }
    if not missing:
        return {}
    read = {name for value in _in_use(plan) for name in _names(value, missing)}
    return {name: what for name, what in sorted(missing.items()) if name in read and isinstance(what, int)}


def _in_use(plan: Plan) -> Iterator[Value]:
    """Every value that the run resolves."""
    connections = set()
    for change in plan.actions():
        connections.add(change.connection)
        yield change.after
        if change.desired is not None:
            yield change.desired.spec
            if change.desired.health is not None:
                yield change.desired.health.target
    yield from (plan.connections.get(name) for name in sorted(connections))
    yield from (output.value for output in plan.outputs if output.action in ("create", "update"))


def _names(value: Value, among: Mapping[str, Value]) -> Iterator[str]:
    """The secrets that a value reads or waits for; all of them where a name is told by an expression."""
    for _, leaf in leaves(value):
        if isinstance(leaf, Unknown):
            front = f"{_ROOT}."
            yield from (name.removeprefix(front) for name in leaf.waits_for if name.startswith(front))
        elif isinstance(leaf, Deferred):
            for reference in references(parse(leaf.text)):
                if reference.root == _ROOT:
                    yield from [str(reference.path[0])] if reference.path else among
