"""The stream: Terraform's UI messages, one object a line. Who writes a line adds its `@timestamp`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reign import __version__
from reign.api.values import known, type_of
from reign.model.address import Address, parse_address
from reign.model.event import Event, EventKind
from reign.model.finding import Finding, Place, Severity
from reign.model.plan import Action, Change, Counts, Drift, Plan, count
from reign.model.values import Value, is_sensitive

Line = dict[str, Any]

_ACTIONS = {Action.NOOP: "noop", Action.DELETE: "delete", Action.FORGET: "remove"}
_REASONS = {
    "replace_because_tainted": "tainted",
    "replace_by_request": "requested",
    "replace_by_triggers": "replace_triggered_by",
    "replace_because_cannot_update": "cannot_update",
}
"""Where Terraform's stream has other words for a reason than its plan document."""
_SEVERITIES = {Severity.ERROR: "error"}
STARTS = {
    "create": "Creating",
    "update": "Modifying",
    "delete": "Destroying",
    "adopt": "Importing",
    "read": "Reading",
}
ENDS = {
    "create": "Creation",
    "update": "Modifications",
    "delete": "Destruction",
    "adopt": "Import",
    "read": "Read",
}
"""Terraform's words for a provider call that begins, and for one that ended."""


def version() -> Line:
    """The first line of every stream."""
    return _line("version", f"Reign {__version__}", reign=__version__, ui="1.2")


def planned(plan: Plan) -> Iterator[Line]:
    """Everything a plan has to say: drift, changes, their count, outputs, diagnostics."""
    for drift in plan.drift:
        yield _drifted(drift)
    for change in plan.actions():
        yield _planned(change)
    yield summary(count(plan), "plan")
    if plan.outputs:
        told = {output.name: _output(output.after, output.sensitive, output.action) for output in plan.outputs}
        yield _line("outputs", f"Outputs: {len(told)}", outputs=told)
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
    word = "complete" if complete else "incomplete"
    message = {
        "plan": f"Plan: {imports}{counts.add} to add, {counts.change} to change, {counts.destroy} to destroy.",
        "destroy": f"Destroy {word}! Resources: {counts.destroy} destroyed.",
        "apply": f"Apply {word}! Resources: {counts.add} added, {counts.change} changed, {counts.destroy} destroyed.",
    }[operation]
    return _line("change_summary", message, changes=changes)


def outputs(values: Mapping[str, Value]) -> Line:
    """The outputs as they are after a run."""
    return _line("outputs", f"Outputs: {len(values)}", outputs={name: _output(value) for name, value in values.items()})


def diagnostic_line(finding: Finding) -> Line:
    """A finding as a line of the stream."""
    told = diagnostic(finding)
    level = "error" if told["severity"] == "error" else "warn"
    line = _line("diagnostic", f"{told['severity'].title()}: {finding.summary}", diagnostic=told)
    return {**line, "@level": level}


def diagnostic(finding: Finding) -> Line:
    """A finding in Terraform's shape; its code, fix and hint under `x_reign`."""
    told: Line = {
        "severity": _SEVERITIES.get(finding.severity, "warning"),
        "summary": finding.summary,
        "detail": "\n".join(part for part in (finding.detail, finding.fix and f"Fix: {finding.fix}") if part),
        "x_reign": {
            "code": finding.code,
            "severity": finding.severity.value,
            "path": finding.path,
            "hint": finding.hint,
            "fix": finding.fix,
        },
    }
    if finding.related:
        told["x_reign"]["related"] = [str(place) for place in finding.related]
    if finding.overlay_of:
        told["x_reign"]["overlay_of"] = str(finding.overlay_of)
    if finding.address:
        told["address"] = finding.address
    if finding.place:
        told["range"] = _range(finding.place)
        told["snippet"] = _snippet(finding, finding.place)
    return told


def _range(place: Place) -> Line:
    start = {"line": place.line, "column": place.column}
    return {"filename": place.file, "start": start, "end": {"line": place.line, "column": place.column + place.width}}


def _snippet(finding: Finding, place: Place) -> Line:
    code = next((text for number, text in finding.excerpt if number == place.line), "")
    start = place.column - 1
    return {
        "context": finding.address or None,
        "code": code,
        "start_line": place.line,
        "highlight_start_offset": start,
        "highlight_end_offset": start + place.width,
        "values": [],
    }


def _planned(change: Change) -> Line:
    told: Line = {"resource": _resource(change.address), "action": _action(change)}
    if change.reason:
        told["reason"] = _REASONS.get(change.reason, change.reason)
    if change.previous_address is not None:
        told["previous_resource"] = _resource(change.previous_address)
    if change.import_id is not None:
        told["importing"] = {"id": change.import_id}
    return _line("planned_change", f"{change.address}: Plan to {told['action']}", change=told)


def _action(change: Change) -> str:
    if change.action is Action.NOOP:
        return "import" if change.import_id is not None else "move"
    return _ACTIONS.get(change.action, change.action.value)


def _drifted(drift: Drift) -> Line:
    action = "delete" if drift.after is None else "update"
    told = {"resource": _resource(drift.address), "action": action}
    return _line("resource_drift", f"{drift.address}: Drift detected ({action})", change=told)


