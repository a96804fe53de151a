"""The defaults of sensitive variables are not shown: neither in the lines around a finding, nor told to be hashed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reign.model.values import Path
from reign.yaml.nodes import Mapping, Node, Scalar
from reign.yaml.scalars import core, is_null


def hide_defaults(layers: Iterable[Mapping], made: Mapping) -> None:
    """Hide what any layer of `made` gives a sensitive variable: what is laid over a value does not unwrite it."""
    declared = made.get("variables")
    for name, (_, body) in declared.pairs.items() if isinstance(declared, Mapping) else ():
        said = body.get("sensitive") if isinstance(body, Mapping) else None
        if isinstance(said, Scalar) and not is_null(said) and core(said) is not False:
            for layer in layers:
                for node in _under(layer, ("variables", name, "default")):
                    node.source.hide(node)


def _under(node: Node, path: Path) -> Iterator[Node]:
    """What stands at `path` of an overlay, whatever the signs of its keys."""
    if not path:
        yield node
    elif isinstance(node, Mapping):
        for sign in ("", "+", "!"):
            below = node.get(f"{path[0]}{sign}")
            if below is not None:
                yield from _under(below, path[1:])
