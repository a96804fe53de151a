"""`rollback`: from the history and reality to a plan that leads back to an earlier point. Reads no project files of then."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from reign import __version__
from reign.app.declared import Declared, load_project
from reign.app.nouns import Looking, Planned, Where, nobody
from reign.app.observe import observe
from reign.app.plan import judged, part, settled_state
from reign.app.point import Point, find_point, state_at
from reign.app.secrets import Secrets
from reign.app.sources import KEPT_BYTES, content_hash, is_kept, pinned_sources
from reign.app.unseen import hidden
from reign.app.workspace import Workspace, open_workspace
from reign.config.environments import overlays_beside
from reign.config.files import FILE
from reign.model.address import Address
from reign.model.errors import ReignError
from reign.model.event import State
from reign.model.finding import Finding
from reign.model.plan import Basis, Rollback
from reign.model.values import Spec
from reign.planning import Inputs, Options, desired_now, moved_state
from reign.planning.rollback import back_to, plan_back
from reign.state.point import project_of, taken_since
from reign.state.reader import Reading


def make_rollback(where: Where, to: str, options: Options, looking: Looking = nobody) -> Planned:
    """Plan back to what `to` names, on the state as it is read, without a lock.

    Raises Failed where there is no such point, and with every error finding that keeps a plan from being made.
    """
    space = open_workspace(where)
    declared = declared_beside(space, Secrets(space, lambda: space.held))
    state, told = settled_state(space, space.held, declared.project.resources if declared else {})
    past = look_back(space, space.reading, find_point(space.reading, state, to))
    planned = plan_rollback(space, declared, past, options, state, looking)
    findings = (*told, *planned.plan.findings)
    return replace(planned, plan=replace(planned.plan, findings=findings), warnings=(*told, *planned.warnings))


@dataclass(frozen=True, slots=True)
class Past:
    """What the history tells of a point: the state `then`, opened, and the operations that took something over since.
    `project` is the project's name where the state does not say it.
    """

    point: Point
    then: State
    taken: frozenset[str]
    project: str


def look_back(space: Workspace, reading: Reading, point: Point) -> Past:
    """Read it. Raises Failed, also where that is pruned away."""
    then, now = state_at(space, reading, point), reading.fold
    return Past(point, then, taken_since(reading, point.seq), now.project or project_of(reading))


def plan_rollback(
    space: Workspace,
    declared: Declared | None,
    past: Past,
    options: Options,
    state: State,
    looking: Looking = nobody,
) -> Planned:
    """Plan back to a point on a state that was read and opened. `declared` is the project beside it, where it loads.

    Raises Failed as `make_rollback` does.
    """
    rollback = Rollback(past.point.to, past.point.seq, past.then.serial)
    inputs = _inputs(space, declared, state, past, options)
    known = declared.project.resources if declared else {}
    inputs = back_to(inputs, past.then, rollback, past.taken, known)
    if options.refresh:
        inputs = _seen(space, inputs, looking)
    made = plan_back(inputs)
    lost = _lost_sources(space, part(space, made, None))
    made = judged(replace(made, findings=(*made.findings, *lost)), inputs.desired)
    return part(space, made, declared.project if declared else None)


def declared_still(space: Workspace, secrets: Secrets, planned: Spec | None = None) -> Declared | None:
    """The project's files where they still load: what does not come from them needs none. `planned`: as a plan of them had
    its variables.
    """
    try:
        return load_project(space, secrets, planned)
    except ReignError:
        return None


def declared_beside(space: Workspace, secrets: Secrets) -> Declared | None:
    """The same, where they say anything that is not in the history.

    Raises Failed where they do not load and variables are given for them, which would go unheard.
    """
    if space.where.variables or space.where.var_files:
        return load_project(space, secrets)
    return declared_still(space, secrets) if _is_worth_reading(space) else None


_TOLD = (
    "settings",
    "providers",
    "environments",
    "include",
    "retry",
    "timeout",
    "priority",
    "allow",
    "\\x",
    "\\u",
    "\\U",
)
"""A text without any of these says nothing that a rollback reads; a key may be written with escapes."""


def _is_worth_reading(space: Workspace) -> bool:
    """False of a file that only says what there is to be: that is told by the history, and reading it takes its time."""
    try:
        text = (space.folder / FILE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return True
    return bool(overlays_beside(space.folder)) or any(word in text for word in _TOLD)


def _inputs(space: Workspace, declared: Declared | None, state: State, past: Past, options: Options) -> Inputs:
    """What the planner is given, of what holds now. Connections are those of the project, where it has them still."""
    held = (*past.then.resources.values(), *state.resources.values(), *state.deposed.values())
    recorded: dict[str, Spec] = {each.connection: dict(each.settings) for each in held}
    lineage = state.lineage
    return Inputs(
        project=declared.project.name if declared else past.project,
        env=space.env,
        desired={},
        groups=(),
        outputs={},
        prior=state,
        observed={},
        schema=space.registry.schema,
        normalize=space.registry.normalize,
        basis=Basis(lineage, state.serial, state.head, fresh=False, config_digest=""),
        options=options,
        hash=lambda value: space.vault(lineage).hash(value),
        masks=space.masks,
        connections={**recorded, **(declared.project.connections if declared else {})},
        now=datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds"),
        version=__version__,
    )


def _seen(space: Workspace, inputs: Inputs, looking: Looking) -> Inputs:
    """`inputs` with what is there now, of all that it is about and a provider knows."""
    kinds = {address.kind for address in (*inputs.desired, *inputs.prior.resources)}
    if not any(_is_seen(space, kind) for kind in kinds):
        return inputs
    site = space.site(inputs.basis.lineage, inputs.project, inputs.env)
    now, held = desired_now(inputs), moved_state(inputs)
    unseen = hidden(space, now, held, inputs.connections)
    wanted = {address for address in {*now, *held.resources} - unseen.addresses if _is_known(space, address)}
    seen = observe(space, site, now, held, inputs.connections, wanted, (), looking)
    return replace(inputs, observed=seen, unseen=unseen.phrases)


def _lost_sources(space: Workspace, planned: Planned) -> list[Finding]:
    """What was made from a file that holds something else by now, and of which no copy was kept."""
    return [
        Finding(
            "rollback/source-lost",
            "Source file is not as it was",
            f"{address} was made from {source}, which holds something else now (sha256 {sha256[:8]}... was meant). Of files "
            f"of more than {KEPT_BYTES >> 20} MiB no copy is kept.",
            address=str(address),
            fix=f"Put that file back as it was, or leave it out: --exclude {shlex.quote(address.text)}",
        )
        for address, source, sha256 in pinned_sources(planned)
        if not is_kept(space, sha256) and content_hash(space.folder / source) != sha256
    ]


def _is_seen(space: Workspace, kind: str) -> bool:
    """Whether there are any of this type that can be looked at."""
    schema = space.registry.schema(kind)
    return schema is not None and (schema.observable or schema.observable_when is not None)


def _is_known(space: Workspace, address: Address) -> bool:
    return space.registry.schema(address.kind) is not None
