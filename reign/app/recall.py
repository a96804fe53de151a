"""Calls that leave no mark but a record of their end (`ports.Recall`): asked after a kill, waited for, and forgotten."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from reign.app.lost import Open, Told, made
from reign.app.observe import in_clear
from reign.app.workspace import Workspace
from reign.execution.marks import answered
from reign.model.address import Address, parse_address
from reign.model.event import Event, EventKind, State
from reign.model.plan import Change, Plan
from reign.model.resource import Observation, Resource, Snapshot
from reign.model.values import is_known
from reign.ports import Call, Connection, Recall, Recalled, Site, Subscriber, Wanted

Waiting = Callable[[str], None]
"""Told, in one line, what is waited for: as it begins, and again every `HEARTBEAT_S` seconds."""

HEARTBEAT_S = 10.0


def unheard(_: str) -> None:
    """`Waiting` of whoever does not want to know."""


_LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Lost:
    """A call whose answer was lost. `plan` is that of its run, None where it cannot be read any more."""

    space: Workspace
    state: State
    plan: Plan | None
    change: Change | None
    intent: Event

    @property
    def address(self) -> Address:
        """Of what."""
        return parse_address(self.intent.address)

    @property
    def verb(self) -> str:
        """What was called."""
        return str(self.intent.data["verb"])

    @property
    def prior(self) -> Snapshot | None:
        """What it was called on."""
        held = self.state.resources.get(self.address)
        return self.state.deposed.get(self.address, held) if self.verb == "delete" else held

    def recalled(self) -> Recalled:
        """What its record says. Raises ProviderError."""
        desired = self._desired()
        wanted = in_clear(Wanted(self.address, desired, self.prior))
        provider = _recalling(self.space, self.address)
        return provider.recall(
            self.verb, wanted.desired, wanted.known, _call(_site(self.space, self.state), self.intent)
        )

    def _desired(self) -> Resource | None:
        change = self.change
        return replace(change.desired, spec=change.after or {}) if change and change.desired else None


def told(lost: Lost, recalled: Recalled) -> Told | Open | None:
    """What is told of a call by what was recalled of it; None where it takes a person."""
    intent = lost.intent
    match recalled.status:
        case "running":
            return Open(intent, recalled.reason, is_running=True)
        case "not-done":
            return Told(intent, is_done=False, source="record", detail=recalled.reason)
        case "failed":
            partial = recalled.error.partial if recalled.error else None
            snapshot = _snapshot(lost, partial) if partial is not None else None
            tainted = replace(snapshot, tainted=True) if snapshot is not None else None
            return Told(intent, is_done=False, snapshot=tainted, source="record", error=recalled.error)
        case "done" if lost.verb == "delete":
            return Told(intent, True, source="record", of_deposed=lost.address in lost.state.deposed)
        case "done" if recalled.seen is not None and (snapshot := _snapshot(lost, recalled.seen)) is not None:
            aside = lost.prior if lost.change and lost.change.create_first and lost.verb == "create" else None
            return Told(intent, True, snapshot, source="record", deposed=aside)
    return None


def _snapshot(lost: Lost, seen: Observation) -> Snapshot | None:
    """What a create or an update led to; None without the plan that says with what it was called."""
    change, plan, space = lost.change, lost.plan, lost.space
    if change is None or plan is None:
        return None
    schema, sent = space.schema(lost.address.type), change.after or {}
    seen = answered(seen, schema, sent, lost.prior.outputs if lost.prior else {}, space.masks)
    unproven = any(step.address == lost.address and step.kind in ("wait", "gate") for step in plan.steps)
    snapshot = made(change, lost.intent, seen, sent if sent and is_known(sent) else seen.spec, schema.version)
    return replace(snapshot, unproven=unproven)


def wait_for_running(space: Workspace, state: State, waiting: Waiting) -> None:
    """Return once nothing runs any more that an earlier run began. For the lock's holder, before anything is planned."""
    for intent in state.open_intents:
        address = parse_address(intent.address)
        if not space.schema(address.type).recalls:
            continue
        lost, began, told_at = Lost(space, state, None, None, intent), time.monotonic(), 0.0
        while (recalled := lost.recalled()).status == "running":
            waited_s = time.monotonic() - began
            if not told_at:
                waiting(f"Waiting for the {lost.verb} of {address}, which run {intent.run} began. {recalled.reason}")
            elif waited_s - told_at >= HEARTBEAT_S:
                waiting(f"Still waiting for the {lost.verb} of {address} ({waited_s:.0f} s).")
            else:
                time.sleep(_LOOK_S)
                continue
            told_at = waited_s or _LOOK_S


def forgetting(space: Workspace, plan: Plan, site: Site) -> Subscriber:
    """Has each record of a call removed once its result is durable."""
    recalling = {str(change.address) for change in plan.changes if space.schema(change.address.kind).recalls}

    def tell(events: Iterable[Event]) -> None:
        for event in events:
            if event.kind is EventKind.RESULT and event.address in recalling and event.data["outcome"] != "unknown":
                _recalling(space, parse_address(event.address)).forget(event.data["verb"], _call(site, event))

    return tell


def sweep(space: Workspace, state: State) -> None:
    """Remove the records that nobody asks any more: of calls whose result is durable. For the lock's holder."""
    if space.layout.commands.is_dir():
        from reign.providers.shell.record import name_of, sweep

        open_ones = ((event.op, event.data["verb"], event.data["attempt"]) for event in state.open_intents)
        sweep(space.layout.commands, [name_of(*each) for each in open_ones])


def _recalling(space: Workspace, address: Address) -> Recall:
    provider = space.registry.provider(address.provider)
    if not isinstance(provider, Recall):
        raise TypeError(f"{address.provider} recalls nothing")
    return provider


def _call(site: Site, event: Event) -> Call:
    return Call(event.op, Connection(parse_address(event.address).provider), site, event.data["attempt"])


def _site(space: Workspace, state: State) -> Site:
    return space.site(state.lineage, "", space.env)
