"""The short forms of a compose file as its long ones, each at the place where it is written."""

from __future__ import annotations

from reign.providers.docker.compose.tree import Filled, entries, filled, is_empty, key_like, mapping, sequence, value_of
from reign.providers.docker.compose.variables import joined
from reign.yaml.nodes import Mapping, Node, Scalar, Sequence


def as_list(node: Node) -> Sequence:
    """A list, or one thing as a list of it."""
    if isinstance(node, Sequence):
        return node
    return sequence(node, [] if is_empty(node) else [node])


def as_names(node: Node) -> Mapping:
    """A map by name; a list of names as one."""
    if isinstance(node, Mapping):
        return node
    items = as_list(node).items
    return mapping(node, [(str(value_of(item)), key_like(item, str(value_of(item))), mapping(item)) for item in items])


def as_pairs(node: Node) -> Mapping:
    """A map; a list of `name=value` as one, in which a name alone has no value."""
    if isinstance(node, Mapping):
        return node
    return mapping(node, [_pair(item) for item in as_list(node).items])


def _pair(item: Node) -> tuple[str, Scalar, Node]:
    parts = [*item.parts] if isinstance(item, Filled) and item.parts else [value_of(item)]
    at = next((index for index, part in enumerate(parts) if not isinstance(part, str) or "=" in part), len(parts))
    front = parts[at] if at < len(parts) else ""
    last, sign, rest = front.partition("=") if isinstance(front, str) else ("", "", "")
    name = "".join([*map(str, parts[:at]), last])
    made = filled(item, joined([rest, *parts[at + 1 :]]) if sign else None)
    made.is_private = isinstance(item, Filled) and item.is_private
    return name, key_like(item, name), made


def as_lines(node: Node) -> Sequence:
    """A list; of a map a line `name=value` for each value."""
    if not isinstance(node, Mapping):
        return as_list(node)
    each = [(name, item) for name, _, values in entries(node) for item in as_list(values).items]
    return sequence(node, [filled(item, joined([f"{name}=", value_of(item)])) for name, item in each])


def as_build(node: Node) -> Mapping:
    """The long form of `build`; a text is the context."""
    if isinstance(node, Mapping):
        return node
    return mapping(node) if is_empty(node) else mapping(node, [("context", key_like(node, "context"), node)])
