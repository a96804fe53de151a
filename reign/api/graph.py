"""What waits for what, as JSON (schemas/graph.schema.json)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reign.model.picture import Node, Picture

FORMAT_VERSION = "1.0"


def graph_document(picture: Picture) -> dict[str, Any]:
    """One document: nodes by their addresses, and edges from what waits to what it waits for."""
    return {
        "format_version": FORMAT_VERSION,
        "project": picture.project,
        "env": picture.env,
        "nodes": [_node(node) for node in picture.nodes],
        "edges": [{"from": edge.source, "to": edge.target, "kind": edge.kind} for edge in picture.edges],
    }


def _node(node: Node) -> dict[str, Any]:
    told: dict[str, Any] = {"address": node.address, "mode": node.mode, "type": node.type}
    if node.block:
        told["block"] = node.block
    if node.action:
        told |= {"action": node.action, "steps": list(node.steps)}
    return told
