"""The project as its files declare it: read, and held against what a planner finds wrong without looking at anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from reign import __version__
from reign.app.allowed import allowed
from reign.app.expansion import Expanded, expanded
from reign.app.folded import folded
from reign.app.git import head
from reign.app.secrets import Secrets
from reign.app.workspace import Workspace, request
from reign.config import Loaded, Project, functions, load
from reign.model.address import parse_address
from reign.model.errors import Failed, InvalidSpec, Problem
from reign.model.event import State
from reign.model.finding import DANGER, Finding, Place
from reign.model.plan import Basis, Plan
from reign.model.values import Spec, Value, is_sensitive, parse_path
from reign.planning import Inputs, Options, OutputDeclaration, plan
from reign.ports import Site
from reign.state.layout import new_lineage


@dataclass(frozen=True, slots=True)
class Declared:
    """The project as declared, its findings that are no errors, and the secrets in it that nobody looked at, in words."""

    project: Project
    noted: tuple[Finding, ...] = ()
    unseen: tuple[str, ...] = ()


def load_project(space: Workspace, secrets: Secrets, planned: Spec | None = None) -> Declared:
    """The project's files, read, with the values of the secrets that they use, and of the variables that a plan of them had.

    Raises Failed with all findings when one of them is an error.
    """
    loaded = read_files(space, secrets, planned)
    if loaded.project is None:
        raise Failed(all_findings(space, loaded))
    _learn(space, loaded.project)
    return Declared(loaded.project, loaded.findings, tuple(secrets.unseen))


def read_files(space: Workspace, secrets: Secrets | None = None, planned: Spec | None = None) -> Loaded:
    """The project's files as `config` reads them; without `secrets`, nothing is asked for their values."""
    asked = replace(request(space.where), planned=planned or {})
    if secrets is not None:
        asked = replace(asked, secret=secrets, hides_env=not space.trusted)
    registry = space.registry
    return load(
        asked, registry.schema, registry.types, data_types=registry.data_types, check_settings=registry.check_settings
    )


def _learn(space: Workspace, project: Project) -> None:
    """Show nothing sensitive that stands in the project."""
    values: list[Value] = [*project.variables.values(), *project.connections.values()]
    values += [resource.spec for resource in project.resources.values()]
    values += [output.value for output in project.outputs.values()]
    space.learn([value for value in values if is_sensitive(value)])


def all_findings(space: Workspace, loaded: Loaded) -> tuple[Finding, ...]:
    """The findings of `config`, and what planning the project from nothing adds to them, in the order of the lines.

    Where `config` found errors, only what cannot follow from one of them is added: cycles, and specs that are refused
    of blocks that it found nothing wrong with.
    """
    project = loaded.partial
    if project is None:
        return loaded.findings
    try:
        inputs = planner_inputs(space, project, State(), Options(refresh=False))
        told = placed_findings(project, plan(replace(inputs, imports=())))  # what they name is looked at by a plan
    except Failed as error:  # what a block stands for cannot be told, nor what follows from it
        told = error.findings
    if loaded.project is None:
        blamed = {finding.address.partition("[")[0] for finding in loaded.findings}
        told = tuple(
            finding
            for finding in allowed(told, project.resources)
            if finding.address.partition("[")[0] not in blamed
            and finding.code.startswith(("graph/", "spec/", "shell/", DANGER))
        )
    return folded(sorted((*loaded.findings, *told), key=_line))


def _line(finding: Finding) -> tuple[bool, str, int, int]:
    place = finding.place
    return (place is None, place.file, place.line, place.column) if place else (True, "", 0, 0)


def planner_inputs(space: Workspace, project: Project, state: State, options: Options) -> Inputs:
    """What the planner is given, reality aside. A state without a lineage gets a fresh one for the plan to carry.

    Raises Failed where what a block stands for cannot be told.
    """
    lineage = state.lineage or new_lineage()
    site = space.site(lineage, project.name, project.env)
    declared = Expanded({}, project.groups, ()) if options.destroy else expanded(space, project, site)
    checked_out = head(space.folder, trusted=space.trusted)
    return Inputs(
        project=project.name,
        env=project.env,
        desired=declared.resources,
        groups=declared.groups,
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
            sources=project.sources[: len(project.sources) - len(space.where.var_files)],
            given=_given(space, project),
            git_sha=checked_out.sha,
            git_branch=checked_out.branch,
            variables=project.variables,
        ),
        options=options,
        functions=functions(project),
        roots=project.roots,
        checks=() if options.destroy else project.checks,
        imports=declared.imports,
        moved=project.moved,
        removed=project.removed,
        command=partial(_wrong_with, space, site),
        dangers=partial(space.registry.dangers, site=site),
        dangers_of_delete=partial(space.registry.dangers, site=site, going=True),
        hash=lambda value: space.vault(lineage).hash(value),
        masks=space.masks,
        secrets=project.secrets,
        connections=_connections(project, state),
        now=datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds"),
        version=__version__,
    )


def _given(space: Workspace, project: Project) -> tuple[str, ...]:
    """What stands above the project's files, by name: a value may be one that must not be shown."""
    files = project.sources[len(project.sources) - len(space.where.var_files) :]
    names = [text.partition("=")[0] for text in space.where.variables]
    return (*(f"--var-file {name}" for name in files), *([f"--var {' '.join(names)}"] if names else []))


def _wrong_with(space: Workspace, site: Site, command: Value) -> Sequence[Problem]:
    """What a `shell.command` of that command would be refused for."""
    try:
        made = space.registry.normalize("shell.command", {"create": command})
    except InvalidSpec as error:
        return error.problems
    return space.registry.dangers("shell.command", made, site)


def _connections(project: Project, state: State) -> dict[str, Spec]:
    """The connections that the project declares or uses; and, as they were, those that only the state still needs."""
    held = (*state.resources.values(), *state.deposed.values())
    return {**{each.connection: dict(each.settings) for each in held}, **project.connections}


def placed_findings(project: Project, made: Plan) -> tuple[Finding, ...]:
    """The planner's findings, each at its line of the YAML; of what a block stands for, at the file that it comes from."""
    foreign = {
        str(change.address): change.desired.place
        for change in made.changes
        if change.desired is not None and change.address not in project.resources
    }
    return tuple(_at_its_file(_at_its_line(project, each), foreign.get(each.address)) for each in made.findings)


def _at_its_file(finding: Finding, file: Place | None) -> Finding:
    """`finding` at the file that its resource comes from, where that is not the YAML, with the block beside it."""
    if file is None:
        return finding
    related = (finding.place,) if finding.place is not None else ()
    return replace(finding, place=file, related=(*related, *finding.related), excerpt=(), hint="")


def _at_its_line(project: Project, finding: Finding) -> Finding:
    if finding.place is not None and not finding.path:
        return project.shown(finding)
    path = parse_path(finding.path) if finding.path else ()
    if not finding.address and path[:1] == ("outputs",) and path[1] in project.outputs:
        return project.output_finding(str(path[1]), finding)
    if not finding.address:
        return finding
    address = parse_address(finding.address)
    if address.name not in project.blocks:
        return finding  # it is only in the state
    exactly = (finding.place, finding.excerpt)
    problem = Problem(path, finding.code, finding.summary, finding.detail, "", finding.fix, *exactly)
    placed = project.finding(address, problem)
    return replace(
        finding,
        place=placed.place,
        excerpt=placed.excerpt,
        hint=finding.hint or placed.hint,
        fix=finding.fix or placed.fix,
        related=(*placed.related, *finding.related),
        overlay_of=placed.overlay_of,
    )
