"""`plan`: from reign.yaml, the state and reality to a plan. No run, no lock, nothing written."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime

from reign import __version__
from reign.app.git import head
from reign.app.nouns import Planned, Where
from reign.app.observe import observe
from reign.app.workspace import Declared, Workspace, load_project, open_workspace
from reign.config import Project, functions
from reign.model.address import Address, parse_address
from reign.model.errors import Failed, Problem
from reign.model.event import State
from reign.model.finding import Finding, Severity
from reign.model.plan import Basis, Plan
from reign.model.resource import Resource
from reign.model.values import parse_path
from reign.planning import Inputs, Options, OutputDeclaration, desired_now, plan
from reign.ports import Call, Connection, Site
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
        seen = observe(space, site, desired_now(inputs), state, project.connections)
        inputs = replace(inputs, observed=seen)
    return _parted(space, plan(inputs), declared)


def planner_inputs(space: Workspace, project: Project, state: State, options: Options) -> Inputs:
    """What the planner is given, reality aside. A state without a lineage gets a fresh one for the plan to carry."""
    lineage = state.lineage or os.urandom(16).hex()
    site = space.site(lineage, project.name)
    return Inputs(
        project=project.name,
        env=project.env,
        desired={} if options.destroy else _expanded(space, project, site),
        groups=project.groups,
        outputs={
            name: OutputDeclaration(output.value, output.sensitive, output.description)
            for name, output in project.outputs.items()
        },
        prior=state,
        observed={},
        schema=space.schema,
        normalize=space.registry.normalize,
        basis=Basis(
            lineage=lineage,
            serial=state.serial,
            head=state.head,
            fresh=not state.lineage,
            config_digest=project.digest,
            sources=project.sources,
            git_sha=head(space.where.folder.resolve()).sha,
            variables=project.variables,
        ),
        options=options,
        functions=functions(project),
        connections=project.connections,
        now=datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds"),
        version=__version__,
    )


def placed_findings(project: Project, made: Plan) -> tuple[Finding, ...]:
    """The planner's findings, each at its line of the YAML."""
    return tuple(_at_its_line(project, finding) for finding in made.findings)


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


def _expanded(space: Workspace, project: Project, site: Site) -> dict[Address, Resource]:
    found: dict[Address, Resource] = {}
    for block in project.resources.values():
        settings = project.connections.get(block.connection, {})
        call = Call("", Connection(block.connection, settings), site)
        for resource in space.registry.provider(block.address.provider).expand(block, call):
            found[resource.address] = resource
    return found


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


def _at_its_line(project: Project, finding: Finding) -> Finding:
    if finding.place is not None:
        return finding
    path = parse_path(finding.path) if finding.path else ()
    if not finding.address and path[:1] == ("outputs",) and path[1] in project.outputs:
        return project.output_finding(str(path[1]), finding)
    if not finding.address:
        return finding
    address = parse_address(finding.address)
    if address.name not in project.blocks:
        return finding  # it is only in the state
    problem = Problem(path, finding.code, finding.summary, finding.detail, fix=finding.fix)
    placed = project.finding(address, problem)
    return replace(finding, place=placed.place, excerpt=placed.excerpt, hint=finding.hint or placed.hint)
