"""Colours by the shape of a line, for terminals; the text itself is the same with and without."""

from __future__ import annotations

import re

_SIGN = re.compile(r"^( *)(-/\+|\+/-|<=|[-+~])( )")
_COLOURS = {"+": "32", "-": "31", "~": "33", "-/+": "31", "+/-": "31", "<=": "36"}
_HEADS = {
    "Error:": "1;31",
    "Warning:": "1;33",
    "Note:": "1;36",
    "Plan:": "1",
    "No changes.": "1;32",
    "Not trusted:": "1;33",
    "Checks:": "1",
    "Apply complete!": "1;32",
    "Destroy complete!": "1;32",
    "Apply incomplete!": "1;31",
    "Destroy incomplete!": "1;31",
}


def paint(line: str) -> str:
    """`line` with its sign or its first words coloured."""
    sign = _SIGN.match(line)
    if sign:
        space, mark, after = sign.groups()
        return f"{space}\x1b[{_COLOURS[mark]}m{mark}\x1b[0m{after}{line[sign.end() :]}"
    if line.startswith("  # "):
        return f"\x1b[1m{line}\x1b[0m"
    for head, colour in _HEADS.items():
        if line.startswith(head):
            return f"\x1b[{colour}m{head}\x1b[0m{line[len(head) :]}"
    return line
