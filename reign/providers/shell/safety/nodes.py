"""Parts of a tree of tree-sitter that a script is followed by."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node


def named(node: Node) -> list[Node]:
    """The children of a node that are no signs and no comments."""
    return [child for child in node.children if child.is_named and child.type != "comment"]


def span_of(node: Node) -> tuple[int, int]:
    """Where it begins and ends."""
    return node.start_byte, node.end_byte


def spans(nodes: list[Node]) -> list[tuple[int, int]]:
    """Where words begin and end; nodes that touch are one word."""
    made: list[tuple[int, int]] = []
    for node in nodes:
        if made and made[-1][1] == node.start_byte:
            made[-1] = (made[-1][0], node.end_byte)
        else:
            made.append((node.start_byte, node.end_byte))
    return made
