"""YAML events to nodes, in one pass that counts while it builds: what is over a limit is never built.

The C composer is not used: it recurses, and half a million brackets end the process. Its parser does not.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from sys import intern
from typing import Any

from reign.model.finding import Finding, Place
from reign.yaml.nodes import Mapping, Node, Scalar, Sequence, Source
from reign.yaml.report import Report, located

DEEPEST = 64
MOST_ALIASES = 100
MOST_ALIASED_NODES = 100_000
LONGEST_SHARED = 40
"""Characters of a text that is kept once however often it is written: keys, types, words."""

MOST_DUPLICATES = 100
"""Duplicate keys after which a file is not read on: nobody wrote it by hand."""

MOST_READ_AGAIN = 256 << 10
"""Characters of a file that is read once more where the C parser, which knows YAML 1.1, trips over a colon in a list."""
_COLON = "unexpected ':'"

_CORE = "tag:yaml.org,2002:"
_TAGS = {"!": "str"} | {_CORE + word: word for word in ("str", "int", "float", "bool", "null", "map", "seq")}


class Unreadable(Exception):
    """The text is not composed further; `finding` says why. `at` is (line, column) from 0 for a syntax error."""

    def __init__(self, finding: Finding, at: tuple[int, int] | None = None) -> None:
        self.finding = finding
        self.at = at
        super().__init__(finding.summary)


@dataclass(slots=True)
class Aliases:
    """The aliases of a project so far, of at most `most`, and the nodes that they added. `spent`: a file went over the limit."""

    count: int = 0
    nodes: int = 0
    spent: bool = False
    most: int = MOST_ALIASES


def compose(source: Source, report: Report, aliases: Aliases | None = None, tags: Collection[str] = ()) -> Node | None:
    """The one document of `source`, or None when it is empty. `aliases` are counted on when it could be read. Of the tags
    that are not YAML's own, `tags` are kept at their nodes; others are refused.

    Duplicate keys are reported and the first kept. Raises Unreadable for wrong syntax and for what is over a limit.
    """
    from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.reader import ReaderError

    aliases = aliases or Aliases()
    try:
        return _Composer(source, report, aliases, tags).document(CParser(source.text))
    except MarkedYAMLError as error:
        if tags and _COLON in str(error.problem) and len(source.text) <= MOST_READ_AGAIN:
            return _by_newer_rules(source, report, aliases, tags)
        raise _syntax(source, error) from None
    except ReaderError as error:
        raise _character(source, error.position) from None


def _by_newer_rules(source: Source, report: Report, aliases: Aliases, tags: Collection[str]) -> Node | None:
    """The document where `[a:b]` is a list of one text, as in YAML 1.2 and in what reads the other system's files."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    parser = YAML(typ="safe", pure=True).get_constructor_parser(source.text)[1]
    try:
        return _Composer(source, report, aliases, tags).document(parser)
    except MarkedYAMLError as error:
        raise _syntax(source, error) from None


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


class _Composer:
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
                    raise self._refuse(
                        event,
                        "yaml-syntax",
                        "More than one document",
                        "A file of Reign is one YAML document; a second one begins here with `---`.",
                        "Move it to a file of its own.",
                    )
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
            raise self._too_deep(event)
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
            raise self._refuse(
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
            raise self._refuse(
                event,
                "too-many-aliases",
                "Too many aliases",
                f"A project may hold {self.used.most} aliases that add at most {MOST_ALIASED_NODES:,} values; "
                "more is how a small file fills the memory.",
                "Use locals for what is repeated.",
            )
        if len(self.stack) + height > DEEPEST:
            raise self._too_deep(event)
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
            raise self._refuse(
                event,
                "key-not-text",
                "A key that is no text",
                "The key of a map is one line of text; here stands a list, a map or an alias.",
            )

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
            raise self._refuse(
                event,
                "custom-tag",
                "A tag of its own",
                f'The tag "{shown}" is none of YAML\'s own; Reign reads no others, since a tag can mean anything.',
                "Leave the tag out; a value is read as the type of the field that receives it.",
            )
        return word

    def _too_deep(self, event: Any) -> Unreadable:
        return self._refuse(
            event,
            "too-deep",
            "Too many levels",
            f"Lists and maps may stand inside each other {DEEPEST} levels deep; here begins one more.",
        )

    def _refuse(self, event: Any, code: str, summary: str, detail: str, fix: str = "", nearest: str = "") -> Unreadable:
        self.source.guard()
        place = Place(self.source.name, event.start_mark.line + 1, event.start_mark.column + 1)
        return Unreadable(located(self.source, place, code, summary, detail, fix, nearest))


def _syntax(source: Source, error: Any) -> Unreadable:
    """libyaml's own words, at the place of the problem."""
    mark = error.problem_mark or error.context_mark
    line = min(mark.line, len(source.lines) - 1)
    place = Place(source.name, line + 1, mark.column + 1)
    problem = str(error.problem or error.context or "it cannot be read")
    before, at = source.lines[line][: mark.column], source.lines[line][mark.column : mark.column + 1]
    source.guard()
    if "\t" in before + at and "cannot start any token" in problem:
        finding = located(
            source,
            place,
            "tab",
            "A tab in the indentation",
            "YAML is indented by spaces; a tab may not stand there, since nobody knows how wide it is.",
            "Replace the tab by spaces.",
        )
    else:
        context = f" {error.context}" if error.context and error.problem else ""
        detail = f"The YAML parser says{context}: {problem}."
        fix = f"Put the value in quotes: {at} begins nothing in YAML." if at in ("@", "`", "%") else ""
        if at == ":" and "unexpected ':'" in problem:
            fix = "Inside { } and [ ] put a text with a colon in quotes."
        finding = located(source, place, "yaml-syntax", "Not YAML", detail, fix)
    return Unreadable(finding, (line, mark.column))


def _character(source: Source, position: int) -> Unreadable:
    """libyaml counts bytes here, not characters."""
    source.guard()
    position = len(source.text.encode()[:position].decode(errors="ignore"))
    line = source.text.count("\n", 0, position)
    place = Place(source.name, line + 1, position - (source.text.rfind("\n", 0, position) + 1) + 1)
    return Unreadable(
        located(
            source,
            place,
            "character",
            "A control character",
            f"The character U+{ord(source.text[position]):04X} may not stand in YAML.",
            'Write it as an escape in double quotes, such as "\\x07".',
        )
    )
