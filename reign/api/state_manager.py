"""`reign.StateManager`: the state, its history and the way back, for Python. A front on the same use-cases as the commands.

Nothing is kept between calls, so that each sees the state as it is then; what is sensitive stays where it is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, cast

from reign.api.values import known
from reign.app.nouns import Applied, Where
from reign.model.address import Address, parse_address
from reign.model.errors import Failed
from reign.model.event import Checkpoint, State
from reign.model.finding import Finding

if TYPE_CHECKING:
    from reign.app.nouns import Failure, Planned
    from reign.model.plan import Plan
    from reign.model.resource import Snapshot
    from reign.model.values import Spec


@dataclass(frozen=True, slots=True)
class ResourceState:
    """What the state holds of one resource. Of what is sensitive in `spec` and `outputs` nothing is there.

    To record one, its `address` and its `spec` are enough: what is left None stays as it is recorded, or is as the type
    has it. `status` and what follows it are the state's to tell, and are not looked at then. Its maps are copies: what is
    changed in them changes nothing of the state.
    """

    address: str
    spec: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] | None = None
    external_id: str | None = None
    depends_on: tuple[str, ...] | None = None
    protected: bool | None = None
    status: Literal["active", "tainted"] = "active"
    created_at: str = ""
    updated_at: str = ""
    created_run: str = ""
    updated_run: str = ""

    @property
    def type(self) -> str:
        """`docker.container`."""
        return parse_address(self.address).type

    @property
    def provider(self) -> str:
        """`docker`."""
        return parse_address(self.address).provider

    @property
    def name(self) -> str:
        """The block's name, without a key."""
        return parse_address(self.address).name


@dataclass(frozen=True, slots=True)
class Undone:
    """What going back means for one resource, and why."""

    address: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class RollbackPlan:
    """What going back would do, in three lists; `actions` are (action, address) in the order that they would begin in.

    `to` says in words where it goes, at `serial`. `refusals` are why it would not be carried out, if anything.
    """

    to: str
    serial: int
    reversible: tuple[Undone, ...]
    data_loss: tuple[Undone, ...]
    irreversible: tuple[Undone, ...]
    actions: tuple[tuple[str, str], ...]
    refusals: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """What one run did to one resource. `at` is UTC; `message` is that of the last error."""

    at: datetime
    run: str
    address: str
    action: str
    status: str
    duration_s: float | None
    attempts: int
    message: str