def _resource(address: Address) -> Line:
    module = ".".join(f"module.{name}" for name in address.module)
    return {
        "addr": address.text,
        "module": module,
        "resource": address.text[len(module) + 1 :] if module else address.text,
        "implied_provider": address.provider,
        "resource_type": address.type,
        "resource_name": address.name,
        "resource_key": address.key,
    }


def _output(value: Value, sensitive: bool = False, action: str = "") -> Line:
    sensitive = sensitive or is_sensitive(value)
    told: Line = {"sensitive": sensitive}
    if action:
        told["action"] = "noop" if action == "no-op" else action
    if not sensitive and known(value) is not None:
        told |= {"type": type_of(known(value)), "value": known(value)}
    return told


class Ids:
    """Which external id a step is about, told from events; `held` are those that stand before the run."""

    def __init__(self, held: Mapping[str, str]) -> None:
        self._held = dict(held)

    def begun(self, event: Event) -> str | None:
        """Of an intent: what is about to be changed or to go. A create has none yet, whatever it pushes aside."""
        return None if event.data["verb"] == "create" else self._held.get(event.address)

    def done(self, event: Event) -> str | None:
        """Of a result: what stands now. What was pushed aside is what goes next, so it is kept in mind instead."""
        snapshot = event.data.get("snapshot")
        if not snapshot:
            self._held.pop(event.address, None)
            return None
        found: str = snapshot["external_id"]
        if not event.data.get("deposed"):
            self._held[event.address] = found
        return found


class Running:
    """Events as lines. `ids` are the external ids that are known before the run; how long things take is counted from events."""

    def __init__(self, ids: Mapping[str, str]) -> None:
        self._ids = Ids(ids)

    def lines(self, events: Iterable[Event]) -> Iterator[Line]:
        """What there is to say about each event, in order."""
        for event in events:
            match event.kind:
                case EventKind.INTENT:
                    yield self._started(event)
                case EventKind.RESULT:
                    if event.data["verb"] == "read":  # which the journal knows only once it has ended
                        yield self._started(event)
                    yield from self._ended(event)
                case EventKind.RETRY:
                    yield _line(
                        "reign_retry", f"{event.address}: Retrying", **_hook(event), wait_s=event.data["wait_s"]
                    )
                case EventKind.WAITING:
                    yield self._waiting(event)
                case EventKind.SKIPPED:
                    because = event.data["because"]
                    message = f"{event.address}: Skipped" + (f" (waits for {because})" if because else "")
                    yield _line("reign_skipped", message, **_hook(event), because=because)
                case EventKind.SECRET:
                    name = event.data["name"]
                    yield _line("reign_generated", f"secret.{name}: Generated", secret=name)
                case EventKind.RECORDED:
                    yield _line("reign_recorded", f"{event.address}: Recorded", **_hook(event))

    def _started(self, event: Event) -> Line:
        message = f"{event.address}: {STARTS[event.data['verb']]}..."
        return _line("apply_start", message, **_hook(event, self._ids.begun(event)))

    def _waiting(self, event: Event) -> Line:
        told = event.data
        return _line(
            "reign_waiting",
            f"{event.address}: Not {told['for']} yet",
            **_hook(event),
            wanted=told["for"],
            reason=told["reason"],
            good_answers=told["good"],
            needed_answers=told["needed"],
        )

    def _ended(self, event: Event) -> Iterator[Line]:
        match event.data["outcome"]:
            case "done":
                yield self._completed(event)
            case "failed" | "unknown":
                yield from self._errored(event)

    def _completed(self, event: Event) -> Line:
        found = self._ids.done(event)
        took = round(event.data["duration_s"])
        message = f"{event.address}: {ENDS[event.data['verb']]} complete after {took}s"
        if found is not None:
            message += f" [id={found}]"
        return _line("apply_complete", message, **_hook(event, found, took))

    def _errored(self, event: Event) -> Iterator[Line]:
        took = round(event.data["duration_s"])
        message = f"{event.address}: {ENDS[event.data['verb']]} errored after {took}s"
        yield {**_line("apply_errored", message, **_hook(event, None, took)), "@level": "error"}
        yield diagnostic_line(failure(event))


def progressed(address: str, verb: str, elapsed_s: int) -> Line:
    """A call that still runs, said from time to time by whoever holds a clock."""
    message = f"{address}: Still {STARTS[verb].lower()}... [{elapsed_s}s elapsed]"
    hook = {"resource": _resource(parse_address(address)), "action": verb, "elapsed_seconds": elapsed_s}
    return _line("apply_progress", message, hook=hook)


def failure(event: Event) -> Finding:
    """The error of a failed operation as a finding."""
    error = event.data["error"]
    return Finding(f"apply/{error['kind']}", error["summary"], error["detail"], address=event.address, fix=error["fix"])


def _hook(event: Event, external_id: str | None = None, elapsed_s: int | None = None) -> Line:
    hook: Line = {
        "resource": _resource(parse_address(event.address)),
        "action": event.data.get("verb") or event.data.get("action", ""),
    }
    if external_id is not None:
        hook |= {"id_key": "id", "id_value": external_id}
    if elapsed_s is not None:
        hook["elapsed_seconds"] = elapsed_s
    return {"hook": hook}


def _line(type: str, message: str, **more: Any) -> Line:
    return {"@level": "info", "@message": message, "@module": "reign.ui", "type": type, **more}
