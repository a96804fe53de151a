"""Asking again until something is ready or healthy: how often, how long, and how many good answers in a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from reign.execution.task import Outcome
from reign.model.errors import ErrorKind, ProviderError
from reign.model.plan import Change, Step
from reign.model.resource import HealthCheck, Readiness, Timeouts

Verdict: TypeAlias = "Literal['passed', 'failed'] | float"
"""Over, or when to ask again on the monotonic clock."""

PASSING = frozenset({ErrorKind.TRANSIENT, ErrorKind.THROTTLED})
"""What may be gone by the next try."""
_FIRST_S, _POLL_S = 0.1, 0.5
"""What asks of its own accord asks soon at first, then less and less often."""
_SILENT = "It gave no answer."


@dataclass(slots=True)
class Vigil:
    """One step that waits. Times are those of the monotonic clock. `slowest_s`: up to this, it is asked half as often each
    time. `is_final`: more time would not help.
    """

    began: float
    until: float
    interval_s: float
    enough: int
    slowest_s: float = 0.0
    good: int = 0
    reason: str = ""
    is_final: bool = False
    _told: tuple[str, int] | None = None

    def has_news(self) -> bool:
        """Whether the last answer differs from the one at the last call: the same one again is no event."""
        before, self._told = self._told, (self.reason, self.good)
        return self._told != before

    @property
    def failure(self) -> str:
        """Why it did not pass."""
        good = f"{self.good} of {self.enough} good answers" if self.enough > 1 else ""
        return ", ".join(part for part in (self.reason, good) if part) or _SILENT

    def after(self, outcome: Outcome, now: float) -> Verdict:
        """What follows from an answer. It is asked a last time when the time is up, however long the interval."""
        status = self._heard(outcome)
        self.is_final = status == "failed"
        self.good = self.good + 1 if status == "done" else 0
        if self.good >= self.enough:
            return "passed"
        if status == "failed" or now >= self.until:
            return "failed"
        asked_in, self.interval_s = self.interval_s, max(self.interval_s, min(2 * self.interval_s, self.slowest_s))
        return min(now + asked_in, self.until)

    def _heard(self, outcome: Outcome) -> str:
        match outcome:
            case Readiness(status=status, reason=reason):
                self.reason = reason
                return status
            case ProviderError(kind=kind):
                self.reason = str(outcome)
                return "waiting" if kind in PASSING else "failed"
        self.reason = _SILENT
        return "failed"


def vigil(step: Step, change: Change, now: float) -> Vigil:
    """The vigil that a step begins."""
    check = change.desired.health if change.desired else None
    if check is None or (step.kind == "wait") is not (check.kind == "ready"):
        timeouts = change.desired.timeouts if change.desired else Timeouts()
        return Vigil(now, now + timeouts.of(step.verb), _FIRST_S, 1, _POLL_S)
    return Vigil(now, now + check.deadline_s, check.interval_s, check.healthy_after)


def gate_of(change: Change) -> HealthCheck | None:
    """What a gate asks."""
    return change.desired.health if change.desired else None


def not_passed(step: Step, reason: str, *, made: bool, is_final: bool) -> ProviderError:
    """Why what waits for this one does not start. `made`: it is new, and tainted by this. `is_final`: see `Vigil`."""
    summary, longer = ("Unhealthy", "health.deadline") if step.kind == "gate" else ("Not ready", "timeout")
    follows = "It is tainted: the next apply replaces it." if made else "It stays as it is: the next apply asks again."
    fix = f"Mend what keeps it from it{'' if is_final else f', or let it take longer ({longer})'}. {follows}"
    return ProviderError(ErrorKind.TIMEOUT, summary, reason, fix)
