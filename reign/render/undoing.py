"""What going back means: what comes to be as it was, what is lost on the way, and what nothing undoes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reign.model.plan import Plan, Undoing
from reign.render.view import View
from reign.render.words import listed, one_line, wrapped

KINDS = {"reversible": "Reversible", "data-loss": "With data loss", "irreversible": "Irreversible"}
"""The three lists, from harmless to dangerous, by the words that they begin with."""
_NAMES = 6


def by_kind(plan: Plan) -> dict[str, list[Undoing]]:
    """The three lists, each of which may be empty; none where nothing is gone back to."""
    found: dict[str, list[Undoing]] = {kind: [] for kind in KINDS} if plan.rollback and plan.rollback.undoing else {}
    for each in plan.rollback.undoing if plan.rollback else ():
        found[each.kind].append(each)
    return found


def by_reason(found: Sequence[Undoing]) -> dict[str, list[str]]:
    """The addresses by what is said of them, in the order of the first."""
    told: dict[str, list[str]] = {}
    for each in found:
        told.setdefault(each.why, []).append(one_line(each.address.text))
    return told


def undoing(plan: Plan, view: View) -> list[str]:
    """The three lists as lines of text."""
    lists = by_kind(plan)
    if not lists or plan.rollback is None:
        return []
    return [
        f"Back to {plan.rollback.to}:",
        *(line for kind, found in lists.items() for line in _told(kind, found, view)),
    ]


def _told(kind: str, found: Sequence[Undoing], view: View) -> Iterator[str]:
    head = f"  {KINDS[kind]}: {len(found):,}" if found else f"  {KINDS[kind]}: none"
    yield head
    if view.summary:
        return
    for why, names in by_reason(found).items():
        some = listed(names, len(names) if view.full else _NAMES)
        yield from wrapped(f"    {some}{f': {why}' if why else ''}", view.width, "      ")
