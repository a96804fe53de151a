"""Rows as a table for people, as CSV, as Markdown and as JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from math import isfinite
from typing import Any

from reign.render.json_text import json_text
from reign.render.markup import cell as in_cell
from reign.render.markup import code, prose
from reign.render.words import breadth, cut_to, one_line

_WIDEST = 80
"""Characters of a cell in a table for people; a longer one is cut."""


_NARROWEST = 20
"""Characters that a column keeps where a terminal is too narrow for the whole line."""


_NAMING = frozenset(("address", "run_id", "op_id", "path", "name", "checkpoint_id"))
"""Columns that other commands are given the values of: they stay whole."""


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]], room: int | None = None) -> str:
    """Columns of text, numbers to the right. In lines of `room` characters, as far as cutting long cells leads that name
    nothing.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max([breadth(name), *(breadth(row[index]) for row in cells)]) for index, name in enumerate(columns)]
    if room is not None and columns:
        least = [
            width if name in _NAMING else max(_NARROWEST, breadth(name))
            for name, width in zip(columns, widths, strict=True)
        ]
        widths = _fitting(widths, least, room)
        cells = [[_cut(cell, width) for cell, width in zip(row, widths, strict=True)] for row in cells]
    numeric = [bool(rows) and all(_is_number(row[index]) for row in rows) for index in range(len(columns))]
    lines = [_line(columns, widths, numeric), _line(["-" * width for width in widths], widths, numeric)]
    return "".join(f"{line}\n" for line in (*lines, *(_line(row, widths, numeric) for row in cells)))


def _fitting(widths: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """`widths` with the widest made narrower, one after the other, until the line fits; none below what it keeps."""
    found = [*widths]
    over = sum(found) + 2 * (len(found) - 1) - room
    while over > 0:
        place = max(range(len(found)), key=lambda each: (found[each] > least[each], found[each]))
        if found[place] <= least[place]:
            break
        less = min(over, found[place] - least[place])
        found[place] -= less
        over -= less
    return found


def _cut(cell: str, width: int) -> str:
    return cell if breadth(cell) <= width else f"{cut_to(cell, width - 3)}..."


def as_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """RFC 4180 with a header, lines ended by a line feed; null is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([["" if value is None else _plain(value) for value in row] for row in rows])
    return text.getvalue()


def as_markdown(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table, numbers to the right; null is empty. What a site would link, mention or read as markup is code."""
    numeric = [bool(rows) and all(_is_number(row[index]) for row in rows) for index in range(len(columns))]
    lines = [[prose(name) for name in columns], ["---:" if right else "---" for right in numeric]]
    lines += [[_markdown(value) for value in row] for row in rows]
    return "".join(f"| {' | '.join(map(in_cell, line))} |\n" for line in lines)


def _markdown(value: Any) -> str:
    text = _plain(value)
    if isinstance(value, bool | int | float):
        return text
    return code(text) if text.startswith(("{", "[")) else prose(text)


def as_json(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A list of objects."""
    objects = [dict(zip(columns, map(jsonable, row), strict=True)) for row in rows]
    return json_text(objects, indent=2) + "\n"


FORMS: dict[str, Callable[[Sequence[str], Sequence[Sequence[Any]]], str]] = {
    "table": table,
    "csv": as_csv,
    "md": as_markdown,
    "json": as_json,
}


def jsonable(value: Any) -> Any:
    """A database's value as JSON has it: times and what else JSON lacks as text."""
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _plain(value: Any) -> str:
    told = jsonable(value)
    if isinstance(told, str):
        return told
    return "" if told is None else json.dumps(told, ensure_ascii=False, sort_keys=True)


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    text = f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else one_line(_plain(value))
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}..."


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    gaps = (" " * (width - breadth(cell)) for cell, width in zip(cells, widths, strict=True))
    padded = (
        f"{gap}{cell}" if right else f"{cell}{gap}" for cell, gap, right in zip(cells, gaps, numeric, strict=True)
    )
    return "  ".join(padded).rstrip()
