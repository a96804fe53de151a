"""Plan files: written sealed and with nothing in clear that must not be shown, read only when whole and ours."""

from __future__ import annotations

from reign.app.nouns import Planned, Where
from reign.app.plan import part
from reign.app.stillness import planned_by
from reign.app.workspace import open_workspace
from reign.model.errors import Stale
from reign.model.event import State
from reign.model.finding import Finding
from reign.model.plan import Plan
from reign.state.seal import seal, unseal


def seal_plan(where: Where, planned: Planned) -> bytes:
    """The plan as a file's content. Makes `.reign/key` where there is none and `REIGN_KEY` names none."""
    plan = planned.plan
    space = open_workspace(where, plan.env)
    return seal(space.vault(plan.basis.lineage).conceal(plan), space.layout, where.environ)


def open_plan(where: Where, data: bytes) -> Planned:
    """The plan in a file, as it was written. Raises Stale when it was cut short, edited, or sealed with another key."""
    plan = unseal(data, open_workspace(where, "").layout, where.environ)
    return part(open_workspace(where, plan.env), plan, None)


def check_basis(plan: Plan, env: str, state: State) -> None:
    """Raises Stale when `plan` was made for another project, environment or point of the state than `state`."""
    basis = plan.basis
    if plan.env != env:
        raise Stale([_foreign(f"It was made for environment {plan.env or '(none)'}, not for {env or '(none)'}.")])
    if state.serial == 0 and not state.lineage:
        if not basis.fresh:
            raise Stale([_foreign("It was made for a state that is not here: this project has none yet.")])
        return
    if basis.lineage != state.lineage:
        raise Stale([_foreign("Its lineage is not that of the state here.")])
    if (basis.serial, basis.head) != (state.serial, state.head):
        raise Stale([_moved(plan, state)])


def _foreign(why: str) -> Finding:
    return Finding(
        "plan/foreign", "Plan file of another state", f"{why} Nothing was done.", fix="Plan again: reign plan --out F"
    )


def _moved(plan: Plan, state: State) -> Finding:
    made, now = plan.basis.serial, state.serial
    where = f"the state has moved on to serial {now}"
    if now < made:
        where = f"the state here is older: it is at serial {now}, as when .reign was brought back from a backup"
    elif now == made:
        where = "the state here is another one of the same serial, as when .reign was brought back from a backup"
    return Finding(
        "plan/stale",
        "Stale plan file",
        f"It was made at serial {made}, and {where}. Nothing was done.",
        fix=f"Plan again: {planned_by(plan)}",
    )
