"""How deep a graph is, and which way through it is the longest."""

from __future__ import annotations

from collections.abc import Callable

from reign.graph.dag import Graph, N


def levels(graph: Graph[N]) -> dict[N, int]:
    """0 for what waits for nothing, else one more than the deepest it waits for. Raises CyclicGraph."""
    found: dict[N, int] = {}
    for node in graph.order():
        found[node] = 1 + max((found[needed] for needed in graph.needs[node]), default=-1)
    return found


def remaining(graph: Graph[N], weight: Callable[[N], float]) -> dict[N, float]:
    """From the start of each node to the end of the last that waits for it, with room for all at once.

    In the unit of `weight` (seconds, usually). What is largest should start first. Raises CyclicGraph.
    """
    found: dict[N, float] = {}
    for node in reversed(graph.order()):
        found[node] = weight(node) + max((found[waiting] for waiting in graph.needed_by[node]), default=0.0)
    return found


def critical_path(graph: Graph[N], weight: Callable[[N], float]) -> tuple[N, ...]:
    """The longest way from a node that waits for nothing to one that nothing waits for; () of an empty graph."""
    left = remaining(graph, weight)
    path: list[N] = []
    ahead: tuple[N, ...] = tuple(node for node in graph.nodes if not graph.needs[node])
    while ahead:
        path.append(max(ahead, key=left.__getitem__))
        ahead = graph.needed_by[path[-1]]
    return tuple(path)
