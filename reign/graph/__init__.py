"""What waits for what: order, cycles as findings, optional edges, closures. Pure.

Not a scheduler, and no steps of a plan: only nodes and edges. networkx is loaded only to explain a cycle.
"""

from __future__ import annotations

from reign.graph.cycles import cycle_findings, cycles
from reign.graph.dag import CyclicGraph, Graph, build, closure, dependencies, of_resources
from reign.graph.optional import settle

__all__ = [
    "CyclicGraph",
    "Graph",
    "build",
    "closure",
    "cycle_findings",
    "cycles",
    "dependencies",
    "of_resources",
    "settle",
]
