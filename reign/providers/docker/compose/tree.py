"""What a compose file says, as nodes that know their place, and as plain values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Sequence as Several
from dataclasses import dataclass

from reign.model.values import Sensitive, Value
from reign.yaml.nodes import Mapping, Node, Scalar, Sequence
from reign.yaml.scalars import core, is_null

RESET, OVERRIDE = "!reset", "!override"
TAGS = frozenset((RESET, OVERRIDE))
"""The tags that compose files may hold: leave this out of what is laid over; put this in its place as a whole."""

_OCTAL = re.compile(r"[-+]?0[0-7]+")


@dataclass(slots=True, eq=False)
class Filled(Scalar):
    """A scalar whose variables are filled in. `value` is a text, or what becomes one; `is_private`: part of it stands in a
    file of variables, where passwords are kept; `parts` are what it was joined from.
    """

    value: Value = ""
    is_private: bool = False
    parts: Several[Value] = ()


def filled(like: Node, value: Value) -> Filled:
    """A scalar at the place of `like`."""
    text = value if isinstance(value, str) else ""
    return Filled(like.source, like.line, like.column, like.start, like.end, text, "'", "", value)


def mapping(like: Node, pairs: Iterable[tuple[str, Scalar, Node]] = ()) -> Mapping:
    """A map at the place of `like`."""
    named = {name: (key, value) for name, key, value in pairs}
    return Mapping(like.source, like.line, like.column, like.start, like.end, named)


def sequence(like: Node, items: Iterable[Node]) -> Sequence:
    """A list at the place of `like`."""
    return Sequence(like.source, like.line, like.column, like.start, like.end, list(items))


def key_like(node: Node, name: str) -> Scalar:
    """A key called `name` at the place of `node`."""
    return Scalar(node.source, node.line, node.column, node.start, node.end, name, "", "")


def tag_of(node: Node) -> str:
    """`!reset`, `!override`, or nothing of these."""
    tag = node.tag if isinstance(node, Scalar | Sequence | Mapping) else ""
    return tag if tag in TAGS else ""


def is_empty(node: Node | None) -> bool:
    """Whether nothing is written there, or null."""
    return node is None or (isinstance(node, Scalar) and not isinstance(node, Filled) and is_null(node))


def value_of(node: Node | None) -> Value:
    """What stands at `node`. Keys that begin with `x-` are for others; a number that begins with 0 is octal, as in YAML 1.1."""
    if isinstance(node, Mapping):
        return {name: value_of(item) for name, (_, item) in node.pairs.items() if not name.startswith("x-")}
    if isinstance(node, Sequence):
        return [value_of(item) for item in node.items]
    if isinstance(node, Filled):
        return node.value
    if not isinstance(node, Scalar):
        return None
    if not node.style and not node.tag and _OCTAL.fullmatch(node.text):
        return int(node.text, 8)
    return core(node)


def private_value_of(node: Node | None) -> Value:
    """The same, with what stands in files of variables marked as sensitive."""
    if isinstance(node, Mapping):
        return {name: private_value_of(item) for name, _, item in entries(node)}
    if isinstance(node, Sequence):
        return [private_value_of(item) for item in node.items]
    value = value_of(node)
    return Sensitive(value) if isinstance(node, Filled) and node.is_private and isinstance(value, str) else value


def text_of(node: Node | None) -> Value:
    """The text that a scalar is where a text is asked for: true is `true`, 1.50 is `1.5`; None where there is none."""
    return as_text(value_of(node)) if isinstance(node, Scalar) else None


def as_text(value: Value) -> Value:
    """A scalar as the text that compose makes of it; None and what is not known stay."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case int():
            return str(value)
    return value


def entries(node: Node | None) -> list[tuple[str, Scalar, Node]]:
    """The keys of a map with their nodes, without those that are for others; none of anything else."""
    if not isinstance(node, Mapping):
        return []
    return [(name, key, value) for name, (key, value) in node.pairs.items() if not name.startswith("x-")]
