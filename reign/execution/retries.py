"""Which calls that failed are tried again, and when."""

from __future__ import annotations

import random
from dataclasses import dataclass

from reign.execution.health import PASSING
from reign.execution.job import Job, Seams
from reign.model.errors import ProviderError
from reign.model.plan import Change, Step
from reign.model.resource import Retry


@dataclass(frozen=True, slots=True)
class _Try:
    """A try that failed and is followed by another."""

    attempt: int
    error: ProviderError


class Retries:
    """The tries of a run's steps, each named by its index. Waits for nothing itself."""

    def __init__(self, job: Job, seams: Seams) -> None:
        self._job, self._seams = job, seams
        self._tries: dict[int, _Try] = {}

    def attempt(self, index: int) -> int:
        """The number of its next try; 1 is the first."""
        return self._tries[index].attempt + 1 if index in self._tries else 1

    def error(self, index: int) -> ProviderError | None:
        """How its last try failed, where another was to follow."""
        return self._tries[index].error if index in self._tries else None

    def wait_s(self, index: int, step: Step, change: Change, attempt: int, error: ProviderError) -> float | None:
        """How long to wait after try number `attempt` before the next, which is counted on; None: that was the last."""
        retry = (change.desired.retry if change.desired else None) or self._job.limits.retry
        if attempt >= retry.attempts or not self._may_try_again(step, error):
            return None
        self._tries[index] = _Try(attempt, error)
        return wait_before(attempt + 1, retry)

    def _may_try_again(self, step: Step, error: ProviderError) -> bool:
        """Only what passes by itself, and only where trying again makes no twin: a create looks for its own mark
        first, an update and a delete come to the same twice. What leaves no mark is never run twice unasked. A read
        may be repeated as it likes.
        """
        if error.kind not in PASSING or error.partial is not None:
            return False
        return step.verb == "read" or self._seams.schema(step.address.kind).marked


def wait_before(attempt: int, retry: Retry) -> float:
    """Seconds to wait before try number `attempt` (2 is the first again): growing, bounded, with full jitter as in
    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/.
    """
    most = min(retry.max_s, retry.initial_s * retry.backoff ** (attempt - 2))
    return random.uniform(0.0, most) if retry.jitter == "full" else most  # noqa: S311 - spreads load, hides nothing
