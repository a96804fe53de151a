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
from reign.model.values import Deferred, Path, Spec, Unknown, Value
from reign.planning.inputs import Inputs
from reign.planning.shapes import Shapes

Trouble = tuple[Path, ExpressionError]


class Filler:
    """Evaluates what is `Deferred`, with `view` for the values at an address."""

    def __init__(self, inputs: Inputs, view: Callable[[Address], Mapping[str, Value]]) -> None:
        managed = [group for group in inputs.groups if group.mode == "managed"]
        roots: dict[str, Any] = {"resources": resource_root(managed, view), "run": {"id": Unknown(("run.id",))}}
        self._scope = Scope(roots=roots, functions=inputs.functions)

    def spec(self, spec: Spec, troubles: list[Trouble]) -> Spec:
        """`spec` with nothing deferred in it. What cannot be evaluated is unknown, and told in `troubles`."""
        return cast("Spec", self.value(spec, (), troubles))

    def value(self, value: Value, path: Path, troubles: list[Trouble]) -> Value:
        """The same for a value at `path`. What holds nothing deferred is returned as it is."""
        if isinstance(value, Deferred):
            try:
                return resolve(value.text, self._scope, value.kind)
            except ExpressionError as error:
                troubles.append((path, error))
                return Unknown()
        if isinstance(value, dict):
            filled = {key: self.value(item, (*path, key), troubles) for key, item in value.items()}
            return filled if any(filled[key] is not item for key, item in value.items()) else value
        if isinstance(value, list):
            items = [self.value(item, (*path, index), troubles) for index, item in enumerate(value)]
            return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
        return value


def desired_now(inputs: Inputs) -> Mapping[Address, Resource]:
    """Every declared resource with its spec resolved as far as the state's outputs allow, and normalised.

    For looking at reality before planning; `inputs.observed` is not read. A resource whose spec cannot be evaluated
    or is refused is left out: the plan says why. Of a project with a cycle nothing is returned.
    """
    shapes, held = Shapes(inputs.schema), inputs.prior.resources
    found: dict[Address, Resource] = {}

    def view(address: Address) -> Mapping[str, Value]:
        resource, snapshot, shape = found.get(address), held.get(address), shapes.of(address.type)
        spec = resource.spec if resource else {}
        unknown = shape.unknown_outputs(address, spec) if shape else {}
        return {**unknown, **spec, **(snapshot.outputs if snapshot else {})}

    filler = Filler(inputs, view)
    try:
        order = of_resources(inputs.desired).order()
    except CyclicGraph:
        return {}
    for address in order:
        troubles: list[Trouble] = []
        resource = inputs.desired[address]
        spec = filler.spec(resource.spec, troubles)
        if troubles or shapes.of(address.type) is None:
            continue
        try:
            found[address] = replace(resource, spec=inputs.normalize(address.type, spec))
        except InvalidSpec:
            continue
    return found
