"""After a kill: every intent without a result is looked up before anything new is planned.

`plan` does so in memory; whoever holds the lock writes down what it found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import cast

from reign.app import recall
from reign.app.beside import clear_beside
from reign.app.clock import event_time
from reign.app.drafts import discard, drafts_of
from reign.app.lost import Open, Source, Told, answer, key_of, made
from reign.app.observe import observe
from reign.app.sent import change_of
from reign.app.unseen import phrase_of
from reign.app.workspace import Workspace
from reign.execution.figures import Figures
from reign.execution.marks import answered
from reign.model.address import Address, parse_address
from reign.model.errors import ProviderError, ReignError
from reign.model.event import Event, EventKind, State
from reign.model.finding import Finding
from reign.model.lifecycle import Course, PhaseStatus
from reign.model.plan import Change, Plan
from reign.model.resource import Import, Observation, Resource, Snapshot
from reign.model.schema import Schema
from reign.model.values import Spec, is_known, reveal
from reign.ports import Recalled
from reign.state.seal import unseal
from reign.state.writer import Writer

Resources = Mapping[Address, Resource]


class Stored:
    """The plans that runs stored before their first intent, each read once."""

    def __init__(self, space: Workspace) -> None:
        self._space = space
        self._plans: dict[str, Plan | None] = {}

    def of(self, run: str) -> Plan | None:
        """The plan of a run, opened; None where it cannot be read any more."""
        if run not in self._plans:
            self._plans[run] = self._read(run)
        return self._plans[run]

    def _read(self, run: str) -> Plan | None:
        space = self._space
        try:
            plan = unseal(space.layout.run_plan(run).read_bytes(), space.layout, space.where.environ)
            return space.vault(plan.basis.lineage).decrypt(plan)
        except (OSError, ReignError):
            return None


@dataclass(frozen=True, slots=True)
class Found:
    """What became of the open intents: what is told, and what nobody can tell."""

    told: tuple[Told, ...] = ()
    open: tuple[Open, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the user is told of it."""
        return (*(each.finding for each in self.told), *(each.finding for each in self.open if each.is_running))


def look_up(space: Workspace, state: State, declared: Resources, plans: Stored | None = None) -> Found:
    """What became of the open intents, as far as reality, a record or `on_unknown`, as declared now, tells.

    What only a trusted folder is asked is left out. Of the rest, what cannot be told is a question to a person.
    """
    plans = plans or Stored(space)
    told: list[Told] = []
    asked: list[Open] = []
    for intent in sorted(state.open_intents, key=lambda event: event.run):
        plan, address = plans.of(intent.run), parse_address(intent.address)
        change = change_of(space, state, plan, intent)
        if plan is not None and _is_hidden(space, state, plan, change, address):
            continue
        found = _look(space, state, plan, change, intent, declared.get(address))
        if isinstance(found, Open):
            asked.append(found)
        else:
            told.append(_over_its_connection(found, plan))
    return Found(tuple(told), tuple(asked))


def _is_hidden(space: Workspace, state: State, plan: Plan, change: Change | None, address: Address) -> bool:
    """Whether only a trusted folder is asked what is there."""
    schema = space.registry.schema(address.kind)
    desired = change.desired if change else None
    phrase = phrase_of(schema, desired, state.resources.get(address), plan.connections, space.where.environ)
    return bool(phrase) and not space.trusted


def _over_its_connection(told: Told, plan: Plan | None) -> Told:
    if told.snapshot is None or plan is None:
        return told
    settings = plan.connections.get(told.snapshot.connection, {})
    return replace(told, snapshot=replace(told.snapshot, settings=settings))


