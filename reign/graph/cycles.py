"""Cycles, told as the whole path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reign.graph.dag import CyclicGraph, Graph, N
from reign.model.address import Address
from reign.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx as nx

    from reign.model.resource import Resource


def cycles(graph: Graph[N]) -> tuple[tuple[N, ...], ...]:
    """One cycle for each knot of nodes that wait for each other, as the path from its first node back to that node.

    Of each knot the shortest cycle through the node that comes first in `graph.nodes`: `(a, b, a)`, or `(a, a)`.
    """
    try:
        graph.order()
    except CyclicGraph:
        return _cycles(graph)
    return ()


def _cycles(graph: Graph[N]) -> tuple[tuple[N, ...], ...]:
    import networkx as nx

    whole = as_networkx(graph)
    place = {node: index for index, node in enumerate(graph.nodes)}
    found: list[tuple[N, ...]] = []
    for knot in nx.strongly_connected_components(whole):
        first = min(knot, key=place.__getitem__)
        if whole.has_edge(first, first):
            found.append((first, first))
        elif len(knot) > 1:
            inside = whole.subgraph(knot)
            ways = (nx.shortest_path(inside, needed, first) for needed in graph.needs[first] if needed in knot)
            found.append((first, *min(ways, key=len)))
        else:
            continue
    return tuple(sorted(found, key=lambda path: place[path[0]]))


def as_networkx(graph: Graph[N]) -> nx.DiGraph[N]:
    """The same graph for networkx, edges from what waits to what it waits for. Loading networkx takes a tenth of a second."""
    import networkx as nx

    whole: nx.DiGraph[N] = nx.DiGraph()
    whole.add_nodes_from(graph.nodes)
    whole.add_edges_from((node, needed) for node in graph.nodes for needed in graph.needs[node])
    return whole


def cycle_findings(graph: Graph[Address], desired: Mapping[Address, Resource]) -> tuple[Finding, ...]:
    """A finding `graph/cycle` for each cycle, about the block it begins with; the other blocks are `related`.

    Its own place is for whoever knows the files to add, with the lines.
    """
    return tuple(_finding(path, desired) for path in cycles(graph))


def _finding(path: tuple[Address, ...], desired: Mapping[Address, Resource]) -> Finding:
    whole = " -> ".join(str(address) for address in path)
    places = [resource.place for address in path[1:-1] if (resource := desired.get(address))]
    own = len(path) == 2
    return Finding(
        code="graph/cycle",
        summary="Resources wait for each other in a circle",
        detail=(
            f"{whole}: each waits for the next, by depends_on, a reference or a trigger, "
            f"{'and nothing can wait for itself' if own else 'so none of them could ever be the first'}."
        ),
        address=str(path[0]),
        related=tuple(place for place in places if place),
        fix=(
            f"Remove the reference of {path[0]} to itself."
            if own
            else "Remove one of these references, or move what both sides need into a resource of its own."
        ),
    )
