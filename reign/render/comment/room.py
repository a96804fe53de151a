"""What is shown whole or not at all, and how much of it a page holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from reign.model.plan import Action, Change
from reign.render.change import rank
from reign.render.markup import ticks

NAMES = 6
"""So many names stand in a list."""


@dataclass(frozen=True, eq=False)
class Item:
    """A piece of a page: its `lines`, and what it adds elsewhere (`row` of a table, `names` in the label of its fold).

    `changes` are those it shows, one or several that are equal.
    """

    lines: Sequence[str]
    row: str = ""
    names: Sequence[str] = ()
    changes: Sequence[Change] = ()

    @cached_property
    def action(self) -> Action | None:
        """Under which action it stands."""
        return rank(self.changes[0]) if self.changes else None

    @cached_property
    def size(self) -> int:
        """How many bytes it takes, without its names."""
        told = "\n".join((*self.lines, self.row))
        return size(told) + 1 + (ticks(told) if "```" in told else 0)

    @cached_property
    def named(self) -> int:
        """How many bytes its names take at most."""
        return sum(size(name) + len(", ") for name in self.names)


def size(text: str) -> int:
    """How long `text` is in UTF-8."""
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))


def fitting(items: Iterable[Item], room: int) -> tuple[frozenset[Item], int]:
    """Those of `items` that fit into `room`, the first ones first, and the room that is left. Of each action the first
    ones are named.
    """
    kept = set()
    names: Counter[Action | None] = Counter()
    for item in items:
        needed = item.size + (item.named if names[item.action] < NAMES else 0)
        if needed <= room:
            kept.add(item)
            names[item.action] += len(item.names)
            room -= needed
    return frozenset(kept), room
