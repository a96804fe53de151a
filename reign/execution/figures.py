"""The figures of a run, told from its events."""

from __future__ import annotations

from dataclasses import dataclass, field

from reign.model.event import Event, EventKind

COUNTED = ("added", "changed", "destroyed", "failed", "skipped")
_BY_VERB = {"create": "added", "update": "changed", "delete": "destroyed"}
"""A read adds nothing, and neither does what is taken over as it is."""


def counts_as(event: Event) -> str:
    """The figure of a run that an event adds one to, one of `COUNTED`; empty for none."""
    match event.kind:
        case EventKind.RESULT if event.data["outcome"] == "done":
            return _BY_VERB.get(event.data["verb"], "")
        case EventKind.RESULT if event.data["outcome"] in ("failed", "unknown"):
            return "failed"
        case EventKind.RECORDED if event.data["action"] == "update":
            return "changed"
        case EventKind.SKIPPED:
            return "skipped"
    return ""


@dataclass(slots=True)
class Figures:
    """Those of one run, as its events are taken in. duration_s: how long it had worked when it ended last.

    What failed or was skipped is tried again by a run that is resumed, and then counts anew.
    """

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    duration_s: float = 0.0

    def take(self, event: Event) -> None:
        """Take in the run's next event."""
        if event.kind is EventKind.RUN_RESUMED:
            self.counts |= {"failed": 0, "skipped": 0}
        elif event.kind is EventKind.RUN_ENDED:
            self.duration_s = event.data["duration_s"]
        elif figure := counts_as(event):
            self.counts[figure] += 1
