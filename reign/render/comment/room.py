"""What is shown whole or not at all, and how much of it a page holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reign.model.plan import Change
from reign.render.markup import ticks


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """A piece of a page: its `lines`, and what it adds elsewhere (`row` of a table, `names` in a heading).

    `changes` are those it shows, one or several that are equal.
    """

    lines: Sequence[str]
    row: str = ""
    names: Sequence[str] = ()
    changes: Sequence[Change] = ()

    @property
    def size(self) -> int:
        """How many bytes it takes at most."""
        told = "\n".join((*self.lines, self.row, *self.names))
        return size(told) + 2 * len(self.names) + 2 + (ticks(told) if "```" in told else 0)


def size(text: str) -> int:
    """How long `text` is in UTF-8."""
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))


def fitting(items: Iterable[Item], room: int) -> tuple[frozenset[Item], int]:
    """Those of `items` that fit into `room`, the first ones first, and the room that is left."""
    kept = set()
    for item in items:
        if (needed := item.size) <= room:
            kept.add(item)
            room -= needed
    return frozenset(kept), room
