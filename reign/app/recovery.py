"""After a kill: every intent without a result is looked up, before anything new is planned."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from reign.app.observe import observe
from reign.app.workspace import Workspace
from reign.model.address import Address, parse_address
from reign.model.codec import encode
from reign.model.errors import ProviderError, ReignError
from reign.model.event import Event, EventKind
from reign.model.finding import Finding, Severity
from reign.model.plan import Change, Plan
from reign.model.resource import Lifecycle, Observation, Snapshot
from reign.model.values import is_known
from reign.state.seal import unseal
from reign.state.writer import Writer


def recover(space: Workspace, writer: Writer) -> tuple[Finding, ...]:
    """Close what a killed run left open, as far as reality tells. Returns what was found, for the user.

    Found by its mark: recorded as done. Not there: recorded as not done. What leaves no mark stays open, and the
    planner asks about it.
    """
    state = writer.state
    if not state.open_intents and not state.open_runs:
        return ()
    told: list[Event] = []
    findings: list[Finding] = []
    for run in sorted({event.run for event in state.open_intents}):
        plan = _plan_of(space, run)
        changes = {change.address: change for change in plan.changes} if plan else {}
        for intent in (event for event in state.open_intents if event.run == run):
            address = parse_address(intent.address)
            data = _outcome(space, writer, plan, changes.get(address), intent, address)
            if data is not None:
                told.append(_result(intent, data))
                findings.append(_finding(intent, data))
    told.extend(_paused(run) for run in state.open_runs)
    if told:
        writer.journal.append(told)
    return tuple(findings)


def _outcome(
    space: Workspace, writer: Writer, plan: Plan | None, change: Change | None, intent: Event, address: Address
) -> dict[str, Any] | None:
    """What became of one intent, as the data of its result; None where nothing can tell."""
    schema = space.schema(address.type)
    not_done = {"outcome": "failed", "error": _cut_off()}
    if not schema.effects:
        return not_done
    if not schema.observable or plan is None:
        return None
    desired = {address: change.desired} if change and change.desired else {}
    site = space.site(writer.state.lineage, plan.project)
    seen = observe(space, site, desired, writer.state, plan.connections, frozenset({address}))[address]
    if isinstance(seen, ProviderError):
        return None
    if intent.data["verb"] == "delete":
        return {"outcome": "done", "snapshot": None, "error": None} if seen is None else not_done
    if intent.data["verb"] == "create" and seen is not None and seen.owned and change is not None:
        return {"outcome": "done", "snapshot": encode(_adopted(change, intent, seen, schema.version)), "error": None}
    return not_done


def _adopted(change: Change, intent: Event, seen: Observation, version: int) -> Snapshot:
    """What a create made whose answer was lost. Its spec is as planned where that was known, else as seen."""
    spec = change.after if change.after is not None and is_known(change.after) else seen.spec
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
        return unseal(space.layout.run_plan(run).read_bytes(), space.layout, space.where.environ)
    except (OSError, ReignError):
        return None


def _result(intent: Event, data: dict[str, Any]) -> Event:
    same = {key: intent.data[key] for key in ("action", "verb", "attempt")}
    return Event(
        EventKind.RESULT,
        intent.run,
        _now(),
        intent.op,
        intent.address,
        data={**same, "duration_s": 0.0, "message": "told by a look after the run was cut off", **data},
    )


def _paused(run: str) -> Event:
    counts = dict.fromkeys(("added", "changed", "destroyed", "failed", "skipped"), 0)
    data = {"status": "paused", "message": "The run was cut off.", "duration_s": 0.0, **counts}
    return Event(EventKind.RUN_ENDED, run, _now(), data=data)


def _cut_off() -> dict[str, str]:
    return {"kind": "transient", "summary": "Cut off", "detail": "The run ended before it answered.", "fix": ""}


def _finding(intent: Event, data: dict[str, Any]) -> Finding:
    done = data["outcome"] == "done"
    what = "was done, and is recorded now" if done else "was not done"
    return Finding(
        "recovery/adopted" if done else "recovery/not-done",
        "A run was cut off",
        f"Run {intent.run} was cut off at the {intent.data['verb']} of {intent.address}, which {what}.",
        severity=Severity.INFO,
        address=intent.address,
    )


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
