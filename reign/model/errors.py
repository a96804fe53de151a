"""The errors that cross rooms. Which exit code each becomes is decided in one place, `cli/main.py`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from reign.model.finding import Finding, Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reign.model.resource import Observation
    from reign.model.values import Path


class ReignError(Exception):
    """Something was not done. `findings` say why, each complete by itself."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(f"{finding.summary} [{finding.code}]" for finding in self.findings))


class Failed(ReignError):
    """An error, wrong usage, or an error finding that kept a plan from being made."""


class OverThreshold(ReignError):
    """Findings over the threshold about a plan that was made; also damage found by a check of the state."""


class Refused(ReignError):
    """Refused before anything was done: no approval, a policy, a protection, too many destroys."""


class Locked(ReignError):
    """Somebody else holds the lock."""


class Stale(ReignError):
    """A plan file that is stale, foreign or edited, or reality changed since it was made."""


class Cancelled(ReignError):
    """Any answer but yes, or SIGTERM."""


class ErrorKind(StrEnum):
    """What an outside system's failure means for the next try."""

    TRANSIENT = "transient"
    """It passes by itself: the network, a busy system. Reads are tried again, and writes after a look at what is there."""
    THROTTLED = "throttled"
    """Too many requests. Treated as `transient`."""
    TIMEOUT = "timeout"
    """No answer in time. It is not known whether it was done."""
    EXHAUSTED = "exhausted"
    """A limit that waiting does not lift: quota, disk, memory."""
    DENIED = "denied"
    """Not allowed: credentials, permissions."""
    CONFLICT = "conflict"
    """Something else stands where this should: what is not ours is never taken over."""
    INVALID = "invalid"
    """The request itself is wrong, and no repetition will mend it."""
    MISSING = "missing"
    """What it is about is not there."""
    FAULT = "fault"
    """The other side failed, or this one, for a reason that none of the others tells."""


class ProviderError(Exception):
    """A provider call failed. `partial` is what came to stand all the same; it is recorded as tainted. Pickles.

    is_lost: a write had begun, and nobody can tell how it ended: it is recorded as unknown.
    """

    def __init__(
        self,
        kind: ErrorKind,
        summary: str,
        detail: str = "",
        fix: str = "",
        partial: Observation | None = None,
        is_lost: bool = False,
    ) -> None:
        super().__init__(kind, summary, detail, fix, partial, is_lost)
        self.kind = kind
        self.summary = summary
        self.detail = detail
        self.fix = fix
        self.partial = partial
        self.is_lost = is_lost

    def __str__(self) -> str:
        return f"{self.summary}: {self.detail}" if self.detail else self.summary


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a spec. `path` is where in the spec; `nearest` the nearest valid name, if any.

    `place` is where exactly: in a file that the spec names, of which `excerpt` has the lines around it as (number, text);
    or, where it names no file, in the text that stands at `path`.
    """

    path: Path
    code: str
    summary: str
    detail: str = ""
    nearest: str = ""
    fix: str = ""
    place: Place | None = None
    excerpt: tuple[tuple[int, str], ...] = ()


class InvalidSpec(Exception):
    """A spec that its schema refuses: every problem of it at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)
