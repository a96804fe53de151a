"""YAML events to nodes, in one pass that counts while it builds: what is over a limit is never built."""

from __future__ import annotations

from collections.abc import Collection
from sys import intern
from typing import Any

from reign.yaml.limits import DEEPEST, MOST_ALIASED_NODES, MOST_DUPLICATES, Aliases
from reign.yaml.nodes import Mapping, Node, Scalar, Sequence, Source
from reign.yaml.report import Report, located
from reign.yaml.unreadable import (
    Unreadable,
    more_than_one,
    not_text,
    own_tag,
    refused,
    too_deep,
    too_many_aliases,
)

LONGEST_SHARED = 40
"""Characters of a text that is kept once however often it is written: keys, types, words."""

_CORE = "tag:yaml.org,2002:"
_TAGS = {"!": "str"} | {_CORE + word: word for word in ("str", "int", "float", "bool", "null", "map", "seq")}


class _Open:
    """A list or map that is being read."""

    __slots__ = ("anchor", "before", "height", "is_map", "key", "merges", "node")

    def __init__(self, node: Sequence | Mapping, anchor: str | None, before: int) -> None:
        self.node = node
        self.is_map = isinstance(node, Mapping)
        self.anchor = anchor
        self.before = before
        self.height = 1
        self.key: Scalar | None = None
        self.merges: list[Node] = []


class Composer:
    """Builds the nodes of one text."""

    def __init__(self, source: Source, report: Report, used: Aliases, tags: Collection[str]) -> None:
        self.source = source
        self.report = report
        self.used = used
        self.tags = tags
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Node, int, int]] = {}
        self.nodes = self.duplicates = 0
        self.aliases, self.aliased = used.count, used.nodes
        self.root: Node | None = None

    def document(self, parser: Any) -> Node | None:
        """The one document that `parser` tells, or None where there is none. Raises Unreadable."""
        from ruamel.yaml import events

        scalar, alias, next_event = events.ScalarEvent, events.AliasEvent, parser.get_event
        starts = {events.MappingStartEvent: Mapping, events.SequenceStartEvent: Sequence}
        ends = (events.MappingEndEvent, events.SequenceEndEvent)
        documents = 0
        while True:
            event = next_event()
            kind = type(event)
            if kind is scalar:
                self._scalar(event)
            elif kind in starts:
                self._start(event, starts[kind])
            elif kind in ends:
                self._end(event)
            elif kind is alias:
                self._alias(event)
            elif kind is events.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise more_than_one(self.source, event)
            elif kind is events.StreamEndEvent:
                self.used.count, self.used.nodes = self.aliases, self.aliased
                return self.root

    def _scalar(self, event: Any) -> None:
        start, style, text = event.start_mark, event.style or "", event.value
        tag = self._tag(event) if event.tag else ""
        if len(text) <= LONGEST_SHARED:
            text = intern(text)
        node = Scalar(self.source, start.line, start.column, start.index, event.end_mark.index, text, style, tag)
        self.nodes += 1
        if event.anchor:
            self.anchors[event.anchor] = (node, 1, 0)
        top = self.stack[-1] if self.stack else None
        if top is not None and top.is_map and top.key is None:
            top.key = node
        else:
            self._attach(node)

    def _start(self, event: Any, kind: type[Sequence | Mapping]) -> None:
        tag = self._tag(event) if event.tag else ""
        if len(self.stack) >= DEEPEST:
            raise too_deep(self.source, event)
        self._need_value(event)
        mark = event.start_mark
        node = kind(self.source, mark.line, mark.column, mark.index, mark.index)
        if tag in self.tags:
            node.tag = tag
        self.stack.append(_Open(node, event.anchor, self.nodes + self.aliased))
        self.nodes += 1

    def _end(self, event: Any) -> None:
        done = self.stack.pop()
        done.node.end = event.end_mark.index
        if done.merges and isinstance(done.node, Mapping):
            self._merge(done.node, done.merges)
        if done.anchor:
            size = self.nodes + self.aliased - done.before
            self.anchors[done.anchor] = (done.node, size, done.height)
        if self.stack and self.stack[-1].height <= done.height:
            self.stack[-1].height = done.height + 1
        self._attach(done.node)

    def _alias(self, event: Any) -> None:
        self._need_value(event)
        known = self.anchors.get(event.anchor)
        if known is None:
            raise refused(
                self.source,
                event,
                "unknown-alias",
                "Unknown alias",
                f"No anchor &{event.anchor} stands before this place, or it stands around it.",
                nearest=self.report.nearest(event.anchor, self.anchors),
            )
        node, size, height = known
        self.aliases += 1
        self.aliased += size
        if self.aliases > self.used.most or self.aliased > MOST_ALIASED_NODES:
            self.used.spent = True
            raise too_many_aliases(self.source, event, self.used.most)
        if len(self.stack) + height > DEEPEST:
            raise too_deep(self.source, event)
        if self.stack:
            self.stack[-1].height = max(self.stack[-1].height, height + 1)
        self._attach(node)

    def _attach(self, node: Node) -> None:
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        if isinstance(top.node, Sequence):
            top.node.items.append(node)
            return
        key, top.key = top.key, None
        if key is None:
            return
        if key.text == "<<" and not key.style and not key.tag:
            top.merges.append(node)
        elif key.text in top.node.pairs:
            self._duplicate(key, top.node.pairs[key.text][0])
        else:
            top.node.pairs[key.text] = (key, node)

    def _need_value(self, event: Any) -> None:
        """A list, a map or an alias may not stand where a key is due."""
        if self.stack and self.stack[-1].key is None and isinstance(self.stack[-1].node, Mapping):
            raise not_text(self.source, event)

    def _duplicate(self, key: Scalar, first: Scalar) -> None:
        self.source.guard()
        finding = located(
            self.source,
            key.place(),
            "duplicate-key",
            "Duplicate key",
            f'The key "{key.text[:80]}" stands in this map already, on line {first.line + 1}; '
            "one of the two would silently be lost.",
            "Remove one of them, or rename it.",
            related=(first.place(),),
        )
        self.duplicates += 1
        if self.duplicates > MOST_DUPLICATES:
            raise Unreadable(finding)
        self.report.add(finding)

    def _merge(self, node: Mapping, merges: list[Node]) -> None:
        for merged in merges:
            for part in merged.items if isinstance(merged, Sequence) else [merged]:
                if isinstance(part, Mapping):
                    for key, pair in part.pairs.items():
                        node.pairs.setdefault(key, pair)
                else:
                    self.report.at(
                        part,
                        "merge",
                        "Nothing to merge",
                        "What stands under `<<` is a map, or a list of maps, whose keys are taken over.",
                    )

    def _tag(self, event: Any) -> str:
        if event.tag in self.tags:
            return str(event.tag)
        word, shown = _TAGS.get(event.tag), event.tag[:80].replace(_CORE, "!!")
        if word is None:
            raise own_tag(self.source, event, shown)
        return word
