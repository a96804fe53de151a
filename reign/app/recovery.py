"""After a kill: every intent without a result is looked up before anything new is planned.

`plan` does so in memory; whoever holds the lock writes down what it found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

from reign.app.observe import in_clear, observe
from reign.app.unseen import phrase_of
from reign.app.workspace import Workspace
from reign.execution.ledger import COUNTED, counts_as
from reign.execution.marks import answered
from reign.model.address import Address, parse_address
from reign.model.codec import encode
from reign.model.errors import ProviderError, ReignError
from reign.model.event import Event, EventKind, State
from reign.model.finding import Finding, Severity
from reign.model.plan import Change, Plan
from reign.model.resource import Import, Lifecycle, Observation, Resource, Snapshot
from reign.model.values import Spec, is_known, reveal
from reign.ports import Call, Connection, Vault, Wanted
from reign.state.seal import unseal
from reign.state.writer import Writer

Resources = Mapping[Address, Resource]


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one intent. `snapshot` is what holds from now on, where it was done; None: nothing does.

    deposed: what a create pushed aside, to be deleted later. absent: what a delete removed, where it is seen to be gone.
    """

    intent: Event
    is_done: bool
    snapshot: Snapshot | None = None
    is_users_word: bool = False
    deposed: Snapshot | None = None
    absent: Snapshot | None = None

    @property
    def finding(self) -> Finding:
        """What the user is told."""
        what = "was done, and is recorded" if self.is_done else "was not done"
        if self.is_users_word:
            what = f"counts as {'done' if self.is_done else 'not done'}, as its on_unknown says"
        return Finding(
            "recovery/adopted" if self.is_done else "recovery/not-done",
            "A run was cut off",
            f"Run {self.intent.run} was cut off at the {self.intent.data['verb']} of {self.intent.address}, which {what}.",
            severity=Severity.INFO,
            address=self.intent.address,
        )


def look_up(space: Workspace, state: State, declared: Resources) -> tuple[Told, ...]:
    """What became of the open intents, as far as reality tells.

    What leaves no mark is answered by `on_unknown`, as declared now; `ask` leaves it open, and the planner says so.
    """
    told: list[Told] = []
    for run in sorted({event.run for event in state.open_intents}):
        plan = _plan_of(space, run)
        changes = {change.address: change for change in plan.changes} if plan else {}
        for intent in (event for event in state.open_intents if event.run == run):
            address = parse_address(intent.address)
            change = changes.get(address)
            if plan is not None and _is_hidden(space, state, plan, change, address):
                continue
            found = _look(space, state, plan, change, intent, declared.get(address))
            if found is not None:
                told.append(_over_its_connection(found, plan))
    return tuple(told)


def _is_hidden(space: Workspace, state: State, plan: Plan, change: Change | None, address: Address) -> bool:
    """Whether only a trusted folder is asked what is there."""
    schema = space.registry.schema(address.kind)
    desired = change.desired if change else None
    phrase = phrase_of(schema, desired, state.resources.get(address), plan.connections)
    return bool(phrase) and not space.trusted


def _over_its_connection(told: Told, plan: Plan | None) -> Told:
    if told.snapshot is None or plan is None:
        return told
    settings = plan.connections.get(told.snapshot.connection, {})
    return replace(told, snapshot=replace(told.snapshot, settings=settings))


def settled(state: State, told: Sequence[Told]) -> State:
    """`state` as it will be once `told` is written down."""
    closed = {(each.intent.op, each.intent.data["verb"]) for each in told}
    resources, deposed = dict(state.resources), dict(state.deposed)
    for each in told:
        if each.deposed is not None:
            deposed[each.deposed.address] = each.deposed
        if each.is_done and each.snapshot is not None:
            resources[each.snapshot.address] = each.snapshot
        elif each.is_done:
            resources.pop(parse_address(each.intent.address), None)
    still = tuple(event for event in state.open_intents if (event.op, event.data["verb"]) not in closed)
    return replace(state, resources=resources, deposed=deposed, open_intents=still)


def recover(space: Workspace, writer: Writer, declared: Resources) -> tuple[Finding, ...]:
    """Write down what became of the open intents, and that the run which left them is paused. For the lock's holder."""
    if not writer.state.open_intents and not writer.state.open_runs:
        return ()
    state = space.opened(writer.state)
    told = look_up(space, state, declared)
    for each in told:
        if each.absent is not None:
            _finish(space, state, each.intent, each.absent)
    results = [_result(each, space.vault(state.lineage)) for each in told]
    events = [*results, *_paused(state.open_runs, [*writer.journal.read(), *results])]
    if events:
        writer.journal.append(events)
    return tuple(each.finding for each in told)


