"""`on_failure: rollback`: after a run that failed, back to the point before it, in the same lock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from reign.app.declared import Declared
from reign.app.nouns import Applied, Looking, Planned
from reign.app.point import Point
from reign.app.recovery import recover
from reign.app.rollback import look_back, plan_rollback
from reign.app.workspace import Workspace
from reign.model.errors import Refused, ReignError
from reign.model.event import State
from reign.model.finding import Finding, Severity
from reign.planning import Options
from reign.state.point import first_of_run
from reign.state.reader import Reading
from reign.state.writer import Writer

CarryOut = Callable[[Planned, State], Applied]
"""Runs a plan that is approved as a run of its own, on the state that it was made for."""


def unseen(_: Planned) -> None:
    """Whoever is told of an undoing and does not want to know."""


@dataclass(frozen=True, slots=True)
class Undo:
    """What going back needs. `begin` is told the plan before it is carried out."""

    space: Workspace
    writer: Writer
    declared: Declared | None
    begin: Callable[[Planned], None]
    carry_out: CarryOut
    looking: Looking

    def after(self, failed: Applied) -> Applied:
        """`failed`, with what became of going back to the point before it."""
        try:
            planned, state = self._planned(failed.run)
        except ReignError as error:
            return _told(failed, *(_not_done(failed.run, finding) for finding in error.findings))
        if not planned.plan.does_something:
            return _told(failed, _nothing(failed.run))
        self.begin(planned)
        back = self.carry_out(planned, state)
        told = _told(failed, *back.warnings, _done(failed.run, back))
        if back.status == "completed":
            return replace(told, rolled_back=back.run)
        told = replace(told, failed=(*told.failed, *back.failed), skipped=(*told.skipped, *back.skipped))
        return replace(told, rolling_back=back.run)

    def _planned(self, run: str) -> tuple[Planned, State]:
        """Raises Failed or Refused where that cannot be done."""
        space, writer = self.space, self.writer
        recover(space, writer, self.declared.project.resources if self.declared else {})
        state = space.opened(writer.state)
        reading = Reading(space.layout, writer.fold)
        point = Point(f"the point before run {run}", first_of_run(reading, run) - 1)
        planned = plan_rollback(space, self.declared, look_back(space, reading, point), Options(), state, self.looking)
        if planned.refusals:
            raise Refused(planned.refusals)
        return planned, state


def _told(applied: Applied, *findings: Finding) -> Applied:
    return replace(applied, warnings=(*applied.warnings, *findings))


def _nothing(run: str) -> Finding:
    said = f"Run {run} failed before it changed anything, so there is nothing to roll back."
    return Finding("rollback/nothing", "Nothing to roll back", said, severity=Severity.INFO)


def _done(run: str, back: Applied) -> Finding:
    did = f"{back.added} added, {back.changed} changed, {back.destroyed} destroyed"
    if back.status == "completed":
        said = f"Run {run} failed, so run {back.run} went back to the point before it: {did}."
        return Finding("rollback/done", "Rolled back", said, severity=Severity.INFO)
    said = (
        f"Run {run} failed, and run {back.run}, which was to go back to the point before it, was not completed: {did}."
    )
    fix = f"Look at what failed, then go on with: reign runs resume {back.run}"
    return Finding("rollback/incomplete", "Rolled back in part", said, severity=Severity.MAJOR, fix=fix)


def _not_done(run: str, why: Finding) -> Finding:
    said = f"Run {run} failed, and was not rolled back, as settings.execution.on_failure asks for. {why.summary}: {why.detail}"
    return Finding(
        "rollback/not-done", "Not rolled back", said, severity=Severity.MAJOR, address=why.address, fix=why.fix
    )
