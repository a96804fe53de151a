"""How a run and its phases go on: the states there are, and the only place that says which follows which.

Pure: told from events alone. What a journal holds and this does not allow is a defect of whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reign.model.event import Event, EventKind


class RunStatus(StrEnum):
    """planning: what is to be done is being found out, and approved. executing: it is being carried out. paused: cut off,
    or stopped by somebody; it can be resumed, as one that failed can. completed, aborted: over for good.
    """

    PLANNING = "planning"
    EXECUTING = "executing"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    ABORTED = "aborted"


class PhaseStatus(StrEnum):
    """pending: not begun, or cut off with something left to do. skipped: left out, which only a person says of a phase."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"


_RUN = RunStatus
_PHASE = PhaseStatus

RUNS: Mapping[RunStatus | None, frozenset[RunStatus]] = {
    None: frozenset({_RUN.PLANNING}),
    _RUN.PLANNING: frozenset({_RUN.EXECUTING, _RUN.COMPLETED}),  # at once: what is done by hand executes nothing
    _RUN.EXECUTING: frozenset({_RUN.PAUSED, _RUN.COMPLETED, _RUN.FAILED, _RUN.ABORTED}),
    _RUN.PAUSED: frozenset({_RUN.PLANNING, _RUN.ABORTED}),
    _RUN.FAILED: frozenset({_RUN.PLANNING, _RUN.ABORTED}),
    _RUN.COMPLETED: frozenset(),
    _RUN.ABORTED: frozenset(),
}
"""What may follow each status of a run; None is that of a run that there is not yet."""

PHASES: Mapping[PhaseStatus, frozenset[PhaseStatus]] = {
    _PHASE.PENDING: frozenset({_PHASE.IN_PROGRESS, _PHASE.SKIPPED}),
    _PHASE.IN_PROGRESS: frozenset({_PHASE.COMPLETED, _PHASE.FAILED, _PHASE.PENDING}),
    _PHASE.FAILED: frozenset({_PHASE.IN_PROGRESS, _PHASE.SKIPPED}),
    _PHASE.COMPLETED: frozenset(),
    _PHASE.SKIPPED: frozenset(),
}
"""What may follow each status of a phase."""

RESUMABLE = frozenset({_RUN.PAUSED, _RUN.FAILED})
"""The statuses that a run can be resumed from."""

EXECUTE = "execute"
"""The phase in which a run carries out its plan."""


@dataclass(slots=True)
class Course:
    """Where one run stands, as its events are taken in."""

    status: RunStatus | None = None
    phases: dict[str, PhaseStatus] = field(default_factory=dict)

    def take(self, event: Event) -> str:
        """Take in the run's next event. Returns what is wrong with it, empty where it is allowed; it counts all the same."""
        told = event.data
        match event.kind:
            case EventKind.RUN_STARTED | EventKind.RUN_RESUMED:
                return self._run(_RUN.PLANNING)
            case EventKind.PHASE_STARTED:
                wrong = self._phase(told["name"], _PHASE.IN_PROGRESS)
                return wrong or (self._run(_RUN.EXECUTING) if told["name"] == EXECUTE else "")
            case EventKind.PHASE_ENDED:
                return self._phase(told["name"], PhaseStatus(told["status"]))
            case EventKind.RUN_ENDED:
                return self._run(RunStatus(told["status"]))
        return ""

    def _run(self, to: RunStatus) -> str:
        before, self.status = self.status, to
        return "" if to in RUNS[before] else f"the run went from {before or 'nothing'} to {to}"

    def _phase(self, name: str, to: PhaseStatus) -> str:
        before = self.phases.get(name, _PHASE.PENDING)
        self.phases[name] = to
        return "" if to in PHASES[before] else f"the phase {name} went from {before} to {to}"


def courses(events: Iterable[Event]) -> tuple[dict[str, Course], list[str]]:
    """Each run as `events`, those of a whole journal, leave it; and what none of them should have done, in words."""
    found: dict[str, Course] = {}
    wrong = [
        f"run {event.run}, event {event.seq}: {said}"
        for event in events
        if event.kind in _TOLD and (said := found.setdefault(event.run, Course()).take(event))
    ]
    return found, wrong


_TOLD = frozenset(
    {
        EventKind.RUN_STARTED,
        EventKind.RUN_RESUMED,
        EventKind.PHASE_STARTED,
        EventKind.PHASE_ENDED,
        EventKind.RUN_ENDED,
    }
)
