"""What a run that is resumed has done already, told from its events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reign.execution.figures import Figures
from reign.model.address import Address, parse_address
from reign.model.event import Event, EventKind

_RECORDS = {"move": "move", "forget": "forget", "update": "record", "adopt": "record"}
"""The step that a RECORDED event ends, by its action."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """done: how often each (address, verb) has succeeded, of calls and of steps that only the state sees. settled: what came
    out as it was, so that nothing was called. tried: what was called for at all. counts: the figures so far; what failed or
    was skipped is tried again, and is none of them. duration_s: how long it worked. has_serial: whether it has changed the state.
    """

    done: Mapping[tuple[Address, str], int] = field(default_factory=dict)
    settled: frozenset[Address] = frozenset()
    tried: frozenset[Address] = frozenset()
    counts: Mapping[str, int] = field(default_factory=dict)
    imported: int = 0
    duration_s: float = 0.0
    has_serial: bool = False

    @property
    def begun(self) -> frozenset[Address]:
        """What something of was done."""
        return self.settled | {address for address, _ in self.done}

    def made(self, address: Address) -> bool:
        """Whether the run has made what stands there."""
        return bool(self.done.get((address, "create")))


def earlier(events: Iterable[Event]) -> Earlier:
    """The same of `events`, all those of one run, in their order."""
    done: Counter[tuple[Address, str]] = Counter()
    settled: set[Address] = set()
    tried: set[Address] = set()
    figures, has_serial = Figures(), False
    for event in events:
        has_serial = has_serial or event.serial is not None
        figures.take(event)
        match event.kind:
            case EventKind.INTENT:
                tried.add(parse_address(event.address))
            case EventKind.RESULT if event.data["outcome"] == "done":
                done[parse_address(event.address), event.data["verb"]] += 1
            case EventKind.RESULT if event.data["outcome"] == "no-op":
                settled.add(parse_address(event.address))
            case EventKind.RECORDED if event.data["action"] in _RECORDS:
                done[parse_address(event.address), _RECORDS[event.data["action"]]] += 1
    imported = sum(times for (_, verb), times in done.items() if verb == "adopt")
    counts = {**figures.counts, "failed": 0, "skipped": 0}
    return Earlier(done, frozenset(settled), frozenset(tried), counts, imported, figures.duration_s, has_serial)
