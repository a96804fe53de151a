"""What waits for what: order, cycles as findings, optional edges, closures, levels, critical path. Pure.

Not a scheduler, and no steps of a plan: only nodes and edges. networkx is loaded only to explain a cycle.
"""

from __future__ import annotations

from reign.graph.cycles import cycle_findings, cycles
from reign.graph.dag import CyclicGraph, Graph, build, closure, dependencies, of_resources
from reign.graph.optional import settle
from reign.graph.paths import critical_path, levels, remaining

__all__ = [
    "CyclicGraph",
    "Graph",
    "build",
    "closure",
    "critical_path",
    "cycle_findings",
    "cycles",
    "dependencies",
    "levels",
    "of_resources",
    "remaining",
    "settle",
]
