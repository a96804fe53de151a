"""Several lines of text as a difference with three lines around, or as they are."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from reign.render.values import LENGTH, apart, shortened
from reign.render.words import breadth, is_plain, plural, safe

AROUND = 3
MOST, MOST_WHOLE = 60, 20
"""Lines of a difference, and of a value that comes or goes as a whole; longer ones are cut in the middle."""
_WIDEST = 160
"""Columns of one line where nobody looks at a screen; a wider one is cut in the middle."""
_COMPARED = 400_000
"""Above this product of line numbers a difference is not looked for: it would take seconds."""


def is_text_block(value: object) -> bool:
    """True for text of more than one line."""
    return isinstance(value, str) and "\n" in value.rstrip("\n")


def whole(symbol: str, text: str, full: bool = False, room: int | None = None) -> list[str]:
    """Every line of `text` under one symbol, in `room` columns."""
    lines = [f"{symbol} {line}" for line in _split(text)]
    return lines if full else _narrowed(_cut(lines, MOST_WHOLE), room)


def difference(before: str, after: str, full: bool = False, room: int | None = None) -> list[str]:
    """The lines that go and come, with what stands around them, in `room` columns; runs of equal lines are counted."""
    old, new = _split(before), _split(after)
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    marked = _marked(old[start : len(old) - end], new[start : len(new) - end])
    first = max(0, start - AROUND)
    head = [("=", line) for line in old[first:start]]
    tail = [("=", line) for line in old[len(old) - end : len(old) - end + AROUND]] if end else []
    left = new[len(new) - end + AROUND :] if end > AROUND else []
    lines = _skipped(old[:first]) + _folded(head + marked + tail) + _skipped(left)
    return lines if full else _narrowed(_cut(lines, MOST), room)


def _split(text: str) -> list[str]:
    lines = text.split("\n")
    if lines[-1] == "":
        return lines[:-1]
    return [*lines, "\\ no line end at the end"]


def _common(left: list[str], right: list[str]) -> int:
    shared = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        shared += 1
    return shared


def _marked(old: list[str], new: list[str]) -> list[tuple[str, str]]:
    if len(old) * len(new) > _COMPARED:
        return [("-", line) for line in old] + [("+", line) for line in new]
    marked: list[tuple[str, str]] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            marked += [("=", line) for line in old[i:j]]
        else:
            marked += [("-", line) for line in old[i:j]] + [("+", line) for line in new[k:m]]
    return marked


def _folded(marked: list[tuple[str, str]]) -> list[str]:
    """Equal lines further than `AROUND` from a change are replaced by their count."""
    near = [False] * len(marked)
    for index, (symbol, _) in enumerate(marked):
        if symbol != "=":
            for other in range(max(0, index - AROUND), min(len(marked), index + AROUND + 1)):
                near[other] = True
    shown: list[str] = []
    hidden: list[str] = []
    for keep, (symbol, line) in zip(near, marked, strict=True):
        if keep:
            shown += _skipped(hidden)
            hidden = []
            shown.append(f"  {line}" if symbol == "=" else f"{symbol} {line}")
        else:
            hidden.append(line)
    return shown + _skipped(hidden)


def _skipped(lines: Sequence[str]) -> list[str]:
    """How many equal lines are left out; a single one takes no more room than to say so."""
    if len(lines) == 1:
        return [f"  {lines[0]}"]
    return [f"# ({plural(len(lines), 'unchanged line')} hidden)"] if lines else []


def _cut(lines: list[str], most: int) -> list[str]:
    if len(lines) <= most:
        return lines
    half = most // 2
    left = lines[half:-half]
    size = sum(len(line) - 1 for line in left)
    return [*lines[:half], f"# ({plural(len(left), 'line')}, {size:,} characters hidden)", *lines[-half:]]


def _narrowed(lines: list[str], room: int | None) -> list[str]:
    """The lines in `room` columns. One that goes and the one that comes in its place are cut around where they begin to
    differ if they would look the same otherwise.
    """
    most = (room or _WIDEST) - 2
    told = [line if line[0] == "#" else f"{line[:2]}{_in(line[2:], most)}" for line in lines]
    for gone, come in _replaced(lines):
        if LENGTH.sub("", told[gone][2:]) == LENGTH.sub("", told[come][2:]):
            old, new = (safe(lines[at][2:].expandtabs()) for at in (gone, come))
            left, right = apart(old, new, (len(old), len(new)), most)
            told[gone], told[come] = f"- {left}", f"+ {right}"
    return told


def _in(line: str, columns: int) -> str:
    """`line` as it is where it fits, tabs and all; else cut in the middle."""
    if len(line) * 2 <= columns and is_plain(line):
        return line
    shown = safe(line.expandtabs())
    return line if breadth(shown) <= columns else shortened(shown, len(line), columns)


def _replaced(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where a line goes, and where the one stands that comes in its place."""
    gone: deque[int] = deque()
    before = ""
    for at, line in enumerate(lines):
        if line[0] == "-":
            if before != "-":
                gone.clear()
            gone.append(at)
        elif line[0] == "+" and gone:
            yield gone.popleft(), at
        elif line[0] != "+":
            gone.clear()
        before = line[0]
