"""What happens as lines of the stream: looking at reality, and a run, told from its events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from reign.api.diagnostic import diagnostic_line
from reign.api.lines import ENDS, STARTS, Line, line, resource, took
from reign.model.address import Address, parse_address
from reign.model.event import Event, EventKind
from reign.model.finding import Finding

if TYPE_CHECKING:
    from reign.app.nouns import Look

_STARTS = {**STARTS, "read": "Refreshing"}
_ENDS = {**ENDS, "read": "Refresh"}
"""For programs Terraform has another word for a read than for people."""


class Looked:
    """What is looked at as lines; `now` is in seconds, and only its differences mean something.

    What neither the state nor an import knows an id of has nothing to refresh, so nothing is said of it.
    """

    def __init__(self) -> None:
        self._since: dict[Address, float] = {}

    def lines(self, when: Literal["start", "complete"], looks: Sequence[Look], now: float) -> Iterator[Line]:
        """What there is to say of each, in order."""
        for look in looks:
            if look.address.mode == "data":
                yield self._read(when, look.address, now)
            elif look.external_id:
                yield _refresh(when, look)

    def _read(self, when: Literal["start", "complete"], address: Address, now: float) -> Line:
        hook = {"resource": resource(address), "action": "read"}
        if when == "start":
            self._since[address] = now
            return line("apply_start", f"{address}: {_STARTS['read']}...", hook=hook)
        elapsed_s = round(now - self._since.pop(address, now))
        message = f"{address}: {_ENDS['read']} complete after {took(elapsed_s)}"
        return line("apply_complete", message, hook={**hook, "elapsed_seconds": elapsed_s})


def _refresh(when: Literal["start", "complete"], look: Look) -> Line:
    said = "Refreshing state..." if when == "start" else "Refresh complete"
    hook = {"resource": resource(look.address), "id_key": "id", "id_value": look.external_id}
    return line(f"refresh_{when}", f"{look.address}: {said}{_named(look.external_id)}", hook=hook)


class Ids:
    """Which external id a step is about, told from events; `held` are those that stand before the run, `aside` those of what
    earlier replacements pushed aside.
    """

    def __init__(self, held: Mapping[str, str], aside: Mapping[str, str] | None = None) -> None:
        self._held, self._aside = dict(held), dict(aside or {})

    def aside(self, event: Event) -> str | None:
        """Of a delete, begun or ended: the id of what was pushed aside, where it is that which goes."""
        return self._aside.get(event.address) if event.data.get("verb") == "delete" else None

    def begun(self, event: Event) -> str | None:
        """Of an intent: what is about to be changed or to go. A create has none yet, whatever it pushes aside."""
        return None if event.data["verb"] == "create" else self.aside(event) or self._held.get(event.address)

    def done(self, event: Event) -> str | None:
        """Of a result: what stands now. What a create pushed aside goes next."""
        snapshot, deposed = event.data.get("snapshot"), event.data.get("deposed")
        if deposed:
            self._aside[event.address] = deposed["external_id"]
        if snapshot:
            found: str = snapshot["external_id"]
            self._held[event.address] = found
            return found
        gone = self._held if self.aside(event) is None else self._aside
        gone.pop(event.address, None)
        return None


class Running:
    """Events as lines. `ids` are the external ids that are known before the run, `aside` those of what was pushed aside; how
    long things take is counted from events.
    """

    def __init__(self, ids: Mapping[str, str], aside: Mapping[str, str] | None = None) -> None:
        self._ids = Ids(ids, aside)

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
                    yield _retried(event)
                case EventKind.WAITING:
                    yield _waiting(event)
                case EventKind.SKIPPED:
                    because = event.data["because"]
                    message = f"{event.address}: Skipped" + (f" (waits for {because})" if because else "")
                    yield line("reign_skipped", message, hook=_hook(event), because=because)
                case EventKind.SECRET:
                    name = event.data["name"]
                    yield line("reign_generated", f"secret.{name}: Generated", secret=name)
                case EventKind.RECORDED:
                    yield line("reign_recorded", f"{event.address}: Recorded", hook=_hook(event))

    def _started(self, event: Event) -> Line:
        found = self._ids.begun(event)
        message = f"{event.address}: {_STARTS[event.data['verb']]}...{_named(found)}"
        return line("apply_start", message, hook=_hook(event, found))

    def _ended(self, event: Event) -> Iterator[Line]:
        match event.data["outcome"]:
            case "done":
                yield self._completed(event)
            case "failed" | "unknown":
                yield from self._errored(event)

    def _completed(self, event: Event) -> Line:
        found = self._ids.done(event)
        elapsed_s = round(event.data["duration_s"])
        message = f"{event.address}: {_ENDS[event.data['verb']]} complete after {took(elapsed_s)}{_named(found)}"
        return line("apply_complete", message, hook=_hook(event, found, elapsed_s))

    def _errored(self, event: Event) -> Iterator[Line]:
        elapsed_s = round(event.data["duration_s"])
        message = f"{event.address}: {_ENDS[event.data['verb']]} errored after {took(elapsed_s)}"
        yield line("apply_errored", message, "error", hook=_hook(event, None, elapsed_s))
        yield diagnostic_line(failure(event))


def progressed(address: str, verb: str, elapsed_s: int, said: Mapping[str, str] | None = None) -> Line:
    """A call that still runs, said from time to time by whoever holds a clock. `said`: what the provider says of it."""
    message = f"{address}: Still {_STARTS[verb].lower()}... [{took(elapsed_s)} elapsed]"
    hook: Line = {"resource": resource(parse_address(address)), "action": _action(verb), "elapsed_seconds": elapsed_s}
    if told := {name: text for name, text in (said or {}).items() if text}:
        hook["x_reign"] = told
    return line("apply_progress", message, hook=hook)


def failure(event: Event) -> Finding:
    """The error of a failed operation as a finding."""
    error = event.data["error"]
    return Finding(f"apply/{error['kind']}", error["summary"], error["detail"], address=event.address, fix=error["fix"])


def _retried(event: Event) -> Line:
    told = event.data
    return line(
        "reign_retry",
        f"{event.address}: Retrying",
        hook=_hook(event),
        attempt=told["attempt"],
        wait_s=told["wait_s"],
        error_kind=told["error"]["kind"],
        reason=told["error"]["summary"],
    )


def _waiting(event: Event) -> Line:
    told = event.data
    return line(
        "reign_waiting",
        f"{event.address}: Not {told['for']} yet",
        hook=_hook(event),
        wanted=told["for"],
        reason=told["reason"],
        good_answers=told["good"],
        needed_answers=told["needed"],
    )


def _hook(event: Event, external_id: str | None = None, elapsed_s: int | None = None) -> Line:
    hook: Line = {
        "resource": resource(parse_address(event.address)),
        "action": _action(event.data.get("verb") or event.data.get("action", "")),
    }
    if external_id is not None:
        hook |= {"id_key": "id", "id_value": external_id}
    if elapsed_s is not None:
        hook["elapsed_seconds"] = elapsed_s
    return hook


def _action(verb: str) -> str:
    return "import" if verb == "adopt" else verb


def _named(external_id: str | None) -> str:
    return f" [id={external_id}]" if external_id else ""
