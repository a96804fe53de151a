"""Fills in what specs refer to: with planned values while planning, with the state's before anything was looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from reign.expression import ExpressionError, Scope, resolve, resource_root
from reign.graph import CyclicGraph, of_resources
from reign.model.address import Address
from reign.model.errors import InvalidSpec
from reign.model.resource import Resource
from reign.model.values import PLAIN, Deferred, Path, Spec, Unknown, Value, is_sensitive
from reign.planning.inputs import Inputs, LookedUp
from reign.planning.marks import hidden_outputs
from reign.planning.moving import moved_state
from reign.planning.shapes import Shapes

Trouble = tuple[Path, ExpressionError]


class Filler:
    """Evaluates what is `Deferred`, with `view` for the values at an address."""

    def __init__(self, inputs: Inputs, view: Callable[[Address], Mapping[str, Value]]) -> None:
        managed = [group for group in inputs.groups if group.mode == "managed"]
        looked_up = [group for group in inputs.groups if group.mode == "data"]
        self._roots: Mapping[str, Any] = {
            **inputs.roots,
            "resources": resource_root(managed, view),
            "data": resource_root(looked_up, view),
            "run": {"id": Unknown(("run.id",))},
        }
        self._functions = inputs.functions
        self._scope = Scope(roots=self._roots, functions=inputs.functions)

    def spec(self, spec: Spec, troubles: list[Trouble]) -> Spec:
        """`spec` with nothing deferred in it. What cannot be evaluated is unknown, and told in `troubles`."""
        return cast("Spec", self.value(spec, (), troubles))

    def value(self, value: Value, path: Path, troubles: list[Trouble], own: Mapping[str, Value] | None = None) -> Value:
        """The same for a value at `path`; `own` is what `self` reads. What holds nothing deferred is returned as it is."""
        scope = self._scope
        if own is not None:
            scope = Scope(roots={**self._roots, "self": own}, functions=self._functions)
        return _filled(value, path, scope, troubles)


def _filled(value: Value, path: Path, scope: Scope, troubles: list[Trouble]) -> Value:
    if isinstance(value, dict | list):
        made: Any = None
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            if item.__class__ not in PLAIN:
                new = _filled(item, (*path, key), scope, troubles)
                if new is not item:
                    made = value.copy() if made is None else made
                    made[key] = new
        return value if made is None else cast("Value", made)
    if not isinstance(value, Deferred):
        return value
    try:
        return resolve(value.text, scope, value.kind)
    except ExpressionError as error:
        troubles.append((path, error))
        return Unknown()


def desired_now(inputs: Inputs) -> Mapping[Address, Resource]:
    """Every declared resource with its spec resolved as far as the state's outputs and `inputs.data` allow, and normalised.

    For looking at reality, and for looking data up, before planning; `inputs.observed` is not read. A resource whose spec
    cannot be evaluated or is refused is left out: the plan says why. Of a project with a cycle nothing is returned.
    """
    return seen_by_state(inputs)[0]


def seen_by_state(inputs: Inputs) -> tuple[Mapping[Address, Resource], Callable[[Address], Mapping[str, Value]]]:
    """The same, and what an expression reads at an address by it: outputs of the state over what is declared."""
    shapes, held = Shapes(inputs.schema), moved_state(inputs).resources
    found: dict[Address, Resource] = {}

    def view(address: Address) -> Mapping[str, Value]:
        resource, snapshot, shape = found.get(address), held.get(address), shapes.of(address.kind)
        spec = resource.spec if resource else {}
        unknown = shape.unknown_outputs(address, spec) if shape else {}
        told = inputs.data.get(address)
        outputs = told.outputs if isinstance(told, LookedUp) else snapshot.outputs if snapshot else {}
        if shape is not None and (shape.is_guarded or is_sensitive(spec)):
            outputs = hidden_outputs(outputs, address, shape, spec)
        return {**unknown, **spec, **outputs}

    filler = Filler(inputs, view)
    try:
        order = of_resources(inputs.desired).order()
    except CyclicGraph:
        return {}, view
    for address in order:
        troubles: list[Trouble] = []
        resource = inputs.desired[address]
        spec = filler.spec(resource.spec, troubles)
        if troubles or shapes.of(address.kind) is None:
            continue
        try:
            found[address] = replace(resource, spec=inputs.normalize(address.kind, spec))
        except InvalidSpec:
            continue
    return found, view
