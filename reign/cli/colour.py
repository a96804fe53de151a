"""Colours by the shape of a line, for terminals; the text itself is the same with and without."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

RED, GREEN, YELLOW, MAGENTA, CYAN, DIM, BOLD = "31", "32", "33", "35", "36", "2", "1"
_STRONG = {colour: f"{BOLD};{colour}" for colour in (RED, GREEN, YELLOW, CYAN)}

_ROW = re.compile(r"( *)(-/\+|\+/-|<=|[-+~])( )(.*)\Z", re.DOTALL)
_SIGNS = {"+": GREEN, "-": RED, "~": YELLOW, "-/+": RED, "+/-": RED, "<=": CYAN}
_OPENS = re.compile(r" {2,6}[-+~] [^\"]*(?:\"(?:[^\"\\]|\\.)*\"[^\"]*)*:(?:    # .*)?\Z")
"""A row whose value stands on the lines below it, four columns further in."""
_PARTS = re.compile(
    r'"(?:[^"\\]|\\.)*"'
    r"|(?P<mask>\(sensitive value[^)]*\))"
    r"|(?P<later>\(known after apply[^)]*\))"
    r"|(?P<length>\([\d,]+ characters\))"
    r"|(?P<danger>(?<=    # )forces replacement(?: if it differs)?)"
)
_PART_COLOURS = {"mask": MAGENTA, "later": CYAN, "length": DIM, "danger": _STRONG[RED]}
_HIDDEN = re.compile(r" +# \([\d,]+ unchanged (?:attribute|line)s? hidden\)\Z")
_DANGER = re.compile(r"(?:will be|must be|may be) (?:destroyed|replaced)\Z")
_FIGURE = re.compile(r"[1-9][\d,]* to (import|add|change|destroy|forget)")
_FIGURES = {"import": CYAN, "add": GREEN, "change": YELLOW, "destroy": RED, "forget": RED}
_EXCERPT = re.compile(r"( +\d+ \| )(.*)\Z", re.DOTALL)
_CARET = re.compile(r"( + \| )( *\^.*)\Z", re.DOTALL)
_HEADS = {
    "Error:": _STRONG[RED],
    "Warning:": _STRONG[YELLOW],
    "Note:": _STRONG[CYAN],
    "No changes.": _STRONG[GREEN],
    "Changes to Outputs:": BOLD,
    "Not trusted:": _STRONG[YELLOW],
    "Checks:": BOLD,
    "Apply will refuse this plan:": _STRONG[RED],
    "Apply complete!": _STRONG[GREEN],
    "Destroy complete!": _STRONG[GREEN],
    "Apply incomplete!": _STRONG[RED],
    "Destroy incomplete!": _STRONG[RED],
}


def painted(lines: Iterable[str]) -> Iterator[str]:
    """Each of `lines` coloured by what it is, and by what it stands in: a text of several lines, or a finding."""
    below: int | None = None
    finding = _STRONG[RED]
    for line in lines:
        if below is not None and (not line or line.startswith(" " * below)):
            yield _of_text(line, below)
            continue
        below = None
        head = next((head for head in _HEADS if line.startswith(head)), "")
        if head:
            finding = _HEADS[head]
            yield f"{_dressed(head, finding)}{line[len(head) :]}"
        elif caret := _CARET.match(line):
            yield f"{_dressed(caret[1], DIM)}{_dressed(caret[2], finding)}"
        else:
            yield _line(line)
            if _OPENS.match(line):
                below = len(line) - len(line.lstrip(" ")) + 4


def _dressed(text: str, colour: str) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m"


def _of_text(line: str, indent: int) -> str:
    """A line of a value of several: what comes and what goes is coloured whole."""
    match line[indent : indent + 1]:
        case "+":
            return f"{line[:indent]}{_dressed(line[indent:], GREEN)}"
        case "-":
            return f"{line[:indent]}{_dressed(line[indent:], RED)}"
        case "#":
            return f"{line[:indent]}{_dressed(line[indent:], DIM)}"
    return line


def _line(line: str) -> str:
    if row := _ROW.match(line):
        space, mark, gap, rest = row.groups()
        return f"{space}{_dressed(mark, _SIGNS[mark])}{gap}{_PARTS.sub(_part, rest)}"
    if _HIDDEN.match(line):
        return _dressed(line, DIM)
    if line.startswith(("  # (", "  #  ")):  # a reason, and what was wrapped of it
        return line
    if line.startswith("  # "):
        danger = _DANGER.search(line)
        end = danger.start() if danger else len(line)
        return _dressed(line[:end], BOLD) + (_dressed(line[end:], _STRONG[RED]) if danger else "")
    if line.startswith("Plan: "):
        return f"{_dressed('Plan:', BOLD)}{_FIGURE.sub(_figure, line[5:])}"
    if line.endswith(" to forget."):
        return _FIGURE.sub(_figure, line)
    if excerpt := _EXCERPT.match(line):
        return f"{_dressed(excerpt[1], DIM)}{excerpt[2]}"
    if line.startswith("  Fix: "):
        return f"  {_dressed('Fix:', _STRONG[GREEN])}{line[6:]}"
    return line


def _part(found: re.Match[str]) -> str:
    kind = found.lastgroup
    return _dressed(found[0], _PART_COLOURS[kind]) if kind else found[0]


def _figure(found: re.Match[str]) -> str:
    return _dressed(found[0], _FIGURES[found[1]])
