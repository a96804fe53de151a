"""What was recorded as a value and came from another resource, as a reference to it: what is made anew has a new id, and
whatever held the old one is to hold the new one.

The history holds values alone. A text of a spec counts as taken from a recorded dependency where it is a text that this
one's provider made, or holds one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from reign.expression import Node, Text, parse_expression, show_text
from reign.model.address import Address
from reign.model.resource import Group, Resource, Snapshot
from reign.model.schema import Field
from reign.model.values import (
    Deferred,
    Path,
    Sensitive,
    Spec,
    Value,
    leaves,
    lookup,
    mapped,
    parse_path,
    path_matches,
    reveal,
)
from reign.planning.shapes import Shape, Shapes

WHOLE, PART = 4, 6
"""So many characters a text has to have to count where it is all of a value, and where it is a part of one: shorter ones
stand in many places by chance, and name nothing."""
_NO_VALUES = ("template", "source", "text_source")
"""Kinds of fields in which no value of another resource can stand."""


class _Made(NamedTuple):
    """A text that a resource gave, and the expression that reads it. `is_carried`: it has it from another one itself."""

    text: str
    expression: str
    hides: bool
    is_carried: bool = False


class Links:
    """What held at one time, with references between its parts. Ask for what a resource depends on before itself."""

    def __init__(self, held: Mapping[Address, Snapshot], groups: Iterable[Group], shapes: Shapes) -> None:
        self._held, self._shapes = held, shapes
        self._groups = {group.name: group for group in groups}
        self._made: dict[Address, tuple[_Made, ...]] = {}

    def spec(self, resource: Resource) -> Spec:
        """The spec of `resource`, which is as it was recorded, with references to what it depends on."""
        address, spec, shape = resource.address, resource.spec, self._shapes.of(resource.address.kind)
        needed = [each for each in resource.depends_on if each in self._held and each != address]
        linked = self._linked(spec, shape, needed) if shape is not None and needed else spec
        self._made[address] = tuple(self._given(resource, linked)) if shape is not None else ()
        return linked

    def _linked(self, spec: Spec, shape: Shape, needed: Sequence[Address]) -> Spec:
        """What comes from elsewhere is taken from where it was made, not from what has it from there as well. A field that
        holds something names it, by whatever that says of itself.
        """
        made = [each for other in needed for each in self._made.get(other, ())]
        made.sort(key=lambda each: each.is_carried)
        linked = spec
        for name, value in spec.items():
            if value is None:
                continue
            found, whole = made, WHOLE
            if name in shape.holds:
                found, whole = [each for other in needed for each in self._said(other)], 1
            new = _linked(value, shape.schema.fields.get(name), found, whole) if found else value
            linked = linked if new is value else {**linked, name: new}
        return linked

    def output(self, value: Value) -> Value:
        """A value of the project with references to all that stands."""
        return _linked(
            value,
            None,
            sorted((each for made in self._made.values() for each in made), key=lambda each: each.is_carried),
        )

    def _given(self, resource: Resource, linked: Spec) -> Iterator[_Made]:
        """What only making it tells: outputs that its spec does not say by the same name, and what came to it so. What it
        ignores changes of stays as it is, and tells nothing.
        """
        held, front = self._held[resource.address], self._expression(resource.address)
        if not front:
            return
        yield from _texts({name: value for name, value in held.outputs.items() if held.spec.get(name) is None}, front)
        if linked is held.spec:
            return
        ignored = [parse_path(text) for text in resource.lifecycle.ignore_changes]
        for path, leaf in leaves(linked):
            if isinstance(leaf, Deferred) and not any(path_matches(pattern, path) for pattern in ignored):
                for made in _texts(lookup(held.spec, path), front, path):
                    yield made._replace(is_carried=True)

    def _said(self, address: Address) -> Iterator[_Made]:
        """Everything that it says of itself."""
        front, held = self._expression(address), self._held[address]
        return _texts({**held.spec, **held.outputs}, front) if front else iter(())

    def _expression(self, address: Address) -> str:
        """What reads `address`; empty where nothing does."""
        group = self._groups.get(address.name)
        if group is None or group.type != address.type or address.key not in group.keys:
            return ""
        key = group.keys.index(address.key) if group.shape == "list" else address.key
        return f"resources.{address.name}{'' if key is None else _step(key)}"


def _texts(value: Value, front: str, path: Path = ()) -> Iterator[_Made]:
    """The texts at or under `value`, which is read at `path` behind `front`."""
    for inner, leaf in leaves(value, path):
        text = reveal(leaf) if isinstance(leaf, Sensitive) else leaf
        if isinstance(text, str) and text:
            yield _Made(text, front + "".join(map(_step, inner)), isinstance(leaf, Sensitive))


def _step(part: str | int) -> str:
    """One step of a path, as an expression takes it."""
    return f"[{json.dumps(part, ensure_ascii=False)}]"


def _linked(value: Value, field: Field | None, made: Sequence[_Made], whole: int = WHOLE) -> Value:
    """`value` of `field` with references to what was `made`, where that is of `whole` characters or more."""
    kind = field.kind.name if field is not None else "any"
    if kind in _NO_VALUES or (kind == "command" and isinstance(value, str)):
        return value  # the text of a command is code, in which no value stands
    if kind == "command" and isinstance(value, dict):
        held = value.get("with")
        new = _linked(held, None, made, whole)
        return value if new is held else {**value, "with": new}
    return mapped(value, (str, Sensitive), lambda part, _: _reference(part, made, whole))


def _reference(part: str | Sensitive, made: Sequence[_Made], whole: int) -> Value:
    text, hides = (reveal(part.value), True) if isinstance(part, Sensitive) else (part, False)
    if not isinstance(text, str) or len(text) < min(whole, PART):
        return part
    for each in made:
        if each.text == text and each.hides is hides and len(text) >= whole:
            return Deferred(f"${{{each.expression}}}")
    inside = [each for each in made if len(each.text) >= PART and not each.hides and each.text in text]
    if hides or not inside:
        return part  # what stands around it must not be shown either
    return Deferred(_with_references(text, max(inside, key=lambda each: len(each.text))), "string")


def _with_references(text: str, made: _Made) -> str:
    """`text` with a reference wherever it holds what was `made`."""
    between: list[str | Node] = []
    for piece in text.split(made.text):
        between += [parse_expression(made.expression), piece]
    return show_text(Text(tuple(part for part in between[1:] if part != "")))
