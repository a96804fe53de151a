"""The attributes of a change: one a line, as a path in YAML's words, with what it was and what it will be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reign.model.values import MISSING, Path, Secret, Sensitive, Value, format_path, reveal
from reign.render.lines import difference, is_text_block, whole
from reign.render.origins import origins
from reign.render.values import show, sides
from reign.render.words import breadth

_INDENT = "      "
_BLOCK = "          "
_WIDEST = 40
"""Longer paths do not push the values of the others to the right."""


@dataclass(slots=True)
class Row:
    """One attribute that differs. `block` holds the lines of a value of several lines; then `text` is empty. `sides` are
    what it was and what it will be, where both are shown.
    """

    symbol: str
    path: str
    text: str
    block: Sequence[str] = ()
    note: str = ""
    sides: tuple[str, str] | None = None


@dataclass(slots=True)
class Rows:
    """What differs, and how many attributes do not."""

    rows: list[Row]
    hidden: int = 0


def created(after: Value, own: str, full: bool = False) -> Rows:
    """Everything that comes; what is null or empty is not worth a line."""
    found = Rows([])
    _compare((), MISSING, after, found, own, full)
    return found


def deleted(before: Value, own: str, full: bool = False) -> Rows:
    """Everything that goes."""
    found = Rows([])
    _compare((), before, MISSING, found, own, full)
    return found


def changed(before: Value, after: Value, own: str, full: bool = False) -> Rows:
    """What differs between two values."""
    found = Rows([])
    _compare((), before, after, found, own, full)
    return found


def _compare(path: Path, before: Value, after: Value, found: Rows, own: str, full: bool) -> None:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({**before, **after}):
            _compare((*path, key), before.get(key, MISSING), after.get(key, MISSING), found, own, full)
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            old = before[index] if index < len(before) else MISSING
            new = after[index] if index < len(after) else MISSING
            _compare((*path, index), old, new, found, own, full)
    elif _is_nothing(before) and _is_nothing(after):
        return
    elif _is_nothing(before) and isinstance(after, dict | list):
        for part, item in _items(after):
            _compare((*path, part), MISSING, item, found, own, full)
    elif _is_nothing(after) and isinstance(before, dict | list):
        for part, item in _items(before):
            _compare((*path, part), item, MISSING, found, own, full)
    elif _same(before, after):
        found.hidden += 1
    else:
        found.rows.append(_row(format_path(path), before, after, own, full))


def _items(value: Value) -> list[tuple[str | int, Value]]:
    return sorted(value.items()) if isinstance(value, dict) else list(enumerate(value))  # type: ignore[arg-type]


def _is_nothing(value: Value) -> bool:
    return value is None or value is MISSING or value in ({}, [])


def _same(before: Value, after: Value) -> bool:
    """Whether nothing differs. Of what a plan file holds, the keyed hash tells; what one made it from is no difference."""
    if isinstance(before, Secret) and isinstance(after, Secret):
        return (before.hash, before.key_id) == (after.hash, after.key_id)
    if isinstance(before, Sensitive) or isinstance(after, Sensitive):
        before, after = reveal(before), reveal(after)
    if isinstance(before, bool) or isinstance(after, bool):
        return before is after
    return before == after


def _row(path: str, before: Value, after: Value, own: str, full: bool) -> Row:
    note = ", ".join(name for name in origins(after) if not own or not name.startswith(f"{own}."))
    if _is_nothing(before):
        if is_text_block(after):
            return Row("+", path, "", whole("+", str(after), full))
        return Row("+", path, show(after, own, full), note=note)
    if _is_nothing(after):
        gone = show(before, own, full)
        return Row("-", path, f"{gone} -> null", sides=(gone, "null"))
    if isinstance(before, str) and isinstance(after, str) and (is_text_block(before) or is_text_block(after)):
        return Row("~", path, "", difference(before, after, full))
    left, right = sides(before, after, own, full)
    if not left:
        return Row("~", path, right, note=note)
    return Row("~", path, f"{left} -> {right}", note=note, sides=(left, right))


def lines(rows: Sequence[Row]) -> list[str]:
    """The rows with their values in one column."""
    width = value_column(rows)
    text: list[str] = []
    for row in rows:
        note = f"    # {row.note}" if row.note else ""
        if row.block:
            text.append(f"{_INDENT}{row.symbol} {row.path}:{note}")
            text += [_block_line(line) for line in row.block]
        else:
            text.append(f"{_INDENT}{row.symbol} {padded(row.path, width)} {row.text}{note}")
    return text


def _block_line(line: str) -> str:
    """An empty line of a value ends without spaces; all others are as they are."""
    return f"{_BLOCK}{line}".rstrip() if line[1:].isspace() else f"{_BLOCK}{line}"


def stated(values: Mapping[str, Value], own: str, indent: str, full: bool) -> list[str]:
    """`path: value` for everything in `values`, in one column and without signs; an empty one is named as well."""
    rows: list[Row] = []
    for name, value in sorted(values.items()):
        rows += created({name: value}, own, full).rows or [Row("+", name, show(value, own, full))]
    width = value_column(rows)
    text: list[str] = []
    for row in rows:
        if row.block:
            text += [f"{indent}{row.path}:", *(f"{indent}    {line.removeprefix('+ ')}" for line in row.block)]
        else:
            note = f"    # {row.note}" if row.note else ""
            text.append(f"{indent}{padded(row.path, width)} {row.text}{note}")
    return text


def value_column(rows: Sequence[Row]) -> int:
    """Where the values of all these rows begin."""
    widths = (breadth(row.path) for row in rows if row.text)
    return max((width for width in widths if width <= _WIDEST), default=0) + 1


def padded(path: str, width: int) -> str:
    """`path:` up to the column where values begin."""
    return f"{path}:{' ' * (width - breadth(path) - 1)}"
