"""Edges that are wanted but not at any price: kept only where they make no cycle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reign.graph.cycles import as_networkx
from reign.graph.dag import CyclicGraph, Graph, N, build


def settle(
    nodes: Sequence[N], edges: Iterable[tuple[N, N]], wanted: Sequence[Iterable[tuple[N, N]]]
) -> tuple[Graph[N], tuple[tuple[N, N], ...]]:
    """The graph of `edges` and of those in `wanted` that make no cycle, and the ones left out.

    `wanted` is in falling order of importance: a later group gives way to an earlier one. Edges as in `build`.
    `edges` alone must have an order (CyclicGraph otherwise). Linear in nodes and edges for each group: an edge is
    judged by where the graph so far puts its ends, and only when it stands in a knot.
    """
    kept = list(edges)
    graph = build(nodes, kept)
    order = graph.order()
    dropped: list[tuple[N, N]] = []
    for group in wanted:
        extra = list(group)
        if not extra:
            continue
        trial = build(nodes, [*kept, *extra])
        try:
            order = trial.order()
        except CyclicGraph:
            place = {node: index for index, node in enumerate(order)}
            knot = _knots(trial)
            against = [edge for edge in extra if _is_against(edge, knot, place)]
            dropped += against
            refused = set(against)
            extra = [edge for edge in extra if edge not in refused]
            trial = build(nodes, [*kept, *extra])
            order = trial.order()
        kept += extra
        graph = trial
    return graph, tuple(dropped)


def _is_against(edge: tuple[N, N], knot: dict[N, int], place: dict[N, int]) -> bool:
    waiting, needed = edge
    if waiting not in knot or needed not in knot:
        return False
    return knot[waiting] == knot[needed] and place[needed] >= place[waiting]


def _knots(graph: Graph[N]) -> dict[N, int]:
    """The number of each node's strongly connected component."""
    import networkx as nx

    knots = nx.strongly_connected_components(as_networkx(graph))
    return {node: number for number, members in enumerate(knots) for node in members}