class StateManager:
    """The state of one environment of the project in `folder`, which is looked for when it is asked.

    Resources are named by their address, or by the name alone where it is the only one. Raises `reign.Failed`,
    `reign.Refused`, `reign.Locked` and `reign.Stale`, whose `findings` say why; nothing was done then.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] = ".",
        env: str | None = None,
        *,
        variables: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
        lock_timeout: float = 0.0,
    ) -> None:
        """`environ` stands for the process's own environment; `lock_timeout` is in seconds, for everything that writes."""
        environ = dict(os.environ if environ is None else environ)
        given = tuple(f"{name}={value}" for name, value in (variables or {}).items())
        self._where = Where(Path(folder), env or environ.get("REIGN_ENV") or None, given, environ=environ)
        self._lock_timeout = lock_timeout

    def __enter__(self) -> StateManager:
        """Raises Failed where there is no project."""
        self._state()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Nothing is open between calls."""

    # What there is

    def get_all_resources(self) -> tuple[ResourceState, ...]:
        """Everything that the state holds, in the order of addresses."""
        held = self._state().resources
        return tuple(_resource(held[address]) for address in sorted(held, key=Address.sort_key))

    def get_resource_state(self, resource_id: str) -> ResourceState | None:
        """The one that `resource_id` names; None where nothing is called so. Raises Failed where several are."""
        from reign.app.record import one_of

        state = self._state()
        found = one_of(state, resource_id)
        return _resource(state.resources[found]) if found else None

    def get_dependent_resources(self, resource_id: str, *, indirect: bool = False) -> tuple[ResourceState, ...]:
        """What depends on it; with `indirect`, also through others. Raises Failed where nothing is called so."""
        from reign.planning.dependents import dependents_of

        state = self._state()
        found = dependents_of(state, self._named(state, resource_id), indirect=indirect)
        return tuple(_resource(state.resources[address]) for address in found)

    def get_resources_by_type(self, resource_type: str) -> tuple[ResourceState, ...]:
        """Everything of one type, such as `docker.container`."""
        return tuple(each for each in self.get_all_resources() if each.type == resource_type)

    def get_resources_by_agent(self, agent_type: str) -> tuple[ResourceState, ...]:
        """Everything of one provider, such as `docker`."""
        return tuple(each for each in self.get_all_resources() if each.provider == agent_type)

    def get_deployment_timeline(
        self, resource_id: str | None = None, limit: int | None = None
    ) -> tuple[TimelineEntry, ...]:
        """What was done to which resource, oldest first: the last `limit`; to all, or to what `resource_id` names, which may
        be gone by now, be several, or be a pattern with `*` and `?`.

        Raises ValueError on a limit below 0.
        """
        from reign.app.look import run_timeline

        if limit is not None and limit < 0:
            raise ValueError(f"limit is {limit}: it is how many of the last entries are wanted, or None for all")
        answer = run_timeline(self._where, resource_id, limit)
        rows = (dict(zip(answer.columns, row, strict=True)) for row in answer.rows)
        return tuple(_entry(row) for row in rows)

    # What is written by hand

    def record_deployment(self, resource: ResourceState) -> ResourceState:
        """Write down what a resource is, and ask and call no provider. Takes the lock; in the history it is a run of its
        own, `state record`. Returns it as it is recorded. `status` and the times and runs of `resource` are not looked at.

        Raises Failed on an unknown type, a spec that its type refuses, what JSON cannot hold, or a thing that something
        else stands for already; Refused where a protection would end; Locked.
        """
        from reign.app.record import Told, record
        from reign.app.surgery import operate

        told = Told(
            resource.address,
            cast("Spec", resource.spec),
            cast("Spec", resource.outputs),
            resource.external_id,
            resource.depends_on,
            resource.protected,
        )
        operate(self._where, record(told), lambda _: None, self._lock_timeout)
        return _resource(self._state().resources[parse_address(resource.address)])

    # The way back

    def create_checkpoint(self, description: str = "", *, name: str = "") -> Checkpoint:
        """Name the state as it is now, to come back to; without a `name` it gets one. Takes the lock."""
        from reign.app.checkpoints import create_checkpoint

        return create_checkpoint(self._where, name, description, self._lock_timeout).checkpoint

    def list_checkpoints(self) -> tuple[Checkpoint, ...]:
        """The checkpoints that are kept, the newest first."""
        from reign.app.checkpoints import list_checkpoints

        return list_checkpoints(self._where)

    def get_rollback_plan(self, checkpoint_id: str | Checkpoint, resource_ids: Sequence[str] = ()) -> RollbackPlan:
        """What going back would do; only of `resource_ids`, where some are named. Changes nothing, and takes no lock.

        `checkpoint_id` may also be a run or a time, as of `reign rollback --to`. Raises Failed where there is no such point.
        """
        from reign.app.rollback import make_rollback
        from reign.planning import Options

        return _previewed(make_rollback(self._where, _id(checkpoint_id), Options(targets=tuple(resource_ids))))

    def restore_checkpoint(self, checkpoint_id: str | Checkpoint) -> Applied:
        """Plan back to a checkpoint, a run or a time, and carry that out. To call it is to approve it.

        Raises Refused where something protected would go, Failed where there is no such point, and where not all could be
        done: what was done then is recorded, and the error names the run.
        """
        return self._roll_back(checkpoint_id, ())

    def rollback_to_checkpoint(self, checkpoint_id: str | Checkpoint) -> Applied:
        """The same as `restore_checkpoint`."""
        return self._roll_back(checkpoint_id, ())

    def rollback_resources(self, resource_ids: Sequence[str], checkpoint_id: str | Checkpoint = "") -> Applied:
        """The same for some resources alone, and what depends on them where they go; to the newest checkpoint that was
        made by hand where none is named. Raises ValueError where no resource is named: that would be all of them.
        """
        names = (resource_ids,) if isinstance(resource_ids, str) else tuple(resource_ids)
        if not names:
            raise ValueError("resource_ids is empty; restore_checkpoint goes back with everything")
        return self._roll_back(checkpoint_id or self._newest(), names)

    def _roll_back(self, to: str | Checkpoint, targets: tuple[str, ...]) -> Applied:
        from reign.app.apply import apply
        from reign.app.nouns import ApplyRequest
        from reign.execution.cancel import Cancel
        from reign.planning import Options

        request = ApplyRequest(
            command="rollback", options=Options(targets=targets), back_to=_id(to), lock_wait_s=self._lock_timeout
        )
        applied = apply(self._where, request, lambda _: None, lambda _: None, Cancel())
        if applied.status != "completed":
            raise Failed(_incomplete(applied))
        return applied

    def _newest(self) -> Checkpoint:
        found = next((each for each in self.list_checkpoints() if not each.automatic), None)
        if found is None:
            raise Failed([_no_checkpoint()])
        return found

    def _state(self) -> State:
        from reign.app.look import state

        return state(self._where)

    def _named(self, state: State, text: str) -> Address:
        from reign.app.record import one_of
        from reign.planning.surgery import matches

        found = one_of(state, text)
        if found is None:
            raise Failed(matches(state.resources, [text])[1])
        return found


def _id(checkpoint: str | Checkpoint) -> str:
    return checkpoint.id if isinstance(checkpoint, Checkpoint) else checkpoint


def _resource(snapshot: Snapshot) -> ResourceState:
    return ResourceState(
        snapshot.address.text,
        cast("Mapping[str, Any]", known(snapshot.spec)),
        cast("Mapping[str, Any]", known(snapshot.outputs)),
        snapshot.external_id,
        snapshot.depends_on,
        snapshot.lifecycle.prevent_destroy,
        "tainted" if snapshot.tainted else "active",
        snapshot.created_at,
        snapshot.updated_at,
        snapshot.created_run,
        snapshot.updated_run,
    )


def _entry(row: Mapping[str, Any]) -> TimelineEntry:
    return TimelineEntry(
        row["at"],
        row["run_id"],
        row["address"],
        row["action"],
        row["status"],
        row["duration_s"],
        row["attempts"],
        row["message"] or "",
    )


def _previewed(planned: Planned) -> RollbackPlan:
    plan = planned.plan
    back = plan.rollback
    if back is None:
        raise TypeError("a plan that goes back to nothing")
    told = {
        kind: tuple(Undone(each.address.text, each.why) for each in back.undoing if each.kind == kind)
        for kind in ("reversible", "data-loss", "irreversible")
    }
    lists = (told["reversible"], told["data-loss"], told["irreversible"])
    return RollbackPlan(back.to, back.serial, *lists, _in_order(plan), planned.refusals)


def _in_order(plan: Plan) -> tuple[tuple[str, str], ...]:
    """What is done to each resource, in the order of the first step of each."""
    place = {step.address: number for number, step in reversed([*enumerate(plan.steps)])}
    doing = sorted(plan.actions(), key=lambda change: place.get(change.address, len(plan.steps)))
    return tuple((change.words[0].value if change.words else "read", change.address.text) for change in doing)


def _incomplete(applied: Applied) -> list[Finding]:
    def told(failure: Failure) -> Finding:
        detail = f"{failure.detail or failure.summary} Run {applied.run} is recorded as {applied.status}."
        return Finding(f"apply/{failure.kind}", failure.summary, detail, address=failure.address, fix=failure.fix)

    said = f"Run {applied.run} is {applied.status}: it was left before its end. {applied.message}".rstrip()
    fix = f"Go on with it: reign runs resume {applied.run}"
    return [*map(told, applied.failed)] or [Finding("apply/incomplete", "Not all of it was done", said, fix=fix)]


def _no_checkpoint() -> Finding:
    return Finding(
        "checkpoint/none",
        "There is no checkpoint",
        "What to go back to was not named, and there is no checkpoint that somebody made.",
        fix="Make one before what may have to be undone: create_checkpoint(); or name a run or a time.",
    )
