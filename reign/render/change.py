"""What a plan says of one change: its place in the order, its sign, its heading, its reasons and its rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

from reign.model.plan import Action, Change, Plan
from reign.render.origins import attributes
from reign.render.rows import Row, Rows, changed, created, deleted
from reign.render.twins import is_twin

_ORDER = {action: rank for rank, action in enumerate(Action)}
_SYMBOLS = {
    Action.NOOP: "   ",
    Action.MOVE: "   ",
    Action.IMPORT: "   ",
    Action.READ: " <=",
    Action.CREATE: "  +",
    Action.UPDATE: "  ~",
    Action.REPLACE: "-/+",
    Action.DELETE: "  -",
    Action.FORGET: "  .",
}


def ordered(plan: Plan) -> list[Change]:
    """What is done, from harmless to dangerous, so that the end of the screen matters."""
    return sorted(plan.actions(), key=lambda change: _ORDER[rank(change)])


def rank(change: Change) -> Action:
    """The action that decides where a change stands: what is only taken over or moved has no other of its own."""
    if change.is_found:
        return Action.IMPORT
    if change.action is not Action.NOOP:
        return change.action
    if change.import_id is not None:
        return Action.IMPORT
    return Action.MOVE if change.previous_address is not None else Action.DELETE


def folded(
    changes: Iterable[Change], body: Callable[[Change], list[str]], full: bool
) -> Iterable[tuple[Change, list[Change], list[str]]]:
    """Each change, those that differ from it in nothing but the key of their `for_each` or `count`, and its `body`."""
    found: dict[object, tuple[Change, list[Change], list[str]]] = {}
    last: tuple[Change, list[Change], list[str]] | None = None
    for change in changes:
        if full or change.address.key is None:
            found[object()] = (change, [], body(change))
        elif last is not None and is_twin(change, last[0]):
            last[1].append(change)
        else:
            told = body(change)
            last = found.setdefault(_shape(change, told), (change, [], told))
            if last[0] is not change:
                last[1].append(change)
    return found.values()


def _shape(change: Change, body: Sequence[str]) -> object:
    named = change.previous_address is not None or change.import_id is not None
    return (
        change.address.group,
        change.action,
        change.create_first,
        title(change),
        _keyless(change),
        tuple(body),
        change.address if named else None,
    )


def _keyless(change: Change) -> tuple[str, ...]:
    """The reasons, with the change's own key left out: each that goes since its key is gone says the same."""
    key = change.address.key
    own = json.dumps(key, ensure_ascii=False) if isinstance(key, str) else f"index {key} "
    return tuple([phrase.replace(own, "*") for phrase in why(change)])


def sign(change: Change) -> str:
    """Terraform's sign of the action, three columns wide."""
    return "+/-" if change.create_first and change.action is Action.REPLACE else _SYMBOLS[rank(change)]


def title(change: Change) -> str:
    """What stands after the address in Terraform's words: `will be created`."""
    match change.action:
        case Action.CREATE:
            return "will be created"
        case Action.UPDATE if change.is_found:
            return "was found, and is recorded"
        case Action.UPDATE:
            return "will be updated in-place"
        case Action.REPLACE:
            return "may be replaced" if _only_maybe(change) else "must be replaced"
        case Action.DELETE:
            return "will be destroyed"
        case Action.READ:
            return "will be read during apply"
        case Action.FORGET:
            return "will no longer be managed by Reign, but will not be destroyed"
    match rank(change):
        case Action.IMPORT:
            return "will be imported"
        case Action.MOVE:
            return f"has moved to {change.address}"
        case _:
            return "stays, and what was pushed aside will be destroyed"


def _only_maybe(change: Change) -> bool:
    return (
        bool(change.may_replace) and not change.replace_paths and change.reason in ("", "replace_because_cannot_update")
    )


def why(change: Change) -> tuple[str, ...]:
    """The reasons as full phrases."""
    reasons = change.reasons
    if change.previous_address is not None and rank(change) is not Action.MOVE:
        reasons = (*reasons, f"moved from {change.previous_address}")
    if change.import_id is not None:
        reasons = (*reasons, f"imported from {json.dumps(change.import_id, ensure_ascii=False)}")
    return reasons


def rows(change: Change, *, full: bool = False) -> Rows:
    """What differs, with what forces a replacement noted; nothing where there is nothing to compare."""
    own = change.address.text
    before = attributes(change.before, change.before_outputs)
    match change.action:
        case Action.CREATE | Action.READ:
            found = created(attributes(change.after, change.after_outputs), own, full)
        case Action.DELETE:
            found = deleted(change.before, own, full)
        case Action.UPDATE | Action.REPLACE:
            found = changed(before, attributes(change.after, change.after_outputs), own, full)
            _mark_replacing(change, found.rows)
        case _:
            return Rows([])
    return found


def _mark_replacing(change: Change, found: list[Row]) -> None:
    for row in found:
        if any(_touches(path, row.path) for path in change.replace_paths):
            row.note = ", ".join(filter(None, ("forces replacement", row.note)))
        elif any(_touches(path, row.path) for path in change.may_replace):
            row.note = ", ".join(filter(None, ("forces replacement if it differs", row.note)))


def _touches(path: str, row: str) -> bool:
    """True when one of the two paths is the other, or above it."""
    short, long = sorted((path, row), key=len)
    return long.startswith(short) and (len(long) == len(short) or long[len(short)] in ".[")
