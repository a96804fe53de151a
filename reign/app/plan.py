"""`plan`: from reign.yaml, the state and reality to a plan. No run, no lock, nothing written."""

from __future__ import annotations

from dataclasses import replace

from reign.app.declared import Declared, load_project, placed_findings, planner_inputs
from reign.app.nouns import Planned, Where
from reign.app.observe import observe
from reign.app.workspace import Workspace, open_workspace
from reign.config import Project
from reign.model.errors import Failed
from reign.model.event import State
from reign.model.finding import Finding, Severity
from reign.model.plan import Plan
from reign.planning import Options, desired_now, plan
from reign.state import read

REFUSALS = frozenset({"plan/protected"})
"""Error findings about a plan that can be made and shown, and that `apply` refuses."""


def make_plan(where: Where, options: Options) -> Planned:
    """Plan what `reign.yaml` says on the state as it is read, without a lock.

    Raises Failed with every error finding that keeps a plan from being made.
    """
    space = open_workspace(where)
    declared = load_project(space)
    state, told = _settled(space, declared.project)
    planned = plan_project(space, declared, options, state)
    findings = (*told, *planned.plan.findings)
    return replace(planned, plan=replace(planned.plan, findings=findings), warnings=(*told, *planned.warnings))


def plan_project(space: Workspace, declared: Declared, options: Options, state: State) -> Planned:
    """Plan a project that was loaded on a state that was read. Raises Failed as `make_plan` does."""
    project = declared.project
    inputs = planner_inputs(space, project, state, options)
    if options.refresh:
        site = space.site(inputs.basis.lineage, project.name)
        seen = observe(space, site, desired_now(inputs), state, inputs.connections)
        inputs = replace(inputs, observed=seen)
    return _parted(space, plan(inputs), declared)


def _settled(space: Workspace, project: Project) -> tuple[State, tuple[Finding, ...]]:
    """The state as it is, open intents answered. While somebody holds the lock those are running, not lost."""
    state = read(space.layout)
    if not state.open_intents:
        return state, ()
    from reign.app.recovery import look_up, settled
    from reign.state.lock import is_held

    if is_held(space.layout):
        return replace(state, open_intents=()), ()
    told = look_up(space, state, project.resources)
    return settled(state, told), tuple(each.finding for each in told)


def _parted(space: Workspace, made: Plan, declared: Declared) -> Planned:
    """Part the findings: errors end it, refusals and warnings go along with the plan."""
    findings = (*declared.noted, *placed_findings(declared.project, made))
    errors = [f for f in findings if f.severity is Severity.ERROR and f.code not in REFUSALS]
    if errors:
        raise Failed(findings)
    return Planned(
        plan=replace(made, findings=findings),
        schema=space.schema,
        warnings=tuple(f for f in findings if f.code not in REFUSALS),
        refusals=tuple(f for f in findings if f.code in REFUSALS),
    )
