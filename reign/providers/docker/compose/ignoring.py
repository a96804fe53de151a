"""Keys that a block says to leave out of its files: `develop` of every service, `deploy.placement`, `services.web.ports`."""

from __future__ import annotations

from collections.abc import Iterable

from reign.providers.docker.compose.tree import entries, mapping
from reign.yaml.nodes import Mapping, Node

SECTIONS = ("services", "networks", "volumes", "secrets", "configs")


def without_ignored(root: Mapping, names: Iterable[str]) -> Mapping:
    """`root` without what `names` name: whole sections, paths from the top, or else keys of every entry of a section."""
    made: Node = root
    for name in names:
        path = tuple(name.split("."))
        made = _without(made, path)
        if path[0] not in SECTIONS:
            for section in SECTIONS:
                made = _without(made, (section, "*", *path))
    return made if isinstance(made, Mapping) else root


def _without(node: Node, path: tuple[str, ...]) -> Node:
    if not isinstance(node, Mapping):
        return node
    kept = []
    for name, key, item in entries(node):
        if path[0] not in ("*", name):
            kept.append((name, key, item))
        elif len(path) > 1:
            kept.append((name, key, _without(item, path[1:])))
    return mapping(node, kept)
