"""How a run ended, told from its events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reign.app.nouns import Applied, Failure
from reign.model.event import Event, EventKind
from reign.model.finding import Finding, Severity
from reign.model.plan import Plan
from reign.model.values import Value, from_json


class Tally:
    """A subscriber that keeps what `Applied` says. `imported`: how many were before the run was resumed."""

    def __init__(self, run: str, plan: Plan, imported: int = 0) -> None:
        self._run = run
        self._places = {str(change.address): change.desired.place for change in plan.actions() if change.desired}
        self._check_places = {check.name: check.place for check in plan.checks}
        self._checks: dict[str, bool] = {}
        self._imported = imported
        self._failed: list[Failure] = []
        self._skipped: list[Failure] = []
        self._findings: list[Finding] = []
        self._outputs: dict[str, Value] = {}
        self._ended: dict[str, Any] = {}

    def __call__(self, events: Iterable[Event]) -> None:
        """Take in durable events."""
        for event in events:
            match event.kind:
                case EventKind.RESULT if event.data["outcome"] in ("failed", "unknown"):
                    self._failed.append(self._failure(event))
                case EventKind.RESULT if event.data["verb"] == "adopt":
                    self._imported += event.data["outcome"] == "done"
                case EventKind.SKIPPED:
                    self._skipped.append(Failure(event.address, "skipped", "Skipped", because=event.data["because"]))
                case EventKind.OUTPUTS:
                    self._outputs = {
                        name: from_json(output["value"])
                        for name, output in event.data["outputs"].items()
                        if not output.get("sensitive")
                    }
                case EventKind.FINDING:
                    self._take_check(event)
                case EventKind.RUN_ENDED:
                    self._ended = event.data

    def applied(self, warnings: tuple[Finding, ...]) -> Applied:
        """The answer, once the run has ended."""
        ended = self._ended
        return Applied(
            run=self._run,
            status=ended["status"],
            imported=self._imported,
            added=ended["added"],
            changed=ended["changed"],
            destroyed=ended["destroyed"],
            failed=tuple(self._failed),
            skipped=tuple(self._skipped),
            outputs=self._outputs,
            warnings=(*warnings, *self._findings),
            message=ended["message"],
            checks=self._checks,
        )

    def _take_check(self, event: Event) -> None:
        told = event.data
        self._checks[told["name"]] = told["status"] == "passed"
        if told["status"] == "open":
            place, severity = self._check_places.get(told["name"]), Severity(told["severity"])
            self._findings.append(Finding(told["code"], told["summary"], severity=severity, place=place))

    def _failure(self, event: Event) -> Failure:
        error = event.data["error"]
        place = self._places.get(event.address)
        return Failure(event.address, error["kind"], error["summary"], error["detail"], error["fix"], place=place)
