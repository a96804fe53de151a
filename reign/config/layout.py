"""Where everything in a YAML file stands: the tokens of the parser laid out anew, with the comments between them.

What the author put on lines of its own stays there; how far it is indented, and the spaces inside a line, are one way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reign.config.lines import Line, Written
from reign.config.restyle import STEP, block, flowing, quoted
from reign.yaml.nodes import BREAK


@dataclass(slots=True, eq=False)
class _Level:
    """A list or map that is being written. `source` and `column` are where it stood and stands.

    A list under a key that it is not indented from is `implied`: the parser tells neither its begin nor its end. Inside
    brackets (`is_flow`) what begins a line stands at `items`, and a bracket that closes on a line of its own at `column`;
    while `is_open` nobody knows yet whether a line ends behind the bracket.
    """

    above: _Level | None
    source: int
    column: int
    is_list: bool = False
    implied: bool = False
    is_flow: bool = False
    items: int = 0
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class _Gap:
    """What stands between two tokens: whether a line ends, the comment behind the first, and (line, column, comment)
    of every whole line; the comment of a blank one is empty."""

    breaks: bool
    behind: tuple[int, str] | None
    between: list[tuple[int, int, str]]

    @property
    def has_comment(self) -> bool:
        return self.behind is not None or any(comment for _, _, comment in self.between)


_BLANKS = " \t\ufeff"
"""What may stand before a token and says nothing; byte order marks too, at the begin of any line."""

_NOTHING = _Gap(False, None, [])
_STRUCTURE = ("BlockMappingStart", "BlockSequenceStart", "BlockEnd", "StreamStart", "StreamEnd")
_OPENS = ("FlowMappingStart", "FlowSequenceStart")
_CLOSES = ("FlowMappingEnd", "FlowSequenceEnd")
_NAMES = ("Alias", "Anchor", "Tag")
"""What a colon directly behind would be part of."""

_NOTHING_YET = ("Value", "Anchor", "Tag")
"""Behind these a value may be left out; a comma or a bracket then keeps its distance."""

_DOCUMENT = ("DocumentStart", "DocumentEnd", "Directive")


def lay_out(text: str) -> list[Line]:
    """The lines of `text`, formatted. The parser must have accepted it: nothing is checked here."""
    from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]

    parser = CParser(text)
    layout = _Layout(text)
    while (token := parser.get_token()) is not None:
        layout.take(type(token).__name__.removesuffix("Token"), token)
    return layout.written.lines


class _Layout:
    def __init__(self, text: str) -> None:
        self.text = text
        self.written = Written()
        self.level: _Level | None = None
        self.before: _Level | None = None
        """The level when the last token was written."""
        self.last = ""
        self.second_last = ""
        self.end = self.line = self.column = 0
        """Where the last token ended in the input."""
        self.is_fresh = True
        """Whether that was the begin of a line: of the file, or behind a block scalar."""
        self.begins_entry = False
        self.breaks_after = False
        """Whether a comma took the place of the line end before it."""
        self.base = 0
        """What brackets that open on this line indent from."""

    def take(self, kind: str, token: Any) -> None:
        if kind == "Key" and token.start_mark.index == token.end_mark.index:
            self._leave_implied()
            self.begins_entry = True
        elif kind in _STRUCTURE:
            self._structure(kind, token)
        else:
            self._write(kind, token)

    def _structure(self, kind: str, token: Any) -> None:
        if kind == "BlockEnd":
            self._leave_implied()
            self.level = self.level.above if self.level else None
        elif kind == "StreamEnd":
            self._finish()
        elif kind != "StreamStart":
            self._enter(token.start_mark.column, is_list=kind == "BlockSequenceStart")

    def _enter(self, source: int, is_list: bool, implied: bool = False) -> None:
        column = self.level.column + STEP if self.level else 0
        self.level = _Level(self.level, source, column, is_list, implied)

    def _leave_implied(self) -> None:
        if self.level and self.level.implied:
            self.level = self.level.above

    def _write(self, kind: str, token: Any) -> None:
        mark = token.start_mark
        if kind == "BlockEntry" and self.level and not self.level.is_list:
            self._enter(mark.column, is_list=True, implied=True)
        elif kind in ("Key", "Value"):
            self._leave_implied()
        gap = self._gap(mark)
        if self.level is not None and self.level.is_flow:
            self._in_flow(self.level, kind, mark, gap)
        else:
            self._in_block(kind, mark, gap)
        self._say(kind, token)
        self.second_last, self.last, self.before = self.last, kind, self.level
        self.begins_entry = False

    def _gap(self, mark: Any) -> _Gap:
        text = self.text[self.end : mark.index]
        if not self.is_fresh and not text.strip(" "):
            return _NOTHING
        return self._read_gap(text)

    def _read_gap(self, text: str) -> _Gap:
        parts = BREAK.split(text)
        line, behind = self.line, None
        if not self.is_fresh:
            first = parts.pop(0)
            comment = first.strip(_BLANKS)
            behind = (self.column + len(first) - len(first.lstrip(_BLANKS)), comment) if comment else None
            line += 1
        between = [
            (line + at, len(part) - len(part.lstrip(_BLANKS)), part.strip(_BLANKS))
            for at, part in enumerate(parts[:-1])
        ]
        return _Gap(self.is_fresh or bool(parts), behind, between)

    def _in_block(self, kind: str, mark: Any, gap: _Gap) -> None:
        """Bring the line at hand to where a token outside of brackets stands."""
        level = self.level
        is_entry = self.begins_entry or kind in ("BlockEntry", "Key")
        is_sibling = is_entry or (kind == "Value" and gap.breaks)
        column = 0 if level is None or kind in _DOCUMENT else level.column
        if level is not None and not is_sibling:
            column += STEP
        goes_deeper = level is not self.before and level is not None and level.above is self.before
        if kind in _DOCUMENT:
            self._break(column, mark, gap)
        elif not gap.breaks:
            self.written.put("" if kind == "Value" and self.last not in _NAMES else " ")
        elif self.last == "BlockEntry" and (goes_deeper or not is_sibling) and not gap.has_comment:
            self.written.put(" ")
        else:
            self._break(column, mark, gap, is_sibling and not goes_deeper)
        if is_sibling or gap.breaks:
            self.base = column + (STEP if kind in ("BlockEntry", "Key", "Value") else 0)

    def _in_flow(self, level: _Level, kind: str, mark: Any, gap: _Gap) -> None:
        """The same inside of brackets."""
        if level.is_open:
            level.is_open = False
            if gap.breaks:
                level.column, level.items = self.base, self.base + STEP
        breaks, self.breaks_after = gap.breaks or self.breaks_after, False
        closes = kind in _CLOSES
        is_comma = kind == "FlowEntry"
        if closes and self.last == "FlowEntry" and self.second_last not in _NOTHING_YET and not breaks:
            self.written.take_back()
            if self.written.begin_at(level.column):
                self.base = level.column
        if (is_comma and not gap.has_comment) or (closes and self.last in _OPENS and not gap.has_comment):
            self.breaks_after = is_comma and breaks
            self.written.put(" " if is_comma and self.last in _NOTHING_YET else "")
        elif breaks:
            goes_on = self.last not in (*_OPENS, "FlowEntry") and kind not in ("FlowEntry", "Value")
            column = level.items + (STEP if goes_on and not closes else 0)
            self._between(gap, mark.column, column)
            self.base = level.column if closes else column
            self.written.begin(self.base, mark.line)
        else:
            is_tight = self.last in _OPENS or (closes and self.last not in _NOTHING_YET)
            is_tight = is_tight or (kind == "Value" and self.last not in (*_NAMES, "FlowEntry", "Key"))
            self.written.put("" if is_tight else " ")

    def _break(self, column: int, mark: Any, gap: _Gap, is_sibling: bool = False) -> None:
        """End the line, write what stands between, and begin the next one at `column`."""
        self._between(gap, mark.column, column, is_sibling)
        self.written.begin(column, mark.line)

    def _between(self, gap: _Gap, source: int, column: int, is_sibling: bool = False) -> None:
        """The comments before a token that stood at `source` and stands at `column` now. `is_sibling`: it begins nothing new,
        so a comment may belong to what went before, which is indented further."""
        if gap.behind is not None:
            self.written.end()
            self.written.comment(gap.behind[1], gap.behind[0])
        for line, at, comment in gap.between:
            if not comment:
                self.written.blank(line)
                continue
            belongs = self._column_before(at, column) if is_sibling and at > source else column
            self.written.begin(belongs, line)
            self.written.put(comment)

    def _column_before(self, at: int, column: int) -> int:
        """Where a comment stands that stood at `at`, further in than what follows it: beside the innermost that it is in."""
        level = self.before
        if level is not None and self.last in ("Value", "BlockEntry") and at > level.source:
            return level.column + STEP
        while level is not None and (level.is_flow or level.source > at):
            level = level.above
        return max(column, level.column) if level is not None else column

    def _say(self, kind: str, token: Any) -> None:
        mark, end = token.start_mark, token.end_mark
        text = self.text[mark.index : end.index]
        self.end, self.line, self.column, self.is_fresh = end.index, end.line, end.column, False
        if kind in _CLOSES and self.level:
            self.level = self.level.above
        if kind == "Scalar":
            self._scalar(text, token)
            return
        if kind in _OPENS:
            at = self.written.width
            self.level = _Level(self.level, mark.column, at, is_flow=True, items=at + 1, is_open=True)
        self.written.put(text.rstrip() if kind == "Directive" else text)

    def _scalar(self, text: str, token: Any) -> None:
        if text[:1] in ("|", ">") and not token.plain:
            self._block(text, token)
            return
        shown = quoted(text) if text[:1] in ("'", '"') else text
        if token.start_mark.line == token.end_mark.line:
            self.written.put(shown)
            return
        level = self.level
        column = STEP if level is None else (level.items if level.is_flow else level.column) + STEP
        (first, end), *rest = flowing(shown)
        self.written.put(first)
        self.written.ended_by(end)
        for number, (line, end) in enumerate(rest, token.start_mark.line + 1):
            self.written.verbatim(" " * column + line if line else "", number, end)
        self.written.go_on()

    def _block(self, text: str, token: Any) -> None:
        mark = token.start_mark
        told = block(text, token.value, mark.column)
        self.written.put(told.header)
        self.written.end()
        if told.comment:
            self.written.comment(told.comment, told.column)
        indent = " " * (self.level.column + STEP if self.level else STEP)
        for number, (line, end) in enumerate(told.lines, mark.line + 1):
            self.written.verbatim(indent + line if line else "", number, end)
        if told.blank:
            self.written.blank(mark.line + 1 + len(told.lines))
        self.is_fresh = True

    def _finish(self) -> None:
        gap = self._read_gap(self.text[self.end :] + "\n")
        self._between(gap, -1, 0, is_sibling=True)
        self.written.end()
