"""Several lines of text as a difference with three lines around, or as they are."""

from __future__ import annotations

from difflib import SequenceMatcher

from reign.render.words import plural

AROUND = 3
MOST, MOST_WHOLE = 60, 20
"""Lines of a difference, and of a value that comes or goes as a whole; longer ones are cut in the middle."""
_COMPARED = 400_000
"""Above this product of line numbers a difference is not looked for: it would take seconds."""


def is_text_block(value: object) -> bool:
    """True for text of more than one line."""
    return isinstance(value, str) and "\n" in value.rstrip("\n")


def whole(symbol: str, text: str, full: bool = False) -> list[str]:
    """Every line of `text` under one symbol."""
    lines = [f"{symbol} {line}" for line in _split(text)]
    return lines if full else _cut(lines, MOST_WHOLE)


def difference(before: str, after: str, full: bool = False) -> list[str]:
    """The lines that go and come, with what stands around them; runs of equal lines are counted."""
    old, new = _split(before), _split(after)
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    marked = _marked(old[start : len(old) - end], new[start : len(new) - end])
    first = max(0, start - AROUND)
    head = [("=", line) for line in old[first:start]]
    tail = [("=", line) for line in old[len(old) - end : len(old) - end + AROUND]] if end else []
    lines = _skipped(first) + _folded(head + marked + tail) + _skipped(max(0, end - AROUND))
    return lines if full else _cut(lines, MOST)


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
    hidden = 0
    for keep, (symbol, line) in zip(near, marked, strict=True):
        if keep:
            shown += _skipped(hidden)
            hidden = 0
            shown.append(f"  {line}" if symbol == "=" else f"{symbol} {line}")
        else:
            hidden += 1
    return shown + _skipped(hidden)


def _skipped(number: int) -> list[str]:
    return [f"# ({plural(number, 'unchanged line')} hidden)"] if number else []


def _cut(lines: list[str], most: int) -> list[str]:
    if len(lines) <= most:
        return lines
    half = most // 2
    left = lines[half:-half]
    size = sum(len(line) - 1 for line in left)
    return [*lines[:half], f"# ({plural(len(left), 'line')}, {size:,} characters hidden)", *lines[-half:]]
