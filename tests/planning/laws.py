"""What holds of every plan."""

from __future__ import annotations

from reign.model.address import Address
from reign.model.plan import Action, Plan

VERBS = {
    Action.CREATE: ["create"],
    Action.UPDATE: ["update"],
    Action.REPLACE: ["create", "delete"],
    Action.DELETE: ["delete"],
    Action.FORGET: ["forget"],
    Action.NOOP: [],
}


def broken_laws(plan: Plan) -> list[str]:
    """Everything about `plan` that must never be so, in words."""
    broken: list[str] = []
    places = [change.address for change in plan.changes]
    if places != sorted(set(places), key=Address.sort_key):
        broken.append("changes are not in address order")
    for index, step in enumerate(plan.steps):
        if any(needed >= index or needed < 0 for needed in step.needs) or list(step.needs) != sorted(set(step.needs)):
            broken.append(f"step {index} needs {step.needs}")
    for change in plan.changes:
        verbs = sorted(step.verb for step in plan.steps if step.address == change.address and step.kind != "wait")
        expected = ["record"] if change.recorded_only else VERBS[change.action]
        if verbs != sorted([*expected, *(["delete"] if change.deposed else [])]):
            broken.append(f"{change.address}: {change.action} has steps {verbs}")
        if bool(change.digest) != (change.action is not Action.NOOP):
            broken.append(f"{change.address}: {change.action} with digest {change.digest!r}")
        if (change.action in (Action.DELETE, Action.FORGET)) != (change.after is None):
            broken.append(f"{change.address}: {change.action} leads to {change.after}")
    if {step.address for step in plan.steps} - set(places):
        broken.append("steps of what is no change")
    return broken
