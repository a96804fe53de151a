"""What differs as a `diff`: what goes, what comes, and with `!` what changes and must not be shown."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from reign.model.plan import Change, Drift
from reign.render.change import rank, rows, sign, title, why
from reign.render.rows import Row, changed, padded, value_column
from reign.render.view import View
from reign.render.words import guarded, listed, one_line

_NAMES = 6
_USUAL = frozenset(
    {
        "will be created",
        "will be updated in-place",
        "must be replaced",
        "will be destroyed",
        "will be read during apply",
        "will be imported",
        "may be replaced",
    }
)
"""What the heading of a group says already."""


def patches(found: Sequence[Row]) -> list[list[str]]:
    """The lines of each row, their signs in front, where a `diff` is coloured by them; the values in one column."""
    width = value_column(found)
    return [guarded(_block(row) if row.block else _values(row, padded(row.path, width))) for row in found]


def patch(found: Sequence[Row]) -> list[str]:
    """The lines of all rows."""
    return list(chain.from_iterable(patches(found)))


def _values(row: Row, path: str) -> list[str]:
    note = f"    # {row.note}" if row.note else ""
    if row.sides is None:
        return [f"{'!' if row.symbol == '~' else row.symbol}   {path} {row.text}{note}"]
    before, after = row.sides
    gone = [f"-   {path} {before}"]
    return gone if row.symbol == "-" else [*gone, f"+   {path} {after}{note}"]


def _block(row: Row) -> list[str]:
    note = f"    # {row.note}" if row.note else ""
    lines = [f"{' ' if row.symbol == '~' else row.symbol}   {row.path}:{note}"]
    for line in row.block:
        symbol, rest = (" ", line) if line.startswith("#") else (line[:1], line[2:])
        lines.append(
            f"{symbol}       {rest}".rstrip() if symbol == " " and not rest.strip() else f"{symbol}       {rest}"
        )
    return lines


def body(change: Change, view: View) -> list[str]:
    """The attributes of a change; nothing in a summary."""
    return [] if view.summary else patch(rows(change, full=view.full).rows)


def heading(change: Change, others: Sequence[Change]) -> list[str]:
    """What is done, why, and to how many more."""
    said = title(change)
    move = change.previous_address if said.startswith("has moved") else None
    reasons = f" ({'; '.join(why(change))})" if why(change) else ""
    lines = [f"# {move or change.address}{'' if said in _USUAL else f' {said}'}{reasons}"]
    if others:
        lines.append(f"# (the same for {len(others):,} more: {keys(change, others)})")
    return list(map(one_line, lines))


def keys(change: Change, others: Sequence[Change]) -> str:
    """The keys of the others of one `for_each`."""
    front = len(change.address.group.text)
    return listed([other.address.text[front:] for other in others], _NAMES)


def one_line_of(change: Change, others: Sequence[Change]) -> list[str]:
    """A change on one line, for a summary."""
    more = f"    # (the same for {len(others):,} more: {keys(change, others)})" if others else ""
    moved = f"    # from {change.previous_address}" if change.previous_address is not None else ""
    return [one_line(f"{sign(change).strip() or rank(change)} {change.address}{moved}{more}")]


def drifted(drift: Drift, view: View) -> tuple[list[str], int | None]:
    """How reality differs from what was recorded, and in how many attributes; None where it is gone."""
    if drift.after is None:
        name = one_line(drift.address.text)
        return [f"# {name} has been deleted", f"-   {name}"], None
    found = changed(drift.before, drift.after, drift.address.text, view.full).rows
    return [one_line(f"# {drift.address}"), *([] if view.summary else patch(found))], len(found)