def _look(
    space: Workspace, state: State, plan: Plan | None, change: Change | None, intent: Event, declared: Resource | None
) -> Told | None:
    address = parse_address(intent.address)
    schema = space.schema(address.type)
    if not schema.effects:
        return Told(intent, is_done=False)
    if plan is None:
        return None
    if not schema.observable:
        return _answered(intent, change, declared, schema.version)
    prior, verb = state.resources.get(address), intent.data["verb"]
    if verb == "delete" and address in state.deposed:
        return Told(intent, is_done=False)  # it was of that one, which the next plan deletes: absent is success
    seen = _seen(space, state, plan, change, intent)
    if isinstance(seen, ProviderError):
        return None
    if verb == "delete":
        return Told(intent, is_done=seen is None, absent=prior if seen is None else None)
    if verb in ("create", "adopt") and seen is not None and seen.owned and change is not None:
        seen = answered(seen, schema, change.after or {}, {}, space.masks)
        spec = change.after if verb == "create" and change.after is not None and is_known(change.after) else seen.spec
        unproven = any(step.address == address and step.kind in ("wait", "gate") for step in plan.steps)
        snapshot = replace(_made(change, intent, seen, spec, schema.version), unproven=unproven, found=seen.found)
        return Told(intent, True, snapshot, deposed=prior if change.create_first else None)
    return Told(intent, is_done=False)


def _seen(
    space: Workspace, state: State, plan: Plan, change: Change | None, intent: Event
) -> Observation | ProviderError | None:
    """What is there of an intent's object. What a create made is not what the state holds: it may stand elsewhere."""
    address = parse_address(intent.address)
    desired = {address: replace(change.desired, spec=change.after or {})} if change and change.desired else {}
    if intent.data["verb"] in ("create", "adopt"):
        state = replace(state, resources={})
    imports = [Import(address, change.import_id)] if change and change.import_id is not None else []
    site = space.site(state.lineage, plan.project, plan.env)
    return observe(space, site, desired, state, plan.connections, [address], imports)[address]


def _finish(space: Workspace, state: State, intent: Event, absent: Snapshot) -> None:
    """What stood beside an object that a cut-off delete removed (its mark, folders made for it) goes as well.

    Absent is success for a delete. Where it fails all the same, nothing of worth is left behind.
    """
    plan = _plan_of(space, intent.run)
    if plan is None:
        return
    settings = cast("Spec", reveal(plan.connections.get(absent.connection, {})))
    call = Call(intent.op, Connection(absent.connection, settings), space.site(state.lineage, plan.project, plan.env))
    clear = in_clear(Wanted(absent.address, known=absent)).known
    with suppress(ProviderError):
        space.registry.provider(absent.address.provider).delete(clear or absent, call)


def _answered(intent: Event, change: Change | None, declared: Resource | None, version: int) -> Told | None:
    """What the user said in advance of what cannot be looked up (`on_unknown`)."""
    spec = declared.spec if declared else change.prior.spec if change and change.prior else {}
    match spec.get("on_unknown"):
        case "again":
            return Told(intent, is_done=False, is_users_word=True)
        case "done" if intent.data["verb"] == "delete":
            return Told(intent, is_done=True, is_users_word=True)
        case "done" if change is not None and change.after is not None:
            external_id = change.prior.external_id if change.prior else intent.op
            seen = Observation(external_id, change.after, {})
            known = {name: value for name, value in change.after.items() if is_known(value)}
            return Told(intent, True, _made(change, intent, seen, known, version), is_users_word=True)
    return None


def _made(change: Change, intent: Event, seen: Observation, spec: Spec, version: int) -> Snapshot:
    """What a call made whose answer was lost."""
    now = _now()
    return Snapshot(
        address=change.address,
        connection=change.connection,
        external_id=seen.external_id,
        spec=spec,
        outputs=seen.outputs,
        depends_on=change.depends_on,
        lifecycle=change.desired.lifecycle if change.desired else Lifecycle(),
        create_key=intent.op,
        schema_version=version,
        created_run=intent.run,
        updated_run=intent.run,
        created_at=now,
        updated_at=now,
    )


def _plan_of(space: Workspace, run: str) -> Plan | None:
    """The plan that a run stored before its first intent; None where it cannot be read any more."""
    try:
        plan = unseal(space.layout.run_plan(run).read_bytes(), space.layout, space.where.environ)
        return space.vault(plan.basis.lineage).decrypt(plan)
    except (OSError, ReignError):
        return None


def _result(told: Told, vault: Vault) -> Event:
    intent = told.intent
    data: dict[str, Any] = {key: intent.data[key] for key in ("action", "verb", "attempt")}
    data |= {"outcome": "failed", "duration_s": 0.0, "message": "told by a look after the run was cut off"}
    data["error"] = None if told.is_done else _CUT_OFF
    if told.is_done:
        data |= {"outcome": "done", "snapshot": encode(vault.encrypt(told.snapshot)) if told.snapshot else None}
    if told.deposed is not None:
        data["deposed"] = encode(vault.encrypt(told.deposed))
    return Event(EventKind.RESULT, intent.run, _now(), intent.op, intent.address, data=data)


_CUT_OFF = {"kind": "transient", "summary": "Cut off", "detail": "The run ended before it answered.", "fix": ""}


def _paused(runs: Sequence[str], history: Iterable[Event]) -> list[Event]:
    """The ends that cut-off runs never came to write, with the figures that their events add up to."""
    counts = {run: dict.fromkeys(COUNTED, 0) for run in runs}
    for event in history:
        if event.run in counts and (figure := counts_as(event)):
            counts[event.run][figure] += 1
    end = {"status": "paused", "message": "The run was cut off.", "duration_s": 0.0}
    return [Event(EventKind.RUN_ENDED, run, _now(), data={**end, **counts[run]}) for run in runs]


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
