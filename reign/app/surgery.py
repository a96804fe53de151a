"""Changing the state by hand: the lock, what would be recorded, the approval, and then all of it in one batch.

Such a run is in the history like any other, and a plan file made before it is stale. Nothing outside is touched, and
what is encrypted is not opened but to compare it with what is pushed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from reign.app.declared import read_files
from reign.app.held import holding
from reign.app.history import Recording
from reign.app.nouns import Where
from reign.app.plan import settled_state
from reign.app.workspace import Workspace, open_existing
from reign.config import Project, Settings
from reign.model.address import Address
from reign.model.codec import encode
from reign.model.errors import Failed, Refused, ReignError, Stale
from reign.model.event import EventKind, State
from reign.model.finding import Finding, Place, Severity
from reign.model.resource import Snapshot
from reign.model.values import to_json
from reign.planning import by_hand, surgery
from reign.planning.surgery import Record, Surgery
from reign.ports import Vault
from reign.state import read
from reign.state.writer import Writer

_ERRORS: Mapping[str, type[ReignError]] = {
    "state/protected": Refused,
    "state/other-lineage": Stale,
    "state/older-serial": Stale,
    "state/same-serial": Stale,
}
"""What kind of error it is where nothing else is wrong."""

Planner = Callable[[State, Workspace, Mapping[str, str]], Surgery]


@dataclass(frozen=True, slots=True)
class Operation:
    """What is asked for. `command` is what the history calls the run; `plan` says what it makes of a state, with the types
    of the declared blocks by name. lineage: what a state that does not exist yet will have, where that is known.
    """

    command: str
    plan: Planner
    lineage: str | None = None


@dataclass(frozen=True, slots=True)
class Intended:
    """What would be recorded, and in which project. `notes` say what follows from it for the next plan.

    `settings` and `confirms_by_name` as in `Planned`.
    """

    command: str
    env: str
    surgery: Surgery
    notes: tuple[Finding, ...] = ()
    settings: Settings = field(default_factory=Settings)
    confirms_by_name: bool = False


@dataclass(frozen=True, slots=True)
class Operated:
    """What was done: `run` and `serial` are those of the history; no run where there was nothing to do."""

    intended: Intended
    run: str = ""
    serial: int = 0
    warnings: tuple[Finding, ...] = ()


def move(source: str, target: str) -> Operation:
    """What `source` names is called `target` from now on: an instance, or a group with its keys kept."""

    def plan(state: State, space: Workspace, types: Mapping[str, str]) -> Surgery:
        return surgery.move(state, source, target, space.registry.schema, types)

    return Operation("state mv", plan)


def remove(patterns: Sequence[str]) -> Operation:
    """What `patterns` name is forgotten, and nothing of it destroyed."""
    return Operation("state rm", lambda state, *_: surgery.forget(state, patterns))


def taint(patterns: Sequence[str], *, tainted: bool = True) -> Operation:
    """What `patterns` name is replaced by the next apply; or, untainted, left as it is."""
    command = "state taint" if tainted else "state untaint"
    return Operation(command, lambda state, *_: surgery.taint(state, patterns, tainted=tainted))


def intend(where: Where, operation: Operation) -> Intended:
    """What `operation` would do to the state as it is read, without a lock. Raises Failed, Refused."""
    space = open_existing(where)
    project = read_files(space).partial
    state, _ = settled_state(space, read(space.layout), project.resources if project else {})
    return _intended(space, operation, state, project)


def operate(
    where: Where, operation: Operation, approve: Callable[[Intended], None], lock_wait_s: float = 0.0
) -> Operated:
    """Do it under the lock, once `approve` returns. Raises Locked, Failed, Refused, Cancelled; then nothing was done."""
    space = open_existing(where)
    if not space.layout.journal.is_dir():  # a lock would make a state where there is none
        intended = _intended(space, operation, State(), None)
        if not intended.surgery.does_something:
            return Operated(intended)
    with holding(space, operation.command, lock_wait_s, operation.lineage) as held:
        writer, project = held.writer, held.project
        intended = _intended(space, operation, writer.state, project)
        if not intended.surgery.does_something:
            return Operated(intended, warnings=held.told)
        approve(intended)
        run = _record(space, writer, intended, project)
        return Operated(intended, run, writer.state.serial, held.told)


def _intended(space: Workspace, operation: Operation, state: State, project: Project | None) -> Intended:
    made = operation.plan(state, space, _types(project))
    if made.findings:
        kinds = {_ERRORS.get(finding.code, Failed) for finding in made.findings}
        raise (kinds.pop() if len(kinds) == 1 else Stale if Stale in kinds else Failed)(made.findings)
    open_ones = {intent.address: intent.data["verb"] for intent in state.open_intents}
    touched = [str(address) for address in made.addresses if str(address) in open_ones]
    if touched:
        raise Failed([by_hand.still_open(address, open_ones[address]) for address in sorted(touched)])
    told = Intended(operation.command, space.env, made)
    if project is None:
        return told
    return replace(
        told,
        notes=tuple(project.shown(note) for note in _notes(made, project)),
        settings=project.settings,
        confirms_by_name=project.confirms_by_name,
    )


def _types(project: Project | None) -> dict[str, str]:
    """The types of what is declared, by name; what only stands for others is of none."""
    groups = project.groups if project else ()
    return {group.name: group.type for group in groups if group.mode == "managed" and not group.expands}


def _notes(made: Surgery, project: Project) -> Iterator[Finding]:
    """What the next plan would make of it, where that is hardly what is meant; once for each block."""
    told: set[Address] = set()
    for record in made.records:
        old = record.previous or record.address
        if old.group in told or not _is_declared(old, project):
            continue
        if record.action == "forget":
            told.add(old.group)
            yield _still_declared(old, project)
        elif record.previous is not None and not _is_declared(record.address, project):
            told.add(old.group)
            yield _not_renamed(old, record.address, project)


def _is_declared(address: Address, project: Project) -> bool:
    """What stands for others stands for whatever is in the state by its name."""
    return address in project.resources or any(group.expands and group.name == address.name for group in project.groups)


def _still_declared(address: Address, project: Project) -> Finding:
    return Finding(
        "state/still-declared",
        "It is still declared",
        f"{address} is still in the configuration: the next apply records it again where its mark is found, and makes it "
        "anew where it is not.",
        severity=Severity.INFO,
        address=str(address),
        place=_place(address, project),
        fix=f"To leave it alone for good, take it out of the block of {address.name}, or remove the block.",
    )


def _not_renamed(old: Address, new: Address, project: Project) -> Finding:
    return Finding(
        "state/not-renamed",
        "It is still declared under its old name",
        f"The configuration still says {old}, and nothing of {new}: the next apply would make the one anew, and destroy "
        "the other.",
        severity=Severity.INFO,
        address=str(old),
        place=_place(old, project),
        fix=f"Say {new} there as well.",
    )


def _place(address: Address, project: Project) -> Place | None:
    block = project.blocks.get(address.name)
    return block.key.place() if block else None


def _record(space: Workspace, writer: Writer, intended: Intended, project: Project | None) -> str:
    recording, made = Recording(), intended.surgery
    vault = space.vault(writer.state.lineage)
    records = [recording.recorded(record.address, _data(record, recording, vault)) for record in made.records]
    for name, secret in made.secrets.items():
        records.append(recording.fact(EventKind.SECRET, {"name": name, "value": to_json(secret)}))
    if made.outputs is not None:
        told = {name: encode(vault.encrypt(output)) for name, output in made.outputs.items()}
        records.append(recording.fact(EventKind.OUTPUTS, {"outputs": told}))
    recording.write(space, writer, intended.command, records, project, serial=made.serial)
    return recording.run


def _data(record: Record, recording: Recording, vault: Vault) -> dict[str, Any]:
    """What RECORDED says of it."""

    def encoded(snapshot: Snapshot | None) -> Any:
        if snapshot is None:
            return None
        told = replace(snapshot, updated_run=recording.run, updated_at=recording.now)
        if record.action == "record":
            whose, since = snapshot.created_run or recording.run, snapshot.created_at or recording.now
            told = replace(told, created_run=whose, created_at=since)
        return encode(vault.encrypt(told))

    previous = str(record.previous) if record.previous else None
    data: dict[str, Any] = {"action": record.action, "previous": previous, "snapshot": encoded(record.snapshot)}
    if record.deposed is not None or record.deposed_after is not None:
        data["deposed"] = encoded(record.deposed_after)
    return data
