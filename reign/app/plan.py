"""`plan`: from reign.yaml, the state and reality to a plan. No run, no lock, nothing written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reign.app.allowed import allowed, refused
from reign.app.data import look_up_data
from reign.app.declared import Declared, load_project, placed_findings, planner_inputs
from reign.app.folded import folded
from reign.app.gone import dated
from reign.app.nouns import Looking, Planned, Where, nobody
from reign.app.observe import observe
from reign.app.occupied import taken_places
from reign.app.secrets import Secrets
from reign.app.unseen import Hidden, hidden, hidden_values, untrusted
from reign.app.workspace import Workspace, open_workspace
from reign.config import Project
from reign.model.address import Address
from reign.model.errors import Failed
from reign.model.event import State
from reign.model.finding import DANGER, Finding, Severity
from reign.model.plan import Plan
from reign.model.resource import Resource
from reign.planning import Options, desired_now, moved_state, plan

REFUSALS = frozenset({"plan/protected", "plan/untrusted", "check/failed"})
"""Error findings about a plan that can be made and shown, and that `apply` refuses."""


def is_refusal(finding: Finding) -> bool:
    """Whether it keeps a plan from being applied, and not from being made."""
    return finding.severity is Severity.ERROR and (finding.code in REFUSALS or finding.code.startswith(DANGER))


def make_plan(where: Where, options: Options, looking: Looking = nobody) -> Planned:
    """Plan what `reign.yaml` says on the state as it is read, without a lock.

    Raises Failed with every error finding that keeps a plan from being made.
    """
    space = open_workspace(where)
    return plan_loaded(space, load_project(space, Secrets(space, lambda: space.held)), options, looking)


def plan_loaded(space: Workspace, declared: Declared, options: Options, looking: Looking = nobody) -> Planned:
    """The same of a project that was loaded."""
    state, told = settled_state(space, space.held, declared.project.resources)
    planned = plan_project(space, declared, options, state, looking)
    findings = (*told, *planned.plan.findings)
    return replace(planned, plan=replace(planned.plan, findings=findings), warnings=(*told, *planned.warnings))


def plan_project(
    space: Workspace, declared: Declared, options: Options, state: State, looking: Looking = nobody
) -> Planned:
    """Plan a project that was loaded on a state that was read and opened. Raises Failed as `make_plan` does."""
    project = declared.project
    inputs = planner_inputs(space, project, state, options)
    site = space.site(inputs.basis.lineage, project.name, project.env)
    data = look_up_data(space, inputs, site, looking)
    inputs = replace(inputs, data=data.answers)
    unseen = Hidden()
    if options.refresh:
        now, held = desired_now(inputs), moved_state(inputs)
        unseen = hidden(space, now, held, inputs.connections)
        wanted = {*now, *held.resources} - unseen.addresses - refused(inputs, now)
        seen = observe(space, site, now, held, inputs.connections, wanted, inputs.imports, looking)
        inputs = replace(inputs, observed=seen)
    phrases = (*declared.unseen, *hidden_values(space, project), *data.unseen, *unseen.phrases)
    inputs = replace(inputs, unseen=tuple(dict.fromkeys(phrases)))
    made = plan(inputs)
    taken = taken_places(space, site, inputs, made, looking)
    made = replace(made, findings=(*made.findings, *taken))
    return parted(space, made, declared, {**project.resources, **inputs.desired})


def settled_state(
    space: Workspace, state: State, declared: Mapping[Address, Resource]
) -> tuple[State, tuple[Finding, ...]]:
    """`state` as whoever takes the lock will find it, open intents answered; opened where that takes a look.

    While somebody holds the lock they are running, not lost.
    """
    from reign.state.missing import lost_end

    lost = lost_end(space.layout, state.last_seq)
    told = (lost,) if lost else ()
    if not state.open_intents and not space.layout.lock_json.exists():
        return state, told
    from reign.app.recovery import look_up, settled
    from reign.state.lock import is_held, left_behind

    copied = left_behind(space.layout)
    if not state.open_intents:
        return state, (copied, *told) if copied else told
    if is_held(space.layout):
        return replace(state, open_intents=()), told
    told = (copied, *told) if copied else told
    state = space.opened(state)
    found = look_up(space, state, declared)
    return settled(state, found), (*told, *found.findings)


def parted(space: Workspace, made: Plan, declared: Declared, desired: Mapping[Address, Resource]) -> Planned:
    """Part the findings: errors end it, refusals and warnings go along with the plan."""
    project = declared.project
    told = (*declared.noted, *placed_findings(project, made))
    return part(space, dated(space, judged(replace(made, findings=told), desired)), project)


def judged(made: Plan, desired: Mapping[Address, Resource]) -> Plan:
    """`made`, with its findings as they are told. Raises Failed where one of them keeps it from being a plan."""
    findings = made.findings
    if made.unseen:
        findings = (*findings, untrusted(made.unseen))
    findings = folded(allowed(findings, desired), REFUSALS)
    errors = [f for f in findings if f.severity is Severity.ERROR and not is_refusal(f)]
    if errors:
        raise Failed(findings)
    return replace(made, findings=findings)


def part(space: Workspace, made: Plan, project: Project | None) -> Planned:
    """A plan with its refusals and warnings told apart, and with what its project says of gates, where it loads."""
    refusals = tuple(f for f in made.findings if is_refusal(f))
    told = Planned(
        plan=made,
        schema=space.schema,
        warnings=tuple(f for f in made.findings if f not in refusals),
        refusals=refusals,
    )
    if project is None:
        return told
    return replace(told, settings=project.settings, confirms_by_name=project.confirms_by_name)
