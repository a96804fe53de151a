"""What the planner asks of a type again and again, worked out once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from reign.model.address import Address
from reign.model.schema import Schema
from reign.model.values import Sensitive, Spec, Unknown, Value, is_known, is_sensitive, reveal, to_json, unknowns

Identity: TypeAlias = tuple[str, str, tuple[str, ...]]
"""(space, connection, values of the identity fields, as JSON but for plain text): what stands for one outside thing."""


@dataclass(frozen=True, slots=True)
class Shape:
    """blind: fields that the outside system cannot tell, or is never told. recorded, holds, identity: the fields so annotated.
    is_guarded: as of the schema.
    """

    schema: Schema
    blind: frozenset[str]
    recorded: frozenset[str]
    holds: tuple[str, ...]
    identity: tuple[str, ...]
    is_guarded: bool

    @property
    def space(self) -> str:
        """Within it, an identity stands for one thing."""
        return self.schema.space or self.schema.type

    def identity_of(self, connection: str, spec: Spec) -> Identity | None:
        """None where the type has no identity, none is set, or it is not known yet."""
        values = [spec.get(name) for name in self.identity]
        if not is_known(values) or values.count(None) == len(values):
            return None
        return (self.space, connection, tuple([_canonical(value) for value in values]))

    def may_share(self, one: Spec, other: Spec) -> bool:
        """Whether two resources with the same identity may both stand for the thing: it is nobody's, and they agree on it."""
        shared = self.schema.shared
        return shared is not None and shared.holds(one) and self._told(one) == self._told(other)

    def _told(self, spec: Spec) -> Spec:
        return {name: value for name, value in spec.items() if name not in self.recorded and value is not None}

    def unknown_outputs(self, address: Address, spec: Spec) -> Spec:
        """Outputs of something that is still to be made: what the spec says by the same name, else unknown."""
        hidden = self.hidden(spec)
        return {name: self.output_of(address, name, spec, hidden) for name in self.schema.outputs}

    def output_of(self, address: Address, name: str, spec: Spec, hidden: frozenset[str]) -> Value:
        """One output as far as only the spec tells it; `hidden` are those that must not be shown."""
        if name not in spec:
            return Unknown((f"{address}.{name}",), name in hidden)
        value = spec[name]
        if name not in hidden or value is None or isinstance(value, Sensitive | Unknown):
            return value
        return (
            Sensitive(reveal(value), output_template(address, name))
            if is_known(value)
            else Unknown(unknowns(value), sensitive=True)
        )

    def hidden(self, spec: Spec) -> frozenset[str]:
        """The outputs that must not be shown of what has this spec."""
        return self.schema.sensitive_outputs(spec) if self.is_guarded or is_sensitive(spec) else _NOTHING


_NOTHING: frozenset[str] = frozenset()


def output_template(address: Address, output: str) -> str:
    """The expression that reads an output of `address`, as text."""
    root = "data" if address.mode == "data" else "resources"
    key = "" if address.key is None else f"[{json.dumps(address.key, ensure_ascii=False)}]"
    return f"${{{root}.{address.name}{key}.{output}}}"


def _canonical(value: Value) -> str:
    return f"={value}" if isinstance(value, str) else json.dumps(to_json(reveal(value)), sort_keys=True)


class Shapes:
    """The shapes of all types in use."""

    def __init__(self, schema: Callable[[str], Schema | None]) -> None:
        self._schema = schema
        self._known: dict[str, Shape | None] = {}

    def of(self, type: str) -> Shape | None:
        """The shape of a type (`Address.kind`); None for one that no provider has."""
        if type not in self._known:
            schema = self._schema(type)
            self._known[type] = None if schema is None else _shape(schema)
        return self._known[type]


def _shape(schema: Schema) -> Shape:
    fields = schema.fields.items()
    return Shape(
        schema,
        blind=frozenset(name for name, field in fields if field.recorded or not field.observed),
        recorded=frozenset(name for name, field in fields if field.recorded),
        holds=tuple(name for name, field in fields if field.holds),
        identity=tuple(name for name, field in fields if field.identity),
        is_guarded=schema.is_guarded,
    )