def settled(state: State, found: Found) -> State:
    """`state` as it will be once `found` is written down."""
    closed = {key_of(each.intent) for each in found.told}
    resources, deposed = dict(state.resources), dict(state.deposed)
    for each in found.told:
        address = parse_address(each.intent.address)
        if each.of_deposed and each.is_done:
            deposed.pop(address, None)
        elif each.snapshot is not None:
            resources[each.snapshot.address] = each.snapshot
        elif each.is_done:
            resources.pop(address, None)
        if each.deposed is not None:
            deposed[each.deposed.address] = each.deposed
    closed |= {key_of(each.intent) for each in found.open if each.is_running}
    still = tuple(event for event in state.open_intents if key_of(event) not in closed)
    asked = tuple(event for event in state.interventions if key_of(event) not in closed)
    asked += tuple(_questions(state, found.open))
    return replace(state, resources=resources, deposed=deposed, open_intents=still, interventions=asked)


def recover(space: Workspace, writer: Writer, declared: Resources) -> tuple[Finding, ...]:
    """Write down what became of the open intents, what nobody can tell as questions, and that the run which left them is
    paused. For the lock's holder.
    """
    state = writer.state
    recall.sweep(space, state)
    if not state.open_intents and not state.open_runs:
        return ()
    state, plans = space.opened(state), Stored(space)
    found = look_up(space, state, declared, plans)
    for each in found.told:
        _discard_draft(space, each.intent, plans)
        if each.absent is not None:
            _finish(space, state, each.intent, each.absent, plans)
    results = written(space, state, found.told)
    history = [*writer.journal.read(), *results] if state.open_runs else []
    events = [*results, *_questions(state, found.open), *_paused(state.open_runs, history)]
    if events:
        writer.journal.append(events)
        recall.sweep(space, writer.state)
    return found.findings


def written(space: Workspace, state: State, told: Sequence[Told], by: str = "") -> list[Event]:
    """The events that write down what is told, and that the questions about it are answered."""
    asked = {key_of(event) for event in state.interventions}
    vault = space.vault(state.lineage)
    answers = [answer(each, by) for each in told if key_of(each.intent) in asked]
    return [*(each.result(vault) for each in told), *answers]


def _questions(state: State, asked: Sequence[Open]) -> list[Event]:
    """What is asked for the first time."""
    known = {key_of(event) for event in state.interventions}
    return [each.question() for each in asked if key_of(each.intent) not in known and not each.is_running]


def _look(
    space: Workspace, state: State, plan: Plan | None, change: Change | None, intent: Event, declared: Resource | None
) -> Told | Open:
    address = parse_address(intent.address)
    schema = space.schema(address.type)
    held, verb = state.resources.get(address), intent.data["verb"]
    if not schema.effects:
        return Told(intent, is_done=False)
    if schema.recalls:
        return _recalled(recall.Lost(space, state, plan, change, intent), declared)
    if not schema.observable:
        return _in_advance(state, change, intent, declared, schema.version) or Open(intent, _NO_MARK)
    if verb == "create" and held is not None and held.create_key == intent.op:
        return Told(intent, True, held)  # a later run found it by its mark
    if plan is None:
        return Open(intent, _NO_PLAN)
    if verb == "delete" and address in state.deposed:
        return Told(intent, is_done=False)  # it was of that one, which the next plan deletes: absent is success
    seen = _seen(space, state, plan, change, intent)
    if isinstance(seen, ProviderError):
        return Open(intent, f"What is there cannot be looked at: {space.masks(str(seen)).rstrip('.')}.")
    if verb == "delete":
        return Told(intent, is_done=seen is None, absent=held if seen is None else None)
    if seen is None or not seen.owned or change is None or not _is_done(schema, change, verb, held, seen):
        return Told(intent, is_done=False)
    seen = answered(seen, schema, change.after or {}, {}, space.masks)
    spec = change.after if verb != "adopt" and change.after is not None and is_known(change.after) else seen.spec
    unproven = any(step.address == address and step.kind in ("wait", "gate") for step in plan.steps)
    snapshot = replace(made(change, intent, seen, spec, schema.version), unproven=unproven)
    if verb == "update":
        return Told(intent, True, snapshot)
    return Told(intent, True, replace(snapshot, found=seen.found), deposed=held if change.create_first else None)


