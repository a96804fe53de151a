"""What holds of every plan."""

from __future__ import annotations

import json
from collections.abc import Iterable

from reign.model.address import Address
from reign.model.codec import encode
from reign.model.plan import Action, Change, Plan
from reign.model.rewrite import rewritten
from reign.model.values import Secret, Sensitive

VERBS = {
    Action.CREATE: ["create"],
    Action.UPDATE: ["update"],
    Action.REPLACE: ["create", "delete"],
    Action.DELETE: ["delete"],
    Action.FORGET: ["forget"],
    Action.READ: ["read"],
    Action.NOOP: [],
}


def broken_laws(plan: Plan, secrets: Iterable[str] = ()) -> list[str]:
    """Everything about `plan` that must never be so, in words. `secrets` are texts that it must never tell."""
    broken: list[str] = []
    places = [change.address for change in plan.changes]
    if places != sorted(set(places), key=Address.sort_key):
        broken.append("changes are not in address order")
    for index, step in enumerate(plan.steps):
        if any(needed >= index or needed < 0 for needed in step.needs) or list(step.needs) != sorted(set(step.needs)):
            broken.append(f"step {index} needs {step.needs}")
    for change in plan.changes:
        broken += _broken_of(plan, change)
    if {step.address for step in plan.steps} - set(places):
        broken.append("steps of what is no change")
    told = concealed_text(plan)
    broken += [f"{secret} is told" for secret in secrets if secret in told]
    return broken


def _broken_of(plan: Plan, change: Change) -> list[str]:
    broken: list[str] = []
    steps = [step for step in plan.steps if step.address == change.address]
    verbs = sorted(step.verb for step in steps if step.kind in ("call", "record"))
    renamed = sorted([*_verbs(change), "move"])  # it stays where it is, and what it depends on has another name
    if verbs != _verbs(change) and (verbs != renamed or change.previous_address is not None):
        broken.append(f"{change.address}: {change.action} has steps {verbs}")
    if bool(change.digest) != bool(change.words):
        broken.append(f"{change.address}: {change.action} with digest {change.digest!r}")
    if (change.action in (Action.DELETE, Action.FORGET)) != (change.after is None):
        broken.append(f"{change.address}: {change.action} leads to {change.after}")
    return broken


def _verbs(change: Change) -> list[str]:
    """What is done for a change, gates and waits aside."""
    verbs = ["record"] if change.recorded_only else list(VERBS[change.action])
    sides = (change.prior, change.desired)
    if change.action is Action.REPLACE and any(side and side.lifecycle.on_destroy == "retain" for side in sides):
        verbs.remove("delete")
    verbs += ["delete"] if change.deposed else []
    verbs += ["move"] if change.previous_address else []
    verbs += ["adopt"] if change.import_id else []
    return sorted(verbs)


def concealed_text(plan: Plan) -> str:
    """`plan` as it is written: what is sensitive as its template and a hash."""
    hidden = rewritten(plan, (Sensitive,), lambda part, _: Secret(part.template, "h", "k"))
    return json.dumps(encode(hidden), ensure_ascii=False)
