"""A graph of what waits for what, its order and its closures."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from reign.model.address import Address
from reign.model.resource import Resource

N = TypeVar("N", bound=Hashable)


class CyclicGraph(Exception):
    """There is no order: `cycles` tells why."""


@dataclass(frozen=True, slots=True)
class Graph(Generic[N]):
    """`needs[a]` is what `a` waits for, `needed_by[b]` what waits for `b`. Every node is a key of both.

    The order of `nodes` decides wherever the edges leave a choice.
    """

    nodes: tuple[N, ...]
    needs: Mapping[N, tuple[N, ...]]
    needed_by: Mapping[N, tuple[N, ...]]
    _ordered: list[N] = field(default_factory=list, init=False, repr=False, compare=False)

    def order(self) -> tuple[N, ...]:
        """Every node after all that it waits for; what comes first in `nodes` first. Raises CyclicGraph.

        Worked out once and kept.
        """
        if len(self._ordered) < len(self.nodes):
            self._ordered[:] = self._sorted()
        return tuple(self._ordered)

    def _sorted(self) -> list[N]:
        place = {node: index for index, node in enumerate(self.nodes)}
        open_needs = [len(self.needs[node]) for node in self.nodes]
        ready = [index for index, count in enumerate(open_needs) if not count]
        done: list[N] = []
        while ready:
            node = self.nodes[heapq.heappop(ready)]
            done.append(node)
            for waiting in self.needed_by[node]:
                index = place[waiting]
                open_needs[index] -= 1
                if not open_needs[index]:
                    heapq.heappush(ready, index)
        if len(done) < len(self.nodes):
            raise CyclicGraph
        return done


def build(nodes: Iterable[N], edges: Iterable[tuple[N, N]]) -> Graph[N]:
    """The graph of `nodes` with an edge `(a, b)` for each `a` that waits for `b`.

    Repeated edges count once; an edge to or from what is no node is left out, since nothing could wait for it.
    """
    order = tuple(dict.fromkeys(nodes))
    needs: dict[N, dict[N, None]] = {node: {} for node in order}
    needed_by: dict[N, list[N]] = {node: [] for node in order}
    for waiting, needed in edges:
        if waiting in needs and needed in needs and needed not in needs[waiting]:
            needs[waiting][needed] = None
            needed_by[needed].append(waiting)
    return Graph(
        order,
        {node: tuple(found) for node, found in needs.items()},
        {node: tuple(found) for node, found in needed_by.items()},
    )


def of_resources(desired: Mapping[Address, Resource]) -> Graph[Address]:
    """What is declared, by its `depends_on`, ties in address order."""
    return build(
        sorted(desired, key=Address.sort_key),
        ((address, needed) for address, resource in desired.items() for needed in resource.depends_on),
    )


def closure(start: Iterable[N], following: Callable[[N], Iterable[N]]) -> set[N]:
    """`start` and everything that `following` leads to, in any number of steps."""
    found = set(start)
    todo = list(found)
    while todo:
        for node in following(todo.pop()):
            if node not in found:
                found.add(node)
                todo.append(node)
    return found


def dependencies(graph: Graph[N], start: Iterable[N], known: set[N] | frozenset[N] = frozenset()) -> set[N]:
    """`start` and all that it waits for, without what is in `known` and what only that leads to."""
    return closure(
        (node for node in start if node not in known),
        lambda node: (needed for needed in graph.needs[node] if needed not in known),
    )
