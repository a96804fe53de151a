"""Behaviour around the seam: each wrapper is a Provider that holds another one and adds one thing."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.redact import Redact
from reign.model.resource import Block, Health, Observation, Readiness, Resource, Retry, Snapshot
from reign.model.schema import Schema
from reign.model.values import Spec, mapped
from reign.ports import Call, Carrier, Inspect, Logs, Lookup, Marked, Provider, Recall, Recalled, Wanted, said_through

T = TypeVar("T")
Seen = Mapping[Address, Observation | ProviderError | None]

_PASSING = (ErrorKind.TRANSIENT, ErrorKind.THROTTLED)


class Wrapper:
    """Passes every call on, through `_around`, which is what most wrappers replace."""

    def __init__(self, inner: Provider) -> None:
        self.inner = inner
        self.name = inner.name

    def _around(self, verb: str, call: Call, run: Callable[[Call], T]) -> T:  # noqa: ARG002
        return run(call)

    def schemas(self) -> Mapping[str, Schema]:
        """See `ports.Provider`."""
        return self.inner.schemas()

    def normalize(self, type: str, spec: Spec) -> Spec:
        """See `ports.Provider`."""
        return self.inner.normalize(type, spec)

    def expand(self, block: Block, call: Call) -> Sequence[Resource]:
        """See `ports.Provider`."""
        return self._around("expand", call, lambda call: self.inner.expand(block, call))

    def check(self, call: Call) -> Health:
        """See `ports.Provider`."""
        return self._around("check", call, self.inner.check)

    def observe(self, wanted: Sequence[Wanted], call: Call) -> Seen:
        """See `ports.Provider`."""
        return self._around("observe", call, lambda call: self.inner.observe(wanted, call))

    def create(self, desired: Resource, call: Call) -> Observation:
        """See `ports.Provider`."""
        return self._around("create", call, lambda call: self.inner.create(desired, call))

    def update(self, desired: Resource, prior: Snapshot, call: Call) -> Observation:
        """See `ports.Provider`."""
        return self._around("update", call, lambda call: self.inner.update(desired, prior, call))

    def delete(self, prior: Snapshot, call: Call) -> None:
        """See `ports.Provider`."""
        self._around("delete", call, lambda call: self.inner.delete(prior, call))

    def adopt(self, address: Address, external_id: str, call: Call) -> Observation:
        """See `ports.Provider`."""
        return self._around("adopt", call, lambda call: self.inner.adopt(address, external_id, call))

    def ready(self, type: str, seen: Observation, call: Call) -> Readiness:
        """See `ports.Provider`."""
        return self._around("ready", call, lambda call: self.inner.ready(type, seen, call))

    def look_up(self, type: str, spec: Spec, call: Call) -> Spec:
        """See `ports.Lookup`. Raises ProviderError `invalid` where the provider has nothing to look up."""
        inner = self.inner
        if not isinstance(inner, Lookup):
            raise ProviderError(
                ErrorKind.INVALID,
                "Nothing to look up",
                f"The provider {self.name} has no types that are looked up, and {type} was asked for.",
                f"Install a version of it that has {type}.",
            )
        return self._around("look_up", call, lambda call: inner.look_up(type, spec, call))

    def recall(self, verb: str, desired: Resource | None, prior: Snapshot | None, call: Call) -> Recalled:
        """See `ports.Recall`. Nobody can tell where the provider keeps no records."""
        inner = self.inner
        if not isinstance(inner, Recall):
            return Recalled("unknown", reason=f"The provider {self.name} keeps no record of its calls.")
        return self._around("recall", call, lambda call: inner.recall(verb, desired, prior, call))

    def forget(self, verb: str, call: Call) -> None:
        """See `ports.Recall`."""
        if isinstance(self.inner, Recall):
            self.inner.forget(verb, call)

    def marked(self, call: Call) -> Sequence[Carrier]:
        """See `ports.Marked`. Nothing, where the provider cannot tell."""
        inner = self.inner
        return self._around("marked", call, inner.marked) if isinstance(inner, Marked) else ()

    def logs(self, prior: Snapshot, call: Call, lines: int, follow: bool) -> Iterator[str]:
        """See `ports.Logs`. Raises ProviderError `invalid` where nothing of the provider writes any."""
        inner = self.inner
        if not isinstance(inner, Logs):
            raise _nothing_to_show("No logs", f"What {prior.address} is writes no logs that could be shown.")
        return self._around("logs", call, lambda call: inner.logs(prior, call, lines, follow))

    def inspect(self, prior: Snapshot, call: Call) -> Spec:
        """See `ports.Inspect`. Raises ProviderError `invalid` where no system could describe it."""
        inner = self.inner
        if not isinstance(inner, Inspect):
            raise _nothing_to_show(
                "Nothing to inspect", f"No outside system has a description of its own of {prior.address}."
            )
        return self._around("inspect", call, lambda call: inner.inspect(prior, call))


def _nothing_to_show(summary: str, detail: str) -> ProviderError:
    return ProviderError(ErrorKind.INVALID, summary, detail, "What the state holds of it: reign state show ADDRESS")


class Retrying(Wrapper):
    """Reads that failed for a passing reason are tried again within the call's deadline. Writes never are.

    A write's answer may have been lost after it was done: whoever repeats one looks first (design.md, Crash rule).
    """

    def __init__(
        self,
        inner: Provider,
        retry: Retry = Retry(initial_s=0.2, max_s=5.0),  # noqa: B008
        pause: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(inner)
        self._retry, self._pause, self._monotonic = retry, pause, monotonic

    def observe(self, wanted: Sequence[Wanted], call: Call) -> Seen:
        """See `ports.Provider`. Of a batch, only those that failed are asked for again."""
        until = self._monotonic() + call.deadline_s
        seen: dict[Address, Observation | ProviderError | None] = {}
        for attempt in range(1, self._retry.attempts + 1):
            last = attempt == self._retry.attempts
            try:
                seen.update(self.inner.observe(wanted, self._attempt(call, attempt, until)))
            except ProviderError as error:
                if last or error.kind not in _PASSING or not self._waited(attempt, until):
                    raise
                continue
            wanted = [item for item in wanted if _passing(seen.get(item.address))]
            if last or not wanted or not self._waited(attempt, until):
                break
        return seen

    def _around(self, verb: str, call: Call, run: Callable[[Call], T]) -> T:
        if verb not in ("ready", "look_up", "inspect"):
            return run(call)
        until = self._monotonic() + call.deadline_s
        for attempt in range(1, self._retry.attempts):
            try:
                return run(self._attempt(call, attempt, until))
            except ProviderError as error:
                if error.kind not in _PASSING or not self._waited(attempt, until):
                    raise
        return run(self._attempt(call, self._retry.attempts, until))

    def _attempt(self, call: Call, attempt: int, until: float) -> Call:
        return call if attempt == 1 else replace(call, attempt=attempt, deadline_s=until - self._monotonic())

    def _waited(self, attempt: int, until: float) -> bool:
        """Pause before the next attempt; False when there is no time left for one."""
        pause_s = min(self._retry.max_s, self._retry.initial_s * self._retry.backoff ** (attempt - 1))
        if self._retry.jitter == "full":
            pause_s *= random.random()  # noqa: S311
        if self._monotonic() + pause_s >= until:
            return False
        self._pause(pause_s)
        return True


def _passing(answer: Observation | ProviderError | None) -> bool:
    return isinstance(answer, ProviderError) and answer.kind in _PASSING


class Deadline(Wrapper):
    """A call whose time is up before it began is not begun."""

    def _around(self, verb: str, call: Call, run: Callable[[Call], T]) -> T:
        if call.deadline_s <= 0 and verb != "check":
            raise ProviderError(
                ErrorKind.TIMEOUT,
                "No time left",
                f"The deadline had passed before the {verb} began, so nothing was done.",
                "Give the resource a longer `timeout`.",
            )
        return run(call)


class Redacting(Wrapper):
    """Known sensitive values are masked in everything that the outside system says in words."""

    def __init__(self, inner: Provider, redact: Redact) -> None:
        super().__init__(inner)
        self._redact = redact

    def _around(self, verb: str, call: Call, run: Callable[[Call], T]) -> T:  # noqa: ARG002
        try:
            with said_through(self._redact):
                return run(call)
        except ProviderError as error:
            raise self._masked(error) from None

    def check(self, call: Call) -> Health:
        """See `ports.Provider`."""
        found, mask = super().check(call), self._redact
        return Health(found.reachable, mask(found.summary), mask(found.detail), mask(found.fix))

    def observe(self, wanted: Sequence[Wanted], call: Call) -> Seen:
        """See `ports.Provider`."""
        seen = super().observe(wanted, call)
        return {
            address: self._masked(answer) if isinstance(answer, ProviderError) else answer
            for address, answer in seen.items()
        }

    def ready(self, type: str, seen: Observation, call: Call) -> Readiness:
        """See `ports.Provider`."""
        found = super().ready(type, seen, call)
        return Readiness(found.status, self._redact(found.reason))

    def recall(self, verb: str, desired: Resource | None, prior: Snapshot | None, call: Call) -> Recalled:
        """See `ports.Recall`."""
        found = super().recall(verb, desired, prior, call)
        error = self._masked(found.error) if found.error is not None else None
        return replace(found, error=error, reason=self._redact(found.reason))

    def marked(self, call: Call) -> Sequence[Carrier]:
        """See `ports.Marked`."""
        mask = self._redact
        return [replace(each, name=mask(each.name), remove=mask(each.remove)) for each in super().marked(call)]

    def logs(self, prior: Snapshot, call: Call, lines: int, follow: bool) -> Iterator[str]:
        """See `ports.Logs`."""
        try:
            for line in super().logs(prior, call, lines, follow):
                yield self._redact(line)
        except ProviderError as error:
            raise self._masked(error) from None

    def inspect(self, prior: Snapshot, call: Call) -> Spec:
        """See `ports.Inspect`."""
        found = mapped(super().inspect(prior, call), (str,), lambda text, _: self._redact(text))
        return found if isinstance(found, dict) else {}

    def _masked(self, error: ProviderError) -> ProviderError:
        summary, detail, fix = map(self._redact, (error.summary, error.detail, error.fix))
        return ProviderError(error.kind, summary, detail, fix, error.partial, error.is_lost)


@dataclass(frozen=True, slots=True)
class Timing:
    """One call: how long it took, and the kind of error it ended with ("" for none)."""

    provider: str
    verb: str
    key: str
    duration_s: float
    error: str = ""


class Recording(Wrapper):
    """Tells `record` of every call once it has ended. `record` is called on the thread of the call."""

    def __init__(
        self, inner: Provider, record: Callable[[Timing], None], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(inner)
        self._record, self._monotonic = record, monotonic

    def _around(self, verb: str, call: Call, run: Callable[[Call], T]) -> T:
        with self._timed(verb, call):
            return run(call)

    @contextmanager
    def _timed(self, verb: str, call: Call) -> Iterator[None]:
        began, error = self._monotonic(), ""
        try:
            yield
        except ProviderError as raised:
            error = str(raised.kind)
            raise
        finally:
            self._record(Timing(self.name, verb, call.key, self._monotonic() - began, error))


class DryRun(Wrapper):
    """Reads go through; writes are answered as if they had been done, and nothing is."""

    def create(self, desired: Resource, call: Call) -> Observation:  # noqa: ARG002
        """What was asked for; outputs are not known."""
        return Observation("", desired.spec, {})

    def update(self, desired: Resource, prior: Snapshot, call: Call) -> Observation:  # noqa: ARG002
        """What was asked for, with the outputs as they were."""
        return Observation(prior.external_id, desired.spec, prior.outputs)

    def delete(self, prior: Snapshot, call: Call) -> None:
        """Nothing."""

    def adopt(self, address: Address, external_id: str, call: Call) -> Observation:  # noqa: ARG002
        """The id alone."""
        return Observation(external_id, {}, {})
