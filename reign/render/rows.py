"""The attributes of a change: one a line, as a path in YAML's words, with what it was and what it will be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from reign.model.values import MISSING, PLAIN, Path, Secret, Sensitive, Value, format_path, reveal
from reign.render.lines import difference, is_text_block, whole
from reign.render.origins import origins
from reign.render.values import LONGEST, SHORTEST, show, sides
from reign.render.words import breadth

_INDENT = "      "
_BLOCK = "          "
_PUT_IN = re.compile("REIGN_[0-9]+")
_TO, _GONE = " -> ", " -> null"
_WIDEST = 40
"""Longer paths do not push the values of the others to the right."""


@dataclass(slots=True)
class Row:
    """One attribute that differs. `block` holds the lines of a value of several lines; then `text` is empty. `sides` are
    what it was and what it will be, where both are shown. `within` makes it anew for so many columns; it is None where
    the row is the same on every screen.
    """

    symbol: str
    path: str
    text: str
    block: Sequence[str] = ()
    note: str = ""
    sides: tuple[str, str] | None = None
    within: Callable[[int], Row] | None = None


@dataclass(slots=True)
class Rows:
    """What differs, and how many attributes do not."""

    rows: list[Row]
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class _Subject:
    """Whose values are compared: `own` is its address. `full`: nothing is cut."""

    own: str
    full: bool


def created(after: Value, own: str, full: bool = False) -> Rows:
    """Everything that comes; what is null or empty is not worth a line."""
    return _rows(MISSING, after, own, full)


def deleted(before: Value, own: str, full: bool = False) -> Rows:
    """Everything that goes."""
    return _rows(before, MISSING, own, full)


def changed(before: Value, after: Value, own: str, full: bool = False) -> Rows:
    """What differs between two values."""
    return _rows(before, after, own, full)


def _rows(before: Value, after: Value, own: str, full: bool) -> Rows:
    found = Rows([])
    _compare((), before, after, found, _Subject(own, full))
    return found


def _compare(path: Path, before: Value, after: Value, found: Rows, subject: _Subject) -> None:
    if _is_command(before) or _is_command(after):
        for old, new in zip(_of_command(before), _of_command(after), strict=True):
            _compare(path, old, new, found, subject)
    elif isinstance(before, dict | list) or isinstance(after, dict | list):
        if (parts := _parts(before, after)) is None:
            if not (_is_hollow(before) and _is_hollow(after)):
                found.rows.append(_row(format_path(path), before, after, subject))
            return
        for part, old, new in parts:
            kind = old.__class__
            if kind is new.__class__ and kind in PLAIN and old == new:
                found.hidden += old is not None
            else:
                _compare((*path, part), old, new, found, subject)
    elif _is_nothing(before) and _is_nothing(after):
        return
    elif _same(before, after):
        found.hidden += 1
    else:
        found.rows.append(_row(format_path(path), before, after, subject))


def _is_command(value: Value) -> bool:
    """True for a command with the values that are put into it, as `schema.Kind` `command` has it."""
    if not isinstance(value, dict) or len(value) != 2 or not isinstance(value.get("command"), str):
        return False
    values = value.get("with")
    return isinstance(values, dict) and all(map(_PUT_IN.fullmatch, values))


def _of_command(value: Value) -> tuple[Value, Value]:
    """The command as it is run, and what stands for the names in it."""
    return (value["command"], value["with"]) if isinstance(value, dict) and _is_command(value) else (value, MISSING)


def _parts(before: Value, after: Value) -> Iterable[tuple[str | int, Value, Value]] | None:
    """What stands in two collections side by side, or in one where the other side has nothing; None where they are of two
    kinds.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        names = sorted(before if before.keys() == after.keys() else {**before, **after})
        return [(name, before.get(name, MISSING), after.get(name, MISSING)) for name in names]
    if isinstance(before, list) and isinstance(after, list):
        return [(at, *sides) for at, sides in enumerate(zip_longest(before, after, fillvalue=MISSING))]
    if isinstance(after, dict | list) and _is_nothing(before):
        return _parts(type(after)(), after)
    if isinstance(before, dict | list) and _is_nothing(after):
        return _parts(before, type(before)())
    return None


def _is_nothing(value: Value) -> bool:
    return value is None or value is MISSING or value in ({}, [])


def _is_hollow(value: Value) -> bool:
    """True for what holds nothing that is worth a line."""
    if isinstance(value, dict | list):
        return all(map(_is_hollow, value.values() if isinstance(value, dict) else value))
    return _is_nothing(value)


def _same(before: Value, after: Value) -> bool:
    """Whether nothing differs. Of what a plan file holds, the keyed hash tells; what one made it from is no difference."""
    if isinstance(before, Secret) and isinstance(after, Secret):
        return (before.hash, before.key_id) == (after.hash, after.key_id)
    if isinstance(before, Sensitive) or isinstance(after, Sensitive):
        before, after = reveal(before), reveal(after)
    if isinstance(before, bool) or isinstance(after, bool):
        return before is after
    return before == after


def _row(path: str, before: Value, after: Value, subject: _Subject) -> Row:
    row = _told(path, before, after, subject, None)
    if after.__class__ not in PLAIN:
        own = f"{subject.own}." if subject.own else ""
        row.note = ", ".join(name for name in origins(after) if not own or not name.startswith(own))
    row.within = lambda room: _told(path, before, after, subject, room)
    return row


def _told(path: str, before: Value, after: Value, subject: _Subject, room: int | None) -> Row:
    """Both values in `room` columns; where that is None, in as many as are shown where nobody looks at a screen."""
    own, full = subject.own, subject.full
    if _is_nothing(before):
        if is_text_block(after):
            return Row("+", path, "", whole("+", str(after), full, room))
        return Row("+", path, show(after, own, full, room or LONGEST))
    if _is_nothing(after):
        gone = show(before, own, full, room - len(_GONE) if room else LONGEST)
        return Row("-", path, f"{gone}{_GONE}", sides=(gone, "null"))
    if isinstance(before, str) and isinstance(after, str) and (is_text_block(before) or is_text_block(after)):
        return Row("~", path, "", difference(before, after, full, room))
    left, right = sides(before, after, own, full, room - len(_TO) if room else 2 * LONGEST)
    return Row("~", path, f"{left}{_TO}{right}", sides=(left, right)) if left else Row("~", path, right)


def lines(rows: Sequence[Row], width: int | None = None) -> list[str]:
    """The rows with their values in one column, cut to what a screen of `width` columns has room for."""
    column = value_column(rows) if width is None else min(value_column(rows), width // 2)
    text: list[str] = []
    for row in rows:
        note = f"    # {row.note}" if row.note else ""
        if row.block:
            text.append(f"{_INDENT}{row.symbol} {row.path}:{note}")
            text += map(_block_line, row.block if width is None else _fitted(row, width - len(_BLOCK)).block)
        else:
            head = f"{_INDENT}{row.symbol} {padded(row.path, column)} "
            told = row if width is None else _fitted(row, width - breadth(head + note))
            text.append(f"{head}{told.text}{note}")
    return text


def _fitted(row: Row, room: int) -> Row:
    """The row in so many columns; one that fits in whole is not told again."""
    if row.within is None or (not row.block and "..." not in row.text and breadth(row.text) <= room):
        return row
    return row.within(max(room, SHORTEST))


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
