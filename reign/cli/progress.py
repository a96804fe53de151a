"""A run, told from its events: what to say of each, and what runs at this moment."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reign.api.lines import ENDS, STARTS
from reign.api.run import Ids
from reign.model.event import Event, EventKind
from reign.model.plan import Plan, Verb
from reign.model.resource import Retry
from reign.render.words import duration, listed, one_line

NAMED = 5
"""Running operations that a heartbeat names, and skipped ones that the end names for one cause."""
LONGEST = 200
"""Characters of what a provider says that are shown."""
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
_RECORDED = {
    "forget": "Forgotten, not destroyed",
    "import": "Recorded, imported",
    "update": "Recorded in the state",
    "adopt": "Recorded, found in place",
    "move": "Recorded, what it depends on has another name",
}
_WAITS = {"gate": ("healthy", "Healthy", "health"), "wait": ("ready", "Ready", "readiness")}
"""By the kind of a step: what is waited for, what is said once it came, and what the phase is called."""


@dataclass(slots=True)
class Operation:
    """One resource's part in the run while it runs. `verb` is that of its call; `phase` a word for what it is at, since
    `since`, and `why` what is known about how long; `next_try` is when one begins. `doing` and `said` are the provider's
    own words for it, a word and a line, as long as they hold. Times are those given with events.
    """

    address: str
    verb: str
    phase: str
    began: float
    since: float
    why: str = ""
    next_try: float | None = None
    doing: str = ""
    said: str = ""

    @property
    def at(self) -> str:
        """One word for what it is at."""
        return self.doing or self.phase

    @property
    def known(self) -> str:
        """What is known about it: what was said last, by whom ever."""
        return self.said or self.why

    def clock(self, now: float) -> str:
        """`31s`, or `in 3s` before the next try."""
        if self.next_try is None:
            return duration(now - self.began)
        return f"in {duration(max(0.0, self.next_try - now))}"


@dataclass(frozen=True, slots=True)
class Figures:
    """How far the run is, in resources; what is `done` includes what failed and what was skipped."""

    total: int
    done: int
    running: int
    failed: int
    skipped: int
    elapsed_s: float

    @property
    def waiting(self) -> int:
        """Those that have not begun."""
        return self.total - self.done - self.running


class Progress:
    """What runs and what is done, told from events; `now` is in seconds, and only its differences mean something.

    `says_starts`: whether what begins has a line too, or only what ends. `holder`: what holds the lock.
    """

    def __init__(
        self,
        plan: Plan,
        source: str = "",
        *,
        at_once: int | None = None,
        holder: str = "this process",
    ) -> None:
        self._source, self._at_once, self._holder = source, at_once, holder
        self._is_rollback = plan.rollback is not None
        self.says_starts = True
        self._left = Counter(step.address.text for step in plan.steps)
        self._guards = _guards(plan)
        self._total = len(self._left)
        self._done = self._failed = self._skipped = 0
        self._running: dict[str, Operation] = {}
        self._began: float | None = None
        self._ids = Ids(ids(plan), ids_aside(plan))
        self._tries = {c.address.text: (c.desired.retry or Retry()).attempts for c in plan.changes if c.desired}

    @property
    def operations(self) -> Sequence[Operation]:
        """What runs, or waits to be tried again, longest first; each keeps its place."""
        return sorted(self._running.values(), key=lambda operation: (operation.began, operation.address))

    @property
    def left(self) -> int:
        """How many have not come to an end."""
        return self._total - self._done

    def figures(self, now: float) -> Figures:
        """How far it is."""
        elapsed = now - self._began if self._began is not None else 0.0
        return Figures(self._total, self._done, len(self._running), self._failed, self._skipped, elapsed)

    def lines(self, events: Iterable[Event], now: float) -> Iterator[str]:
        """What there is to say about each event, in order."""
        for event in events:
            match event.kind:
                case EventKind.RUN_STARTED | EventKind.RUN_RESUMED:
                    self._began = now
                    if self._total:
                        yield self._opening(event)
                case EventKind.INTENT:
                    yield from self._intent(event, now)
                case EventKind.RESULT:
                    called = self._running.get(event.address)
                    yield from self._result(event)
                    if event.data["outcome"] == "done":
                        yield from self._guarded(event, (event.data["verb"],), now, called.began if called else now)
                case EventKind.RETRY:
                    yield from self._retry(event, now)
                case EventKind.WAITING:
                    self._waiting(event)
                case EventKind.SKIPPED:
                    self._skipped += 1
                    self._end(event.address, all_of_it=True)
                    yield f"{event.address}: {skipped(event.data['because'])}"
                case EventKind.RECORDED if event.data["action"] == "proven":
                    yield self._proven(event, now)
                case EventKind.RECORDED:
                    self._end(event.address)
                    yield f"{event.address}: {_recorded(event)}"
                    yield from self._guarded(event, ("record", "move"), now, now)
                case EventKind.SECRET:
                    yield f"secret.{event.data['name']}: Generated"

    def hear(self, address: str, text: str, doing: str) -> None:
        """What the provider says of an operation stands until it says something else, or the operation goes on to its
        next step. Called from any thread.
        """
        operation = self._running.get(address)
        if operation is not None:
            operation.said, operation.doing = shown(text), shown(doing)

    def heartbeat(self, now: float) -> str:
        """`Still running after 30s, 7 of 14 done: ...`; empty while nothing runs."""
        if not self._running or self._began is None:
            return ""
        running = [_said(operation, now) for operation in self.operations]
        return (
            f"Still running after {duration(now - self._began)}, {self._done:,} of {self._total:,} done: "
            f"{listed(running, NAMED)}"
        )

    def _intent(self, event: Event, now: float) -> Iterator[str]:
        verb, before = event.data["verb"], self._running.get(event.address)
        began = before.began if before else now
        phase = STARTS[verb].lower()
        self._running[event.address] = Operation(event.address, verb, phase, began, now)
        begun = self._ids.begun(event)
        if self.says_starts:
            yield f"{self._name(event)}: {STARTS[verb]}...{_id(begun)}"

    def _guarded(self, event: Event, verbs: Sequence[str], now: float, began: float) -> Iterator[str]:
        """After what one of `verbs` did, where something is waited for."""
        kind, after = self._guards.get(event.address, ("", ""))
        if after not in verbs:
            return
        waited_for, _, phase = _WAITS[kind]
        verb = event.data.get("verb", "update")
        self._running[event.address] = Operation(event.address, verb, phase, began, now)
        if self.says_starts:
            yield f"{event.address}: Waiting until it is {waited_for}..."

    def _proven(self, event: Event, now: float) -> str:
        operation = self._running.get(event.address)
        kind, _ = self._guards.get(event.address, ("gate", ""))
        self._end(event.address)
        return f"{event.address}: {_WAITS[kind][1]} after {duration(now - operation.since if operation else 0.0)}"

    def _waiting(self, event: Event) -> None:
        operation, told = self._running.get(event.address), event.data
        if operation is not None:
            good = f"{told['good']} of {told['needed']} good answers" if told["needed"] > 1 else ""
            operation.why = ", ".join(part for part in (one_line(told["reason"]), good) if part)
            operation.said = operation.doing = ""

    def _opening(self, event: Event) -> str:
        source = f" {self._source}" if self._source else ""
        operations = "1 operation" if self._total == 1 else f"{self._total:,} operations"
        at_once = f", {self._at_once:,} at once" if self._at_once is not None else ""
        return f"{self._doing(event)}{source}: {operations}{at_once}. Run {event.run}, lock held by {self._holder}."

    def _doing(self, event: Event) -> str:
        if event.kind is EventKind.RUN_RESUMED:
            return "Going on"
        if self._is_rollback:
            return "Rolling back by" if self._source else "Rolling back"
        return "Destroying" if event.data["command"] == "destroy" else "Applying"

    def _result(self, event: Event) -> Iterator[str]:
        took = duration(event.data["duration_s"])
        match event.data["outcome"]:
            case "done":
                name, found = self._name(event), _id(self._ids.done(event))
                yield f"{name}: {ENDS[event.data['verb']]} complete after {took}{found}"
            case "no-op":
                yield f"{event.address}: Unchanged, nothing was called"
            case outcome:
                self._failed += 1
                yield from _failed(event, self._name(event), outcome, took)
        self._end(event.address, all_of_it=event.data["outcome"] != "done")

    def _retry(self, event: Event, now: float) -> Iterator[str]:
        error, attempt, wait_s = event.data["error"], event.data["attempt"], event.data["wait_s"]
        tries = self._tries.get(event.address, Retry().attempts)
        why = f"{error['kind']}: {one_line(error['summary'])}"
        operation = self._running.get(event.address)
        if operation is not None:
            operation.phase, operation.why = f"retry {attempt + 1}/{tries}", why
            operation.next_try = now + wait_s
            operation.said = operation.doing = ""
        if self.says_starts:
            yield f"{event.address}: Retrying in {duration(wait_s)} ({attempt + 1} of {tries}, {why})"

    def _name(self, event: Event) -> str:
        """What a call is of: the resource, or what a replacement pushed aside at its address."""
        aside = self._ids.aside(event)
        return f"{event.address} (deposed object {one_line(aside)})" if aside else event.address

    def _end(self, address: str, *, all_of_it: bool = False) -> None:
        """One step of an operation is over; with the last one the operation is done."""
        self._running.pop(address, None)
        if self._left[address] <= 0:
            return
        self._left[address] = 0 if all_of_it else self._left[address] - 1
        if self._left[address] == 0:
            self._done += 1


def _said(operation: Operation, now: float) -> str:
    words = f"{operation.address} {duration(now - operation.began)}"
    if operation.next_try is not None:
        return f"{words} ({operation.phase} {operation.clock(now)}: {operation.why})"
    at = "" if operation.at in _CALLS else operation.at
    about = ": ".join(part for part in (at, operation.known) if part)
    return f"{words} ({about})" if about else words


_CALLS = frozenset(word.lower() for word in STARTS.values())


def shown(said: str) -> str:
    """What a provider says as part of a line: without colours and without what only moves the cursor, and not too long."""
    return one_line(" ".join(_ESCAPES.sub("", said).split()))[:LONGEST]


def _id(found: str | None) -> str:
    return f" [id={one_line(found)}]" if found else ""


def _failed(event: Event, name: str, outcome: str, took: str) -> Iterator[str]:
    error = event.data["error"]
    end = "cut off" if outcome == "unknown" else "failed"
    yield f"{name}: {ENDS[event.data['verb']]} {end} after {took} ({error['kind']}): {one_line(error['summary'])}"
    yield from (f"  {line}" for line in error["detail"].splitlines())


def skipped(because: str) -> str:
    """Why something was never started."""
    return f"Skipped (waits for {because})" if because else "Skipped (the run ended before)"


def _recorded(event: Event) -> str:
    previous = event.data.get("previous")
    return f"Moved from {previous}" if previous else _RECORDED[event.data["action"]]


def ids(plan: Plan) -> Mapping[str, str]:
    """The external ids that are known before the run: of what stands, and of what is to be imported."""
    imported = {change.address.text: change.import_id for change in plan.changes if change.import_id is not None}
    return {**imported, **{change.address.text: change.prior.external_id for change in plan.changes if change.prior}}


def ids_aside(plan: Plan) -> Mapping[str, str]:
    """The external ids of what earlier replacements pushed aside, and what is to be destroyed of that."""
    return {change.address.text: change.deposed.external_id for change in plan.changes if change.deposed}


def _guards(plan: Plan) -> dict[str, tuple[str, Verb]]:
    """By address: what is waited for, and after which of its own steps."""
    found: dict[str, tuple[str, Verb]] = {}
    for step in plan.steps:
        if step.kind in _WAITS:
            own = [plan.steps[need].verb for need in step.needs if plan.steps[need].address == step.address]
            found[step.address.text] = (step.kind, own[-1] if own else step.verb)
    return found
