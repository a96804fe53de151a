"""What YAML says, with where it says it: nodes that remember their place in the source text."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from reign.model.finding import Place
from reign.model.redact import MASK
from reign.model.values import Path
from reign.yaml.guard import guarded

BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What the parser counts as the end of a line."""

LONGEST_LINE = 240
"""Characters of one line that an excerpt shows; a hostile file may be one line of a mebibyte."""


@dataclass(eq=False)
class Source:
    """One text that was read. `name` is relative to the project folder, or says where the text came from (`--var tag`).

    `written` is what stands in the file where `text` was mended to be read on; excerpts show that. `covers` is for a file
    that is laid over others: (line, column) of its outer keys in order, from 0, and where each is written first, if it is.
    """

    name: str
    text: str
    written: str = ""
    covers: list[tuple[tuple[int, int], Place | None]] = field(default_factory=list)
    _hidden: list[tuple[int, int]] = field(default_factory=list)

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends, split as YAML splits them."""
        return BREAK.split(self.written or self.text)

    def hide(self, node: Node) -> None:
        """From now on neither show what stands at `node` of this source nor tell it to be hashed: it is sensitive."""
        self._hidden.append((node.start, node.end))
        more = len(BREAK.findall(self.text[node.start : node.end].rstrip()))
        for line in range(node.line, min(node.line + more + 1, len(self.lines))):
            at = node.column if line == node.line and not self.written else 0
            self.lines[line] = f"{self.lines[line][:at]}{MASK}"

    def guard(self) -> None:
        """From now on show no value that may be sensitive by the looks of it: the file is not understood yet."""
        self.lines[:] = guarded(self.lines)

    @property
    def told(self) -> str:
        """The text without what is hidden."""
        parts, at = [], 0
        for start, end in sorted(self._hidden):
            parts.append(self.text[at:start])
            at = max(at, end)
        return "".join((*parts, self.text[at:]))

    def overlay_of(self, place: Place) -> Place | None:
        """Where the block that `place` of this source lies in is written first."""
        at = bisect_right(self.covers, (place.line - 1, place.column - 1), key=lambda covered: covered[0])
        return self.covers[at - 1][1] if at else None

    def excerpt(self, line: int) -> tuple[tuple[int, str], ...]:
        """Line `line` (from 1) with one line before and one after, cut where they are very long."""
        around = range(max(1, line - 1), min(len(self.lines), line + 1) + 1)
        shown = [(number, self.lines[number - 1][:LONGEST_LINE]) for number in around]
        while shown and shown[-1][0] > line and not shown[-1][1].strip():
            shown.pop()
        return tuple(shown)


@dataclass(slots=True, eq=False)
class Node:
    """Lines and columns count from 0, `start` and `end` in characters of the source text."""

    source: Source
    line: int
    column: int
    start: int
    end: int

    def place(self) -> Place:
        """The beginning of the node."""
        return Place(self.source.name, self.line + 1, self.column + 1)


@dataclass(slots=True, eq=False)
class Scalar(Node):
    """`style` is empty for a plain one, else one of `' " | >`. `tag` is a core tag's last word where one was written, or one
    that the reader knows, with its `!`."""

    text: str
    style: str
    tag: str

    def place(self) -> Place:
        """The scalar up to the end of its first line."""
        width = self.end - self.start
        shown = self.source.text.find("\n", self.start, self.end)
        if shown >= 0:
            width = shown - self.start
        return Place(self.source.name, self.line + 1, self.column + 1, max(1, width))


@dataclass(slots=True, eq=False)
class Sequence(Node):
    """A list. `tag` is one that the reader knows (`compose`), with its `!`."""

    items: list[Node] = field(default_factory=list)
    tag: str = ""


@dataclass(slots=True, eq=False)
class Mapping(Node):
    """A map: key text -> (the key's own node, the value), `<<` already merged in. `tag` as of a list."""

    pairs: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)
    tag: str = ""

    def get(self, key: str) -> Node | None:
        """The value under `key`."""
        pair = self.pairs.get(key)
        return pair[1] if pair else None


Parts: TypeAlias = "Scalar | Sequence | Mapping"


def find(node: Node, path: Path) -> Node:
    """The node at `path`, or the nearest one above it that is written."""
    for part in path:
        below = _child(node, part)
        if below is None:
            break
        node = below
    return node


def find_key(node: Node, path: Path) -> Node:
    """As `find`, but where the last part is a key that is written, its own node."""
    above = find(node, path[:-1])
    if path and isinstance(above, Mapping) and path[-1] in above.pairs:
        return above.pairs[str(path[-1])][0]
    return find(node, path)


def _child(node: Node, part: str | int) -> Node | None:
    if isinstance(node, Mapping):
        return node.get(str(part))
    if isinstance(node, Sequence) and isinstance(part, int) and 0 <= part < len(node.items):
        return node.items[part]
    return None
