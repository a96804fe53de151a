"""A run as plain lines: one when an operation starts, ends, is tried again or fails, and a heartbeat for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from reign.api.stream import ENDS, STARTS, Ids
from reign.model.event import Event, EventKind
from reign.model.finding import Finding
from reign.model.plan import Plan, Verb
from reign.model.resource import Retry
from reign.render.finding import full
from reign.render.words import duration, listed, one_line

if TYPE_CHECKING:
    from reign.app.nouns import Applied, Failure

_NAMED = 5
"""Running operations that a heartbeat names, and skipped ones that the end names for one cause."""
_RECORDED = {
    "forget": "Forgotten, not destroyed",
    "import": "Recorded, imported",
    "update": "Recorded in the state",
    "adopt": "Recorded, found in place",
    "move": "Recorded, what it depends on has another name",
}
_WAITS = {"gate": ("healthy", "Healthy"), "wait": ("ready", "Ready")}


class Progress:
    """What runs and what is done, told from events; `now` is in seconds, and only its differences mean something."""

    def __init__(self, plan: Plan, source: str = "") -> None:
        self._source = source
        self._left = Counter(step.address.text for step in plan.steps)
        self._guards = _guards(plan)
        self._waiting: dict[str, str] = {}
        self._total = len(self._left)
        self._done = 0
        self._running: dict[str, float] = {}
        self._began: float | None = None
        self._ids = Ids(ids(plan))
        self._tries = {c.address.text: (c.desired.retry or Retry()).attempts for c in plan.changes if c.desired}

    def lines(self, events: Iterable[Event], now: float) -> Iterator[str]:
        """What there is to say about each event, in order."""
        for event in events:
            match event.kind:
                case EventKind.RUN_STARTED:
                    self._began = now
                    if self._total:
                        yield self._opening(event)
                case EventKind.INTENT:
                    self._running[event.address] = now
                    yield f"{event.address}: {STARTS[event.data['verb']]}...{_id(self._ids.begun(event))}"
                case EventKind.RESULT:
                    yield from self._result(event)
                    if event.data["outcome"] == "done":
                        yield from self._guarded(event, (event.data["verb"],), now)
                case EventKind.RETRY:
                    yield self._retry(event)
                case EventKind.SKIPPED:
                    self._end(event.address, all_of_it=True)
                    yield f"{event.address}: {_skipped(event.data['because'])}"
                case EventKind.RECORDED if event.data["action"] == "proven":
                    yield self._proven(event, now)
                case EventKind.RECORDED:
                    self._end(event.address)
                    yield f"{event.address}: {_recorded(event)}"
                    yield from self._guarded(event, ("record", "move"), now)
                case EventKind.SECRET:
                    yield f"secret.{event.data['name']}: Generated"

    def heartbeat(self, now: float) -> str:
        """`Still running after 30s, 7 of 14 done: ...`; empty while nothing runs."""
        if not self._running or self._began is None:
            return ""
        running = [f"{self._said(address)} {duration(now - since)}" for address, since in self._running.items()]
        return (
            f"Still running after {duration(now - self._began)}, {self._done:,} of {self._total:,} done: "
            f"{listed(running, _NAMED)}"
        )

    def _said(self, address: str) -> str:
        kind = self._waiting.get(address)
        return f"{address} (not {_WAITS[kind][0]} yet)" if kind else address

    def _guarded(self, event: Event, verbs: Sequence[str], now: float) -> Iterator[str]:
        """After what one of `verbs` did, where something is waited for."""
        kind, after = self._guards.get(event.address, ("", ""))
        if after in verbs:
            self._waiting[event.address] = kind
            self._running[event.address] = now
            yield f"{event.address}: Waiting until it is {_WAITS[kind][0]}..."

    def _proven(self, event: Event, now: float) -> str:
        kind = self._waiting.pop(event.address, "gate")
        since = self._running.get(event.address, now)
        self._end(event.address)
        return f"{event.address}: {_WAITS[kind][1]} after {duration(now - since)}"

    def _opening(self, event: Event) -> str:
        verb = "Destroying" if event.data["command"] == "destroy" else "Applying"
        source = f" {self._source}" if self._source else ""
        operations = "1 operation" if self._total == 1 else f"{self._total:,} operations"
        return f"{verb}{source}: {operations}. Run {event.run}, lock held by this process."

    def _result(self, event: Event) -> Iterator[str]:
        took = duration(event.data["duration_s"])
        match event.data["outcome"]:
            case "done":
                found = _id(self._ids.done(event))
                yield f"{event.address}: {ENDS[event.data['verb']]} complete after {took}{found}"
            case "no-op":
                yield f"{event.address}: Unchanged, nothing was called"
            case outcome:
                yield from _failed(event, outcome, took)
        self._end(event.address, all_of_it=event.data["outcome"] != "done")

    def _retry(self, event: Event) -> str:
        error, attempt = event.data["error"], event.data["attempt"]
        tries = self._tries.get(event.address, Retry().attempts)
        return (
            f"{event.address}: Retrying in {duration(event.data['wait_s'])} "
            f"({attempt + 1} of {tries}, {error['kind']}: {one_line(error['summary'])})"
        )

    def _end(self, address: str, *, all_of_it: bool = False) -> None:
        """One step of an operation is over; with the last one the operation is done."""
        self._running.pop(address, None)
        if all_of_it:
            self._waiting.pop(address, None)
        if self._left[address] <= 0:
            return
        self._left[address] = 0 if all_of_it else self._left[address] - 1
        if self._left[address] == 0:
            self._done += 1


def _id(found: str | None) -> str:
    return f" [id={one_line(found)}]" if found else ""


def _failed(event: Event, outcome: str, took: str) -> Iterator[str]:
    error = event.data["error"]
    end = "cut off" if outcome == "unknown" else "failed"
    yield f"{event.address}: {ENDS[event.data['verb']]} {end} after {took} ({error['kind']}): {one_line(error['summary'])}"
    yield from (f"  {line}" for line in error["detail"].splitlines())


def _skipped(because: str) -> str:
    return f"Skipped (waits for {because})" if because else "Skipped (the run ended before)"


def _recorded(event: Event) -> str:
    previous = event.data.get("previous")
    return f"Moved from {previous}" if previous else _RECORDED[event.data["action"]]


def recap(applied: Applied) -> list[str]:
    """The failures once more, and what was skipped because of them."""
    text: list[str] = []
    for failure in applied.failed:
        text += ["", *full(_finding(failure))]
    by_cause: dict[str, list[str]] = {}
    for skipped in applied.skipped:
        by_cause.setdefault(skipped.because, []).append(skipped.address)
    if by_cause:
        text.append("")
    text += [f"{_skipped(cause)}: {listed(addresses, _NAMED)}" for cause, addresses in by_cause.items()]
    return text


def _finding(failure: Failure) -> Finding:
    return Finding(
        f"apply/{failure.kind}",
        failure.summary,
        failure.detail,
        address=failure.address,
        place=failure.place,
        fix=failure.fix,
    )


def ending(applied: Applied, command: str) -> str:
    """`Apply complete! Resources: ...`, byte for byte as tools read it, or what is incomplete."""
    complete = applied.status == "completed"
    word = "complete" if complete else "incomplete"
    if command == "destroy":
        line = f"Destroy {word}! Resources: {applied.destroyed} destroyed."
    else:
        line = (
            f"Apply {word}! Resources: {applied.added} added, {applied.changed} changed, {applied.destroyed} destroyed."
        )
    return line if complete else f"{line} {len(applied.failed)} failed, {len(applied.skipped)} skipped."


def checks_line(applied: Applied) -> list[str]:
    """How many assertions hold now; which do not was told as warnings."""
    passed = sum(applied.checks.values())
    told = ((passed, "passed"), (len(applied.checks) - passed, "failed"))
    words = ", ".join(f"{number:,} {word}" for number, word in told if number)
    return [f"Checks: {words}"] if words else []


def outputs_block(lines: Sequence[str]) -> list[str]:
    """The outputs under their title; nothing when there are none."""
    return ["", "Outputs:", "", *lines] if lines else []


def ids(plan: Plan) -> Mapping[str, str]:
    """The external ids that are known before the run: of what stands, and of what is to be imported."""
    imported = {change.address.text: change.import_id for change in plan.changes if change.import_id is not None}
    return {**imported, **{change.address.text: change.prior.external_id for change in plan.changes if change.prior}}


def _guards(plan: Plan) -> dict[str, tuple[str, Verb]]:
    """By address: what is waited for, and after which of its own steps."""
    found: dict[str, tuple[str, Verb]] = {}
    for step in plan.steps:
        if step.kind in _WAITS:
            own = [plan.steps[need].verb for need in step.needs if plan.steps[need].address == step.address]
            found[step.address.text] = (step.kind, own[-1] if own else step.verb)
    return found
