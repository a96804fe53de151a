"""One compose file laid over another, and a service over the one that it extends: by compose's own rules.

Maps unite; lists are appended without repeating; what tells a thing by a key (a variable, a target) replaces it; commands are
replaced. `!reset` takes away what stands below, `!override` replaces it as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from reign.model.values import Value
from reign.providers.docker.compose.shapes import as_build, as_lines, as_list, as_names, as_pairs
from reign.providers.docker.compose.tree import (
    OVERRIDE,
    RESET,
    entries,
    filled,
    is_empty,
    key_like,
    mapping,
    sequence,
    tag_of,
    value_of,
)
from reign.providers.docker.compose.wanted import STARTED
from reign.yaml.nodes import Mapping, Node, Sequence

Pattern: TypeAlias = tuple[str, ...]
Rule: TypeAlias = Callable[[Node, Node, Pattern], Node]


def merged(below: Node | None, above: Node | None, path: Pattern = ()) -> Node:
    """`above` laid over `below`, both at `path` of the file."""
    if above is None or below is None:
        return without_tags(below if above is None else above)  # type: ignore[arg-type]
    if tag_of(above) == OVERRIDE:
        return without_tags(above)
    rule = _rule(path)
    if rule is not None:
        return rule(below, above, path)
    if is_empty(above):
        return below
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        return _maps(below, above, path)
    if isinstance(below, Sequence) and isinstance(above, Sequence):
        return _appended(below, above, path)
    return above


def without_tags(node: Node) -> Node:
    """`node` alone: what it says to reset is not there."""
    if isinstance(node, Mapping):
        kept = [(name, key, without_tags(item)) for name, key, item in entries(node) if tag_of(item) != RESET]
        return mapping(node, kept)
    if isinstance(node, Sequence):
        return sequence(node, [without_tags(item) for item in node.items if tag_of(item) != RESET])
    return node


def _maps(below: Mapping, above: Mapping, path: Pattern) -> Mapping:
    found = dict(below.pairs)
    for name, key, item in entries(above):
        if tag_of(item) == RESET:
            found.pop(name, None)
            continue
        there = found.get(name)
        found[name] = (key, merged(there[1] if there else None, item, (*path, name)))
    return Mapping(above.source, above.line, above.column, above.start, above.end, found)


def _appended(below: Node, above: Node, path: Pattern) -> Node:  # noqa: ARG001
    found = as_list(below).items
    known = [value_of(item) for item in found]
    more = [item for item in as_list(above).items if value_of(item) not in known]
    return sequence(above, [*found, *more])


def _replaced(below: Node, above: Node, path: Pattern) -> Node:  # noqa: ARG001
    return above


def _named(below: Node, above: Node, path: Pattern) -> Node:
    """Lists of names, or maps by name, of which each tells more."""
    return _maps(as_names(below), as_names(above), path)


def _pairs(below: Node, above: Node, path: Pattern) -> Node:  # noqa: ARG001
    """Maps, or lists of `name=value`: what is said above holds."""
    found = dict(as_pairs(below).pairs)
    found.update(as_pairs(above).pairs)
    gone = {name for name, (_, item) in found.items() if tag_of(item) == RESET}
    return mapping(above, [(name, *pair) for name, pair in found.items() if name not in gone])


def _waits(below: Node, above: Node, path: Pattern) -> Node:
    """As names; one in a list is waited for as it is by default, whatever is said below."""
    if isinstance(above, Mapping):
        return _named(below, above, path)
    usual = [
        (name, key, mapping(key, [("condition", key_like(key, "condition"), filled(key, STARTED))]))
        for name, key, _ in entries(as_names(above))
    ]
    return _maps(as_names(below), mapping(above, usual), path)


def _lines(below: Node, above: Node, path: Pattern) -> Node:
    """Lists of `name=value` in which a name may stand several times, or maps of one or several values."""
    return _appended(as_lines(below), as_lines(above), path)


def _builds(below: Node, above: Node, path: Pattern) -> Node:
    return _maps(as_build(below), as_build(above), path)


def _logging(below: Node, above: Node, path: Pattern) -> Node:
    """Options are those of a driver, and go with it."""
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    drivers = {value_of(each.get("driver")) for each in (below, above) if each.get("driver")}
    return above if len(drivers) > 1 else _maps(below, above, path)


def _pools(below: Node, above: Node, path: Pattern) -> Node:
    """Subnets, told by themselves."""
    found: dict[str, Node] = {}
    for item in (*as_list(below).items, *as_list(above).items):
        subnet = str(value_of(item.get("subnet"))) if isinstance(item, Mapping) else repr(value_of(item))
        found[subnet] = merged(found.get(subnet), item, (*path, "*"))
    return sequence(above, found.values())


def _by(key: Callable[[Value], object]) -> Rule:
    """Lists of things that a key tells apart: the last one holds, at the place of the first."""

    def rule(below: Node, above: Node, path: Pattern) -> Node:  # noqa: ARG001
        found: dict[object, Node] = {}
        for item in (*as_list(below).items, *as_list(above).items):
            found[key(value_of(item))] = item
        return sequence(above, found.values())

    return rule


# Keys


def _before(sign: str, value: Value) -> object:
    return value.partition(sign)[0] if isinstance(value, str) else repr(value)


def target_of(value: Value) -> object:
    """Where something of the machine is seen in the container: of `source:target:options`, or of the long form."""
    if isinstance(value, dict):
        return value.get("target", repr(value))
    parts = str(value).split(":")
    return parts[1] if len(parts) > 1 else parts[0]


def _port_of(value: Value) -> object:
    if not isinstance(value, dict):
        return str(value)
    usual = {"host_ip": "0.0.0.0", "published": "", "target": "", "protocol": "tcp"}  # noqa: S104
    return tuple(str(value.get(name) or each) for name, each in usual.items())


def _file_of(value: Value) -> object:
    return value.get("path") if isinstance(value, dict) else value


def _grant_of(value: Value) -> object:
    return (value.get("target") or value.get("source")) if isinstance(value, dict) else value


_equal = _by(lambda value: _before("=", value))
_SERVICE: dict[Pattern, Rule] = {
    **dict.fromkeys([("annotations",), ("environment",), ("labels",), ("sysctls",)], _pairs),
    **dict.fromkeys([("build", name) for name in ("args", "additional_contexts", "labels")], _pairs),
    **dict.fromkeys([("deploy", "labels"), ("volumes", "*", "volume", "labels")], _pairs),
    **dict.fromkeys([("command",), ("entrypoint",), ("healthcheck", "test")], _replaced),
    **dict.fromkeys([("networks",), ("models",)], _named),
    **dict.fromkeys([("extra_hosts",), ("build", "extra_hosts")], _lines),
    **dict.fromkeys([("cap_add",), ("cap_drop",), ("dns",), ("dns_opt",), ("dns_search",), ("tmpfs",)], _equal),
    **dict.fromkeys([("links",), ("profiles",), ("expose",), ("label_file",)], _equal),
    **dict.fromkeys([("networks", "*", name) for name in ("aliases", "link_local_ips")], _equal),
    **dict.fromkeys([("volumes",), ("devices",)], _by(target_of)),
    **dict.fromkeys([("configs",), ("secrets",)], _by(_grant_of)),
    ("build",): _builds,
    ("build", "tags"): _equal,
    ("depends_on",): _waits,
    ("env_file",): _by(_file_of),
    ("ports",): _by(_port_of),
    ("logging",): _logging,
}
_RULES: dict[Pattern, Rule] = {
    **{("services", "*", *path): rule for path, rule in _SERVICE.items()},
    **{(section, "*", "labels"): _pairs for section in ("networks", "volumes", "secrets", "configs")},
    ("networks", "*", "ipam", "config"): _pools,
}


def _rule(path: Pattern) -> Rule | None:
    if len(path) < 3:
        return None
    return _RULES.get(path) or next((rule for pattern, rule in _RULES.items() if _fits(pattern, path)), None)


def _fits(pattern: Pattern, path: Pattern) -> bool:
    return len(pattern) == len(path) and all(each in ("*", part) for each, part in zip(pattern, path, strict=True))
