"""Relative paths of a compose file, which are meant from its own folder, told from the project folder."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from collections.abc import Mapping as Values

from reign.providers.docker.compose.tree import entries, filled, mapping, sequence, value_of
from reign.yaml.nodes import Mapping, Node, Scalar, Sequence

_REMOTE = re.compile(r"[a-z+]+://|git@|github\.com/|[a-z-]+:")
_WHOLE = re.compile(r"[/~\\]|[a-zA-Z]:[\\/]")
Change = Callable[[Node], Node]
Changes = Values[str, Change]


def based(root: Mapping, folder: str) -> Mapping:
    """`root` with its paths from the project folder; `folder` is what they are written from."""
    if not folder:
        return root

    def path(node: Node) -> Node:
        return _moved(node, folder)

    def mount(node: Node) -> Node:
        return _mount(node, folder)

    service = {
        "build": lambda node: _fields(node, {"context": path}) if isinstance(node, Mapping) else path(node),
        "env_file": lambda node: _each(node, lambda item: _fields(item, {"path": path}, path)),
        "label_file": lambda node: _each(node, path),
        "volumes": lambda node: _each(node, mount),
        "credential_spec": lambda node: _fields(node, {"file": path}),
    }
    file = {"file": path}
    sections: dict[str, Change] = {
        "services": lambda node: _all(node, service),
        "secrets": lambda node: _all(node, file),
        "configs": lambda node: _all(node, file),
        "volumes": lambda node: _all(node, {"driver_opts": lambda options: _device(options, path)}),
    }
    made = _fields(root, sections)
    return made if isinstance(made, Mapping) else root


def _moved(node: Node, folder: str) -> Node:
    text = value_of(node)
    if not isinstance(text, str) or not text or _WHOLE.match(text) or _REMOTE.match(text):
        return node
    moved = os.path.normpath(f"{folder}/{text}")
    return filled(node, moved if moved.startswith(".") else f"./{moved}")


def _mount(node: Node, folder: str) -> Node:
    """The folder of a bind, in either form."""
    if isinstance(node, Mapping):
        is_bind = value_of(node.get("type")) == "bind"
        return _fields(node, {"source": lambda source: _moved(source, folder)}) if is_bind else node
    text = value_of(node)
    if not isinstance(text, str) or not text.startswith(".") or not isinstance(node, Scalar):
        return node
    source, sign, rest = text.partition(":")
    return filled(node, f"{value_of(_moved(filled(node, source), folder))}{sign}{rest}")


def _device(options: Node, path: Change) -> Node:
    """The folder that a volume of the local driver binds."""
    is_bind = isinstance(options, Mapping) and "bind" in str(value_of(options.get("o"))).split(",")
    return _fields(options, {"device": path}) if is_bind else options


def _all(node: Node, changes: Changes) -> Node:
    if not isinstance(node, Mapping):
        return node
    return _same_tag(mapping(node, [(name, key, _fields(item, changes)) for name, key, item in entries(node)]), node)


def _fields(node: Node, changes: Changes, otherwise: Change | None = None) -> Node:
    """A map with some of its values changed."""
    if not isinstance(node, Mapping):
        return otherwise(node) if otherwise and isinstance(node, Scalar) else node
    made = [(name, key, changes[name](item) if name in changes else item) for name, key, item in entries(node)]
    return _same_tag(mapping(node, made), node)


def _each(node: Node, change: Change) -> Node:
    if not isinstance(node, Sequence):
        return change(node)
    made = sequence(node, [change(item) for item in node.items])
    made.tag = node.tag
    return made


def _same_tag(made: Mapping, like: Mapping) -> Mapping:
    made.tag = like.tag
    return made
