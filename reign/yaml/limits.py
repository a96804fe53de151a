"""How much one project may write, so that a small file fills no memory."""

from __future__ import annotations

from dataclasses import dataclass

DEEPEST = 64
"""Levels of lists and maps."""
MOST_ALIASES = 100
MOST_ALIASED_NODES = 100_000
MOST_DUPLICATES = 100
"""Duplicate keys after which a file is not read on: nobody wrote it by hand."""


@dataclass(slots=True)
class Aliases:
    """The aliases of a project so far, of at most `most`, and the nodes that they added. `spent`: a file went over the limit."""

    count: int = 0
    nodes: int = 0
    spent: bool = False
    most: int = MOST_ALIASES
