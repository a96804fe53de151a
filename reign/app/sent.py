"""With what a call was made whose answer was lost: what only its run knew follows from what the state holds now."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from reign.app.workspace import Workspace
from reign.execution.job import Job, Origin, Seams
from reign.execution.resolution import Resolution
from reign.execution.task import Outcome, Task
from reign.execution.values import Values
from reign.model.address import parse_address
from reign.model.errors import ProviderError, ReignError
from reign.model.event import Event, State
from reign.model.plan import Change, Plan
from reign.model.values import Sensitive, Value, is_known, reveal


def change_of(space: Workspace, state: State, plan: Plan | None, intent: Event) -> Change | None:
    """The change of `plan` that an intent belongs to, with all that its call was given as far as that can be told. `state`
    is opened.
    """
    address = parse_address(intent.address)
    change = next((each for each in plan.changes if each.address == address), None) if plan else None
    if (
        plan is None
        or change is None
        or change.after is None
        or is_known(change.after)
        or _is_later(state, change, intent)
    ):
        return change
    job = Job(
        plan,
        state,
        space.site(state.lineage, plan.project, plan.env),
        Origin(intent.run),
        roots={"secret": _generated(space, state)},
    )
    seams = Seams(_nothing, space.schema, space.registry.normalize, vault=space.vault(state.lineage), masks=space.masks)
    try:
        return replace(change, after=Resolution(job, seams, Values(job, {})).spec(change))
    except (ProviderError, ReignError):
        return change  # it reads what neither the plan nor the state holds


def _is_later(state: State, change: Change, intent: Event) -> bool:
    """Whether anything that it depends on is another since."""
    needed = (state.resources.get(parse_address(text)) for text in change.depends_on)
    return any(held is None or held.updated_at > intent.at for held in needed)


def _generated(space: Workspace, state: State) -> dict[str, Value]:
    vault = space.vault(state.lineage)
    return {
        name: Sensitive(reveal(vault.decrypt(cast("Value", secret))), f"${{secret.{name}}}")
        for name, secret in state.secrets.items()
    }


def _nothing(_: Task) -> Outcome:
    raise AssertionError("nothing is called")
