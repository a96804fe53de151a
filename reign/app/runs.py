"""Runs by their ids: finding one, and giving one up for good."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from reign.app.clock import event_time
from reign.app.held import holding
from reign.app.nouns import Where
from reign.app.origin import origin
from reign.app.recovery import Stored
from reign.app.workspace import open_existing
from reign.config import Settings
from reign.execution.figures import Figures
from reign.model.errors import Failed, Stale
from reign.model.event import Event, EventKind, State
from reign.model.finding import Finding
from reign.model.lifecycle import Course, PhaseStatus, RunStatus
from reign.model.plan import Plan

_ALL = "All runs: reign runs list"
SEE = "See what is to be done now: reign plan"


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
    """Give up a run that can go on for good, once `approve` returns; what it has done stays. Raises Locked, Failed, or what
    `approve` raises.
    """
    space = open_existing(where)
    if not space.layout.journal.is_dir():  # a lock would make a state where there is none
        raise Failed([unknown_run(named, [])])
    with holding(space, "runs abort", lock_wait_s) as held:
        told = find_run(held.writer.journal.read(), named)
        _check_can_go_on(told, Stored(space).of(told.run), held.writer.state)
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


def check_basis_of(plan: Plan, run: str, state: State) -> None:
    """Whatever changed the state since the plan was made must have been the run itself. Raises Stale."""
    basis = plan.basis
    is_as_planned = (state.serial, state.head) == (basis.serial, basis.head)
    is_ours = state.head_run == run and state.serial <= basis.serial + 1
    if state.lineage == basis.lineage and (is_as_planned or is_ours):
        return
    since = f"Run {state.head_run} has changed the state since: it" if state.head_run not in ("", run) else "The state"
    said = f"{since} is at serial {state.serial}, and run {run} began at serial {basis.serial}. Nothing was done."
    raise Stale([Finding("runs/moved-on", "The state has moved on", said, fix=SEE)])


def _check_can_go_on(told: Told, plan: Plan | None, state: State) -> None:
    """A paused run always waits for somebody; one that failed only as long as it can be resumed. Raises Failed."""
    why: dict[RunStatus | None, str] = {
        RunStatus.COMPLETED: "It is completed: there is nothing to give up.",
        RunStatus.ABORTED: "It was aborted before.",
        RunStatus.PAUSED: "",
        RunStatus.FAILED: "" if plan is None else _moved_on(plan, told.run, state),
    }
    if reason := why.get(told.status, f"It is {told.status}."):
        said = f"Run {told.run} cannot be aborted. {reason}"
        raise Failed([Finding("runs/not-paused", "Only a run that can be resumed is aborted", said, fix=_ALL)])


def _moved_on(plan: Plan, run: str, state: State) -> str:
    """Why a run that failed cannot be resumed; empty where it can be, as far as the state tells."""
    try:
        check_basis_of(plan, run, state)
    except Stale:
        return "It failed, and the state has moved on since: nothing waits for it."
    return ""
