"""A plan as lines of the stream, and what a run came to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reign.api.diagnostic import diagnostic_line
from reign.api.lines import Line, line, resource
from reign.api.reasons import STREAM
from reign.api.rollback import rollback
from reign.api.values import known, type_of
from reign.model.plan import Action, Change, Counts, Drift, Plan, count
from reign.model.values import Value, is_sensitive

_ACTIONS = {Action.DELETE: "delete", Action.FORGET: "remove"}


def planned(plan: Plan) -> Iterator[Line]:
    """Everything a plan has to say: drift, changes, their count, outputs, diagnostics."""
    for drift in plan.drift:
        yield _drifted(drift)
    for change in plan.actions():
        yield from _planned(change)
    if plan.rollback is not None:
        yield line("reign_rollback", f"Back to {plan.rollback.to}", rollback=rollback(plan.rollback))
    yield summary(count(plan), "plan")
    if plan.outputs:
        told = {output.name: _output(output.after, output.sensitive, output.action) for output in plan.outputs}
        yield line("outputs", f"Outputs: {len(told)}", outputs=told)
    yield from map(diagnostic_line, plan.findings)


def summary(counts: Counts, operation: str, *, complete: bool = True) -> Line:
    """The `Plan:` line, or the last line of a run."""
    changes = {
        "add": counts.add,
        "change": counts.change,
        "import": counts.imports,
        "remove": counts.destroy,
        "forget": counts.forget,
        "operation": operation,
    }
    imports = f"{counts.imports} to import, " if counts.imports else ""
    imported = f"{counts.imports} imported, " if counts.imports else ""
    word = "complete" if complete else "incomplete"
    message = {
        "plan": f"Plan: {imports}{counts.add} to add, {counts.change} to change, {counts.destroy} to destroy.",
        "destroy": f"Destroy {word}! Resources: {counts.destroy} destroyed.",
        "apply": f"Apply {word}! Resources: {imported}{counts.add} added, {counts.change} changed, {counts.destroy} destroyed.",
    }[operation]
    return line("change_summary", message, changes=changes)


def outputs(values: Mapping[str, Value]) -> Line:
    """The outputs as they are after a run."""
    return line("outputs", f"Outputs: {len(values)}", outputs={name: _output(value) for name, value in values.items()})


def _planned(change: Change) -> Iterator[Line]:
    """What an earlier replacement pushed aside is a delete of its own, as in Terraform."""
    if change.deposed is not None:
        told: Line = {"resource": resource(change.address), "action": "delete"}
        yield line("planned_change", f"{change.address}: Plan to delete", change=told)
    action = _action(change)
    if action == "noop":
        return
    told = {"resource": resource(change.address), "action": action}
    if change.reason in STREAM:
        told["reason"] = STREAM[change.reason]
    elif change.reason:
        told["x_reign"] = {"reason": change.reason}
    if change.previous_address is not None:
        told["previous_resource"] = resource(change.previous_address)
    if change.import_id is not None:
        told["importing"] = {"id": change.import_id}
    yield line("planned_change", f"{change.address}: Plan to {action}", change=told)


def _action(change: Change) -> str:
    """A move or an import is told only where nothing else is done: the move, where both are."""
    if change.action is not Action.NOOP:
        return _ACTIONS.get(change.action, change.action.value)
    if change.previous_address is not None:
        return "move"
    return "noop" if change.import_id is None else "import"


def _drifted(drift: Drift) -> Line:
    action = "delete" if drift.after is None else "update"
    told = {"resource": resource(drift.address), "action": action}
    return line("resource_drift", f"{drift.address}: Drift detected ({action})", change=told)


def _output(value: Value, sensitive: bool = False, action: str = "") -> Line:
    sensitive = sensitive or is_sensitive(value)
    told: Line = {"sensitive": sensitive}
    if action:
        told["action"] = "noop" if action == "no-op" else action
    if not sensitive and known(value) is not None:
        told |= {"type": type_of(known(value)), "value": known(value)}
    return told
