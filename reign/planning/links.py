"""What held at one time, with what its parts took from each other as the expressions that it was declared as: what is made
anew has a new id, and whatever held the old one is to hold the new one.
"""

from __future__ import annotations

from collections.abc import Mapping

from reign.model.address import Address
from reign.model.errors import InvalidSpec
from reign.model.event import OutputValue
from reign.model.resource import Resource, Snapshot
from reign.model.values import MISSING, Path, Spec, Value, is_known, lookup, parse_path
from reign.planning.diff import differences
from reign.planning.inputs import Inputs
from reign.planning.resolve import Filler, Trouble
from reign.planning.shapes import Shapes

_READ = ("template", "source", "text_source")
"""Kinds of fields that name a file: what was read from it then is recorded, and it may hold something else by now."""


class Links:
    """`held` at one time, `inputs.groups` being the blocks behind it.

    An expression counts where, with the values of that time, it gives exactly what was recorded: only then does what was
    recorded follow from it.
    """

    def __init__(self, held: Mapping[Address, Snapshot], inputs: Inputs, shapes: Shapes) -> None:
        self._held, self._inputs, self._shapes = held, inputs, shapes
        self._filler = Filler(inputs, self._view)

    def spec(self, resource: Resource) -> Spec:
        """The spec of `resource`, which is as it was recorded, with the expressions that it follows from."""
        held = self._held[resource.address]
        needed = {each.text for each in resource.depends_on if each in self._held}
        shape = self._shapes.of(resource.address.kind)
        if shape is None or not held.links or not needed.issuperset(held.depends_on):
            return resource.spec
        spec = resource.spec
        for text, link in held.links.items():
            try:
                path = parse_path(text)
            except ValueError:
                continue  # written by hand
            field = shape.schema.fields.get(str(path[0]))
            if field is None or field.kind.name in _READ or lookup(spec, path) is MISSING:
                continue
            linked = _placed(spec, path, link)
            if self._gives(linked, resource):
                spec = linked
        return spec

    def output(self, held: OutputValue) -> Value:
        """The same for the value of a project's output."""
        if held.link is None:
            return held.value
        found = self._filled({"": held.link})
        is_same = found is not None and not differences({"": held.value}, found, self._inputs.hash)
        return held.link if is_same else held.value

    def _gives(self, linked: Spec, resource: Resource) -> bool:
        filled = self._filled(linked)
        if filled is None:
            return False
        try:
            made = self._inputs.normalize(resource.address.kind, filled)
        except InvalidSpec:
            return False
        return not differences(resource.spec, made, self._inputs.hash)

    def _filled(self, spec: Spec) -> Spec | None:
        troubles: list[Trouble] = []
        found = self._filler.spec(spec, troubles)
        return None if troubles or not is_known(found) else found

    def _view(self, address: Address) -> Mapping[str, Value]:
        held = self._held[address]
        return {**held.spec, **held.outputs}


def _placed(spec: Spec, path: Path, value: Value) -> Spec:
    """`spec` with `value` at `path`, which leads through maps."""
    name, rest = str(path[0]), path[1:]
    inner = spec[name]
    return {**spec, name: _placed(inner, rest, value) if rest and isinstance(inner, dict) else value}
