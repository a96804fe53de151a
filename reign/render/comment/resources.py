"""The resources of a comment: the table of what destroys, and one fold for each action."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from reign.model.plan import Action, Change
from reign.render.change import sign, title, why
from reign.render.comment.page import Page, fold
from reign.render.comment.patch import heading, keys, one_line_of
from reign.render.comment.room import NAMES, Item
from reign.render.markup import cell, code, fence, prose, tag
from reign.render.view import View

_FIRST = (Action.REPLACE, Action.DELETE, Action.FORGET, Action.UPDATE, Action.CREATE)
_ACTIONS = (*_FIRST, *(action for action in Action if action not in _FIRST))
"""In the order of their folds: what destroys, what changes, what only is written down."""
_SIGNS = {Action.REPLACE: "-/+", Action.READ: "&lt;="}


def item(change: Change, others: Sequence[Change], lines: Sequence[str], view: View) -> Item:
    """One change, with those that are equal to it. `lines` are its attributes."""
    changes = (change, *others)
    told = one_line_of(change, others) if view.summary else [*heading(change, others), *lines]
    return Item(told, _row(change, others), [tag(each.address.text) for each in changes[:NAMES]], changes)


def _row(change: Change, others: Sequence[Change]) -> str:
    """The row of the table of what destroys; empty for all else."""
    if Action.REPLACE not in change.words and Action.DELETE not in change.words:
        return ""
    marked = {change.address.name, *change.replace_paths, *change.may_replace}
    reasons = "; ".join(prose(reason, marked) for reason in why(change)) or title(change)
    more = f" and {len(others):,} more: {code(keys(change, others))}" if others else ""
    return f"| {sign(change).strip()} | {cell(code(change.address.text) + more)} | {cell(reasons)} |"


def table(items: Sequence[Item]) -> list[str]:
    """What is destroyed, and why."""
    rows = [item.row for item in items if item.row]
    return ["| | resource | why |", "|---|---|---|", *rows] if rows else []


def groups(page: Page, items: Sequence[Item]) -> list[list[str]]:
    """A fold for each action; what destroys is opened."""
    found: dict[Action | None, list[Item]] = {}
    for each in items:
        found.setdefault(each.action, []).append(each)
    return [_group(page, action, found[action]) for action in _ACTIONS if action in found]


def _group(page: Page, action: Action, items: Sequence[Item]) -> list[str]:
    total = page.totals[action]
    shown = sum(len(each.changes) for each in items)
    names = [name for each in items for name in each.names][:NAMES]
    more = f" and {shown - len(names):,} more" if shown > len(names) else ""
    number = "" if total == 1 else f" {shown:,}:" if shown == total else f" {shown:,} of {total:,}:"
    symbol = _SIGNS.get(action) or sign(items[0].changes[0]).strip()
    label = f"<b>{f'{symbol} {action}'.strip()}</b>{number} {', '.join(names)}{more}"
    is_open = page.is_open or action in (Action.REPLACE, Action.DELETE)
    lines = list(chain.from_iterable(each.lines for each in items))
    if shown == 1 and items[0].row and len(lines) > 1:
        lines = lines[1:]  # the table and the label say it
    return fold(label, fence(lines, "diff"), is_open=is_open)
