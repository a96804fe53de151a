"""Runs by their ids: finding one, and giving one up for good."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from reign.app.clock import event_time
from reign.app.held import holding
from reign.app.nouns import Where
from reign.app.origin import origin
from reign.app.workspace import open_existing
from reign.config import Settings
from reign.execution.figures import Figures
from reign.model.errors import Failed
from reign.model.event import Event, EventKind
from reign.model.finding import Finding
from reign.model.lifecycle import Course, PhaseStatus, RunStatus

_ALL = "All runs: reign runs list"


@dataclass(frozen=True, slots=True)
class Told:
    """A run as the history tells it. `status` is where it stands."""

    run: str
    events: tuple[Event, ...]

    @property
    def course(self) -> Course:
        """Where it stands, and its phases."""
        course = Course()
        for event in self.events:
            course.take(event)
        return course

    @property
    def status(self) -> RunStatus | None:
        """Where it stands."""
        return self.course.status


def find_run(history: Iterable[Event], named: str) -> Told:
    """The run whose id is `named`, or the only one whose id begins so. Raises Failed."""
    found: dict[str, list[Event]] = {}
    for event in history:
        if event.run.startswith(named) and (event.run in found or event.kind is EventKind.RUN_STARTED):
            found.setdefault(event.run, []).append(event)
    run = named if named in found else next(iter(found), "")
    if not named or not found or (run != named and len(found) > 1):
        raise Failed([unknown_run(named, sorted(found))])
    return Told(run, tuple(found[run]))


def unknown_run(named: str, ids: list[str]) -> Finding:
    """That no run, or more than one, is meant."""
    several = f"{', '.join(ids[:3])}{', ...' if len(ids) > 3 else ''}"
    said = f"{named!r} begins the ids of several: {several}." if ids and named else f"There is no run {named!r}."
    return Finding("runs/unknown", "Unknown run", said, fix=_ALL)


@dataclass(frozen=True, slots=True)
class Aborting:
    """A run that is about to be given up, what the project says of questions, and what was found out about lost calls."""

    run: str
    figures: Mapping[str, int]
    settings: Settings
    name: str = ""
    warnings: tuple[Finding, ...] = ()


def abort(
    where: Where, named: str, why: str, approve: Callable[[Aborting], None], lock_wait_s: float = 0.0
) -> Aborting:
    """Give up a paused run for good, once `approve` returns; what it has done stays. Raises Locked, Failed, or what
    `approve` raises.
    """
    space = open_existing(where)
    if not space.layout.journal.is_dir():  # a lock would make a state where there is none
        raise Failed([unknown_run(named, [])])
    with holding(space, "runs abort", lock_wait_s) as held:
        told = find_run(held.writer.journal.read(), named)
        if told.status is not RunStatus.PAUSED:
            raise Failed([_not_paused(told)])
        figures = Figures()
        for event in told.events:
            figures.take(event)
        by_name = space.env if held.project and held.project.confirms_by_name else ""
        aborting = Aborting(told.run, figures.counts, held.settings, by_name, held.told)
        approve(aborting)
        actor = origin(space, told.run, "runs abort").actor
        held.writer.journal.append(
            _ends(told, figures, f"Aborted by {actor or 'somebody'}{f': {why}' if why else '.'}")
        )
        return aborting


def _ends(told: Told, figures: Figures, message: str) -> list[Event]:
    at, pending = event_time(), PhaseStatus.PENDING
    skipped = [name for name, status in told.course.phases.items() if status is pending]
    data = {"status": RunStatus.ABORTED.value, "message": message, "duration_s": figures.duration_s}
    return [
        *(
            Event(EventKind.PHASE_ENDED, told.run, at, data={"name": name, "status": "skipped", "message": message})
            for name in skipped
        ),
        Event(EventKind.RUN_ENDED, told.run, at, data={**data, **figures.counts}),
    ]


def _not_paused(told: Told) -> Finding:
    status = told.status
    why: dict[RunStatus | None, str] = {
        RunStatus.COMPLETED: "It is completed: there is nothing to give up.",
        RunStatus.ABORTED: "It was aborted before.",
        RunStatus.FAILED: "It failed, and nothing waits for it.",
    }
    said = f"Run {told.run} cannot be aborted. {why.get(status, f'It is {status}.')}"
    return Finding("runs/not-paused", "Only a paused run is aborted", said, fix=_ALL)
