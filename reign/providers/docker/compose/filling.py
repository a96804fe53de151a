"""The variables of a compose file filled in, every one that has no value told at its place."""

from __future__ import annotations

from collections.abc import Mapping as Values
from dataclasses import dataclass, field

from reign.model.values import Value
from reign.providers.docker.compose.problems import Problems
from reign.providers.docker.compose.tree import entries, filled, mapping, sequence
from reign.providers.docker.compose.variables import Mistake, joined, pieces
from reign.yaml.nodes import Mapping, Node, Scalar, Sequence
from reign.yaml.offsets import place_of


@dataclass(frozen=True)
class Scope:
    """The variables that a file is filled in with: what is given first, then what its files of variables say."""

    given: Values[str, Value]
    told: Values[str, Value] = field(default_factory=dict)

    def lookup(self, name: str) -> Value:
        """See `variables.Lookup`."""
        return self.given[name] if name in self.given else self.told[name]

    def under(self, more: Values[str, Value]) -> Scope:
        """What `more` says counts where nothing else did."""
        return Scope(self.given, {**more, **self.told})


class Filler:
    """Fills in with the values of one scope; a node that aliases share is filled in once."""

    def __init__(self, scope: Scope, problems: Problems) -> None:
        self._scope, self._problems = scope, problems
        self._made: dict[int, Node] = {}
        self._is_private = False

    def __call__(self, node: Node) -> Node:
        """`node` with its variables filled in. What is under keys that begin with `x-` is left out."""
        made = self._made.get(id(node))
        if made is None:
            made = self._made[id(node)] = self._filled(node)
        return made

    def _filled(self, node: Node) -> Node:
        if isinstance(node, Mapping):
            made = mapping(node, [(name, key, self(value)) for name, key, value in entries(node)])
            made.tag = node.tag
            return made
        if isinstance(node, Sequence):
            items = sequence(node, [self(item) for item in node.items])
            items.tag = node.tag
            return items
        return self._scalar(node) if isinstance(node, Scalar) and "$" in node.text else node

    def _scalar(self, node: Scalar) -> Node:
        self._is_private = False
        try:
            parts = pieces(node.text, self._lookup)
            made = filled(node, joined(parts))
            made.is_private, made.parts = self._is_private, parts
            return made
        except Mistake as mistake:
            place = place_of(node, mistake.offset, mistake.width)
            self._problems.at(node, mistake.code, mistake.summary, mistake.detail, mistake.fix, place=place)
            return filled(node, "")

    def _lookup(self, name: str) -> Value:
        value = self._scope.lookup(name)
        self._is_private = self._is_private or name not in self._scope.given
        return value
