"""A plan: what a person reviews (changes), what the machine runs (steps), and what both were computed from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, TypeAlias

from reign.model.address import Address
from reign.model.finding import Finding, Place, Severity
from reign.model.resource import Group, Resource, Snapshot
from reign.model.values import Spec, Value


class Action(StrEnum):
    """The words a person reviews and approves by, from harmless to dangerous."""

    NOOP = "no-op"
    MOVE = "move"
    IMPORT = "import"
    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    FORGET = "forget"


ActionReason: TypeAlias = Literal[
    "",
    "replace_because_tainted",
    "replace_because_cannot_update",
    "replace_by_request",
    "replace_by_triggers",
    "delete_because_no_resource_config",
    "delete_because_wrong_repetition",
    "delete_because_count_index",
    "delete_because_each_key",
    "delete_because_enabled_false",
    "delete_because_destroy",
    "read_because_config_unknown",
    "read_because_dependency_pending",
    "create_because_gone",
    "update_because_triggered",
    "update_because_drift",
    "forget_because_gone",
    "forget_because_not_ours",
    "forget_because_retain",
]


@dataclass(frozen=True, slots=True)
class Change:
    """One resource's part in the plan; a no-op too, so that the plan names all there is.

    before: the declared fields as they are now, None where nothing stands. after: as they will be, with `Unknown`;
    None where it goes. changed: the paths of the spec that differ. replace_paths: those of them that cannot change in
    place. may_replace: paths where an unknown meets an immutable field, so that only the apply tells whether it is
    replaced. reasons: full phrases for people (`image cannot change in place`). prior: what the state holds.
    desired: the declaration with its `Deferred` parts, which the apply resolves again. digest: of the observed fields,
    compared once more before the first write. recorded_only: the update is of the state, without a provider call.
    deposed: what an earlier replacement pushed aside and never deleted; it is deleted first, whatever else is done.
    An action `read` is of an address of mode `data` that only the apply can look up. previous_address: what the state
    calls it; a move comes first of all that is done to it. import_id: by what it is taken over, before anything else.
    restarts: the update restarts it, whatever else it changes.
    """

    address: Address
    action: Action
    connection: str
    before: Spec | None = None
    after: Spec | None = None
    before_outputs: Spec = field(default_factory=dict)
    after_outputs: Spec = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    replace_paths: tuple[str, ...] = ()
    may_replace: tuple[str, ...] = ()
    reason: ActionReason = ""
    reasons: tuple[str, ...] = ()
    create_first: bool = False
    recorded_only: bool = False
    previous_address: Address | None = None
    import_id: str | None = None
    prior: Snapshot | None = None
    desired: Resource | None = None
    depends_on: tuple[str, ...] = ()
    digest: str = ""
    deposed: Snapshot | None = None
    restarts: bool = False

    @property
    def words(self) -> tuple[Action, ...]:
        """Everything this change needs approval for; to look something up needs none."""
        found = [] if self.action in (Action.NOOP, Action.READ) else [self.action]
        if self.import_id is not None:
            found.append(Action.IMPORT)
        if self.previous_address is not None:
            found.append(Action.MOVE)
        if self.deposed is not None:
            found.append(Action.DELETE)
        return tuple(found)

    @property
    def does_something(self) -> bool:
        """True when a person is shown it and the machine has a part in it: all that needs approval, and what is read."""
        return self.action is Action.READ or bool(self.words)

    @property
    def is_found(self) -> bool:
        """True for what was there before Reign and is only written down: it counts as no change."""
        return self.recorded_only and self.prior is not None and self.prior.found and not self.prior.created_run

    @property
    def is_retained(self) -> bool:
        """True where what stands there now is left standing: the state's word or the declaration's is enough for that."""
        sides = (self.prior, self.desired)
        return any(side is not None and side.lifecycle.on_destroy == "retain" for side in sides)

    @property
    def is_uncertain(self) -> bool:
        """True for a replacement that only an unknown value asks for: when it comes out as it is, nothing is done."""
        return self.action is Action.REPLACE and not self.reason


StepKind: TypeAlias = Literal["call", "wait", "gate", "record"]
Verb: TypeAlias = Literal["create", "update", "delete", "adopt", "read", "forget", "move", "record"]


@dataclass(frozen=True, slots=True)
class Step:
    """What the machine runs: at most one writing provider call. `needs` are indexes into `Plan.steps`, all smaller.

    call: the provider's create, update, delete, adopt or read · wait: until it is ready · gate: until it is healthy ·
    record: the state alone. A move makes the state hold `Change.prior` from now on and frees `previous_address`, where there
    is one: where there is none, only the names in its recorded edges are others. It comes before all else of a resource.
    """

    kind: StepKind
    verb: Verb
    address: Address
    needs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Drift:
    """A resource that was changed outside of Reign. `after` is None where it is gone."""

    address: Address
    before: Spec
    after: Spec | None
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutputChange:
    """One output of the project. `value` is the declaration, with `Deferred`; None where the output goes."""

    name: str
    action: Literal["no-op", "create", "update", "delete"]
    before: Value = None
    after: Value = None
    value: Value = None
    sensitive: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """An assertion about the project. `condition` is the declaration, with `Deferred`.

    `passed` is None where only the apply tells.
    """

    name: str
    condition: Value
    severity: Severity
    message: str = ""
    passed: bool | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class SecretSource:
    """Where the value of a secret comes from: the name of a variable of the environment, the path of a file, a command as
    of `schema.Kind` `command`, or the length of what is generated.
    """

    kind: Literal["env", "file", "command", "generate"]
    what: Value


@dataclass(frozen=True, slots=True)
class Basis:
    """What a plan was computed from, and what an apply of it checks first.

    lineage, serial and head are those of the state; `fresh` says there was no state yet, and that the lineage is one
    that the first apply gives to it. head is the hash of the last state-changing event. sources are the project's files in
    the order of their weight; given is what stands above them, as it is asked for: `--var-file F`, `--var NAME NAME`.
    """

    lineage: str
    serial: int
    head: str
    fresh: bool
    config_digest: str
    sources: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    git_sha: str = ""
    git_branch: str = ""
    variables: Spec = field(default_factory=dict)
    options: Spec = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Undoing:
    """What going back means for one resource, and why: whether it comes to be as it was, something is lost on the way, or
    what was done cannot be undone at all.
    """

    address: Address
    kind: Literal["reversible", "data-loss", "irreversible"]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Rollback:
    """What a plan goes back to: the state as it was after event `seq` of the journal, at `serial`. `to`: in words, as the
    history calls it (`checkpoint before-upgrade`, `run 8c20f7a1b2`, `2026-11-20T10:00:00Z`).
    """

    to: str
    seq: int
    serial: int
    undoing: tuple[Undoing, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Changes, steps, and what they were computed from. Data: every surface and the executor read the same one.

    data: the outputs of what was looked up, by its address. secrets: where the values of those come from that templates
    in it name. unseen: what was not looked at since the folder is not trusted, in words; such a plan cannot be applied.
    rollback: where it goes back to an earlier point, instead of to what is declared. rolled_back: what the state was
    rolled back to before, in words, so that the plan tells how what is declared differs from that. resumes: the run that
    this is the rest of; empty for a plan of its own.
    """

    project: str
    env: str
    basis: Basis
    changes: tuple[Change, ...]
    steps: tuple[Step, ...]
    drift: tuple[Drift, ...] = ()
    outputs: tuple[OutputChange, ...] = ()
    groups: tuple[Group, ...] = ()
    connections: dict[str, Spec] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    data: dict[Address, Spec] = field(default_factory=dict)
    secrets: dict[str, SecretSource] = field(default_factory=dict)
    unseen: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    complete: bool = True
    rollback: Rollback | None = None
    rolled_back: str = ""
    resumes: str = ""
    created_at: str = ""
    reign_version: str = ""

    def actions(self) -> Iterator[Change]:
        """The changes that do something, what is only read included, in the order of `changes`."""
        return (change for change in self.changes if change.does_something)

    @property
    def does_something(self) -> bool:
        """True when there is something to carry out: an action, or an output that becomes another."""
        return any(self.actions()) or any(output.action != "no-op" for output in self.outputs)


@dataclass(frozen=True, slots=True)
class Counts:
    """The figures of the `Plan:` line. A replace counts in add and in destroy; in forget where the old one stays."""

    add: int = 0
    change: int = 0
    destroy: int = 0
    imports: int = 0
    forget: int = 0
    move: int = 0


def count(plan: Plan) -> Counts:
    """Count what `plan` would do, in Terraform's way."""
    tally = dict.fromkeys(Action, 0)
    left = sum(change.action is Action.REPLACE and change.is_retained for change in plan.changes)
    for change in plan.changes:
        for word in change.words:
            tally[word] += not (change.is_found and word is Action.UPDATE)
    return Counts(
        add=tally[Action.CREATE] + tally[Action.REPLACE],
        change=tally[Action.UPDATE],
        destroy=tally[Action.DELETE] + tally[Action.REPLACE] - left,
        imports=tally[Action.IMPORT],
        forget=tally[Action.FORGET] + left,
        move=tally[Action.MOVE],
    )