def _is_done(schema: Schema, change: Change, verb: str, held: Snapshot | None, seen: Observation) -> bool:
    """Whether what is there comes from this very call: what a create made is found by its mark, what an update changed by
    what it is now.
    """
    if verb != "update":
        return True
    specs = [cast("Spec", reveal(spec)) for spec in (seen.spec, change.after or {}, held.spec if held else {})]
    return held is not None and schema.shows(*specs)


def _recalled(lost: recall.Lost, declared: Resource | None) -> Told | Open:
    """What the record of a call says of its end, else what was said in advance."""
    try:
        recalled = lost.recalled()
    except ProviderError as error:
        recalled = Recalled("unknown", reason=str(error))
    version = lost.space.schema(lost.address.type).version
    found = recall.told(lost, recalled) or _in_advance(lost.state, lost.change, lost.intent, declared, version)
    return found or Open(lost.intent, recalled.reason if lost.plan is not None else _NO_PLAN)


_NO_MARK = "What it does leaves no mark outside, so it cannot be looked up whether it was done."
_NO_PLAN = (
    "The plan that its run stored cannot be read any more, so it cannot be told what the call would have led to, nor "
    "where to look for it."
)


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


def _finish(space: Workspace, state: State, intent: Event, absent: Snapshot, plans: Stored) -> None:
    """What stood beside an object that a cut-off delete removed goes as well."""
    plan = plans.of(intent.run)
    if plan is not None:
        site = space.site(state.lineage, plan.project, plan.env)
        clear_beside(space, site, plan.connections, absent, intent.op)


def _discard_draft(space: Workspace, intent: Event, plans: Stored) -> None:
    """What a cut-off write left beside its place goes at once: it may hold something sensitive, and nothing else may ever be
    written there again.
    """
    plan = plans.of(intent.run)
    if plan is None:
        return
    for change in plan.changes:
        if str(change.address) == intent.address:
            for draft in drafts_of(space, plan, change):
                with suppress(OSError):
                    discard(draft.path)


def _in_advance(
    state: State, change: Change | None, intent: Event, declared: Resource | None, version: int
) -> Told | None:
    """What the user said in advance of what cannot be looked up (`on_unknown`)."""
    spec = declared.spec if declared else change.prior.spec if change and change.prior else {}
    match spec.get("on_unknown"):
        case "again":
            return Told(intent, is_done=False, source="on_unknown")
        case "done":
            return by_word(state, change, intent, version, "on_unknown")
    return None


def by_word(state: State, change: Change | None, intent: Event, version: int, source: Source) -> Told | None:
    """That a call counts as done, with what is known of it; None where too little is, to record anything."""
    if intent.data["verb"] == "delete":
        is_aside = parse_address(intent.address) in state.deposed
        return Told(intent, is_done=True, source=source, of_deposed=is_aside)
    if change is None or change.after is None or not is_known(change.after):
        return None
    is_update = intent.data["verb"] == "update"
    external_id = change.prior.external_id if change.prior and is_update else intent.op
    seen = Observation(external_id, change.after, {})
    deposed = change.prior if change.create_first and intent.data["verb"] == "create" else None
    return Told(intent, True, made(change, intent, seen, change.after, version), source=source, deposed=deposed)


def _paused(runs: Sequence[str], history: Iterable[Event]) -> list[Event]:
    """The ends that cut-off runs never came to write, with the figures that their events add up to."""
    figures, courses = {run: Figures() for run in runs}, {run: Course() for run in runs}
    for event in history:
        if event.run in figures:
            figures[event.run].take(event)
            courses[event.run].take(event)
    ends: list[Event] = []
    for run in runs:
        told = {"message": "The run was cut off."}
        open_ = [name for name, status in courses[run].phases.items() if status is PhaseStatus.IN_PROGRESS]
        ends += [
            Event(EventKind.PHASE_ENDED, run, event_time(), data={"name": name, "status": PhaseStatus.PENDING, **told})
            for name in open_
        ]
        end = {"status": "paused", **told, "duration_s": figures[run].duration_s, **figures[run].counts}
        ends.append(Event(EventKind.RUN_ENDED, run, event_time(), data=end))
    return ends
