"""What going back means for each resource: it comes to be as it was, something is lost on the way, or nothing undoes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reign.model.plan import Action, Change, Drift, Plan, Undoing
from reign.model.schema import Schema

Schemas = Callable[[str], Schema | None]

_DESTROYING = (Action.DELETE, Action.REPLACE)


def undoings(made: Plan, schema: Schemas) -> tuple[Undoing, ...]:
    """One for each change of `made` that does something, the worst last."""
    drift = {each.address: each for each in made.drift}
    found = [_undoing(change, schema(change.address.kind), drift.get(change.address)) for change in made.actions()]
    return tuple(sorted(found, key=lambda each: (_WORST.index(each.kind), each.address.sort_key())))


_WORST = ("reversible", "data-loss", "irreversible")


def _undoing(change: Change, schema: Schema | None, drift: Drift | None) -> Undoing:
    stays, lost = next(_undone_by_nothing(change, schema), ""), next(_lost(change, schema, drift), "")
    if stays:
        return Undoing(change.address, "irreversible", stays)
    return Undoing(change.address, "data-loss", lost) if lost else Undoing(change.address, "reversible")


def _undone_by_nothing(change: Change, schema: Schema | None) -> Iterator[str]:
    """Why what was done since stays done."""
    prior = change.prior
    if change.action is Action.FORGET and change.reason == "forget_because_retain" and prior is not None:
        if prior.lifecycle.on_destroy == "retain":
            yield "its lifecycle says on_destroy: retain, so it stays, and is only forgotten"
        elif prior.created_run != prior.updated_run:
            yield "it was taken over and then changed; it stays as it is now"
    if change.is_retained and change.action is Action.REPLACE:
        yield "its lifecycle says on_destroy: retain, so what is there now stays beside it"
    if prior is None or schema is None or schema.stays is None or change.recorded_only:
        return
    if not schema.stays.holds(prior.spec):
        return
    if change.action is Action.DELETE:
        yield "it has nothing that undoes it: what it did stays, and only the state forgets it"
    elif change.action in (Action.UPDATE, Action.REPLACE):
        yield "it is done again as it was then, and what it did since stays"


def _lost(change: Change, schema: Schema | None, drift: Drift | None) -> Iterator[str]:
    """What nothing brings back."""
    prior, fills = change.prior, schema.fills if schema else None
    if fills is not None and prior is not None and change.action in _DESTROYING and fills.holds(prior.spec):
        yield f"what is in it is lost: {_how(change)}"
    if change.deposed is not None and fills is not None and fills.holds(change.deposed.spec):
        yield f"what is in {change.deposed.external_id}, which a replacement pushed aside, is lost"
    if fills is not None and change.action is Action.CREATE and fills.holds(change.after or {}):
        yield "it is made anew, without what was in it then"
    if drift is not None and drift.after is not None and change.action in (*_DESTROYING, Action.UPDATE):
        yield "it was changed outside of Reign, and that change is lost"


def _how(change: Change) -> str:
    return "it is destroyed and made anew" if change.action is Action.REPLACE else "it is destroyed"
