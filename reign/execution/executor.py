"""The executor: a generator of batches.

It yields every event that is ready, is resumed once they are durable, and only then submits the calls that the events
announced. It keeps no clock, no file and no lock of its own; one thread drives it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import Any

from reign.execution.calls import Calls
from reign.execution.cancel import Cancel
from reign.execution.conclusion import outputs, verdicts
from reign.execution.confirming import Confirming
from reign.execution.generated import to_generate
from reign.execution.health import Vigil, not_passed, vigil
from reign.execution.job import Answer, Batch, Job, Seams
from reign.execution.ledger import Ledger
from reign.execution.resolution import Resolution
from reign.execution.retries import Retries
from reign.execution.schedule import Schedule, moves
from reign.execution.task import Outcome, Task, broken_off
from reign.execution.values import Values
from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.plan import Action, Change, Step
from reign.model.resource import Observation, Snapshot
from reign.model.values import Sensitive
from reign.ports import Clock


@dataclass(slots=True)
class _Flight:
    """A call under way. `expires` is when it is given up, on the monotonic clock."""

    index: int
    task: Task
    began: float
    expires: float


def execute(job: Job, seams: Seams, pool: Executor, clock: Clock, cancel: Cancel) -> Iterator[Batch]:
    """Run `job`'s steps. The last batch ends the run; its RUN_ENDED event says how."""
    yield from _Run(job, seams, pool, clock, cancel).batches()


class _Run:
    def __init__(self, job: Job, seams: Seams, pool: Executor, clock: Clock, cancel: Cancel) -> None:
        self._job, self._seams, self._pool, self._clock, self._cancel = job, seams, pool, clock, cancel
        self._steps = job.plan.steps
        self._changes = {change.address: change for change in job.plan.changes}
        self._siblings: dict[Any, list[int]] = {}
        for index, step in enumerate(self._steps):
            self._siblings.setdefault(step.address, []).append(index)
        lanes = [step.address.provider for step in self._steps]
        self._schedule = Schedule(self._steps, [self._priority(step) for step in self._steps], lanes)
        self._busy = dict.fromkeys(lanes, 0)
        self._values = Values(job, seams.functions)
        self._resolution = Resolution(job, seams, self._values)
        self._ledger = Ledger(job, seams, clock)
        self._calls = Calls(job, self._resolution, self._ledger.op)
        self._arrived: SimpleQueue[tuple[_Flight, Future[Outcome]] | Answer | None] = SimpleQueue()
        self._confirming = Confirming(seams.confirm, self._arrived.put)
        self._flights: dict[int, _Flight] = {}
        self._starting: list[_Flight] = []
        self._later: list[tuple[float, int]] = []
        self._vigils: dict[int, Vigil] = {}
        self._retries = Retries(job, seams)
        self._ready_at: dict[int, float] = {}
        self._moved_to: set[Address] = set()
        self._began = clock.monotonic()
        self._stopping = self._broken_off = False
        cancel.listen(lambda: self._arrived.put(None))

    def batches(self) -> Iterator[Batch]:
        """Start, await, start again, until nothing runs and nothing can start."""
        self._ledger.open()
        if not self._closed:
            self._prepare()
        while True:
            self._start()
            if events := self._ledger.take():
                yield Batch(events)
            self._submit()
            if not self._closed:
                self._confirming.ask()  # once what came before is told
            if not self._flights and not self._later and not self._is_asking:
                if self._closed or not self._schedule.has_ready():
                    break
                continue
            self._await()
        self._finish()
        yield Batch(self._ledger.take())

    @property
    def _closed(self) -> bool:
        return self._stopping or self._cancel.level > 0

    @property
    def _is_asking(self) -> bool:
        return self._confirming.is_open and not self._closed

    def _priority(self, step: Step) -> int:
        change = self._changes[step.address]
        return change.desired.priority if change.desired else 0

    # Starting

    def _prepare(self) -> None:
        """What comes before every call, in the batch that begins the run: secrets are made up, and what has moved is
        written down, so that nothing can come to stand at an address that is still to be left.
        """
        for name, length in to_generate(self._job.plan, self._job.state.secrets, self._values.secrets).items():
            value = Sensitive(self._seams.generate(length), f"${{secret.{name}}}")
            self._seams.masks.learn(value)
            self._ledger.secret(name, value)
            self._values.generate(name, value)
        for index in moves(self._job.plan):
            self._record(index, self._changes[self._steps[index].address])

    def _start(self) -> None:
        """Announce what may start, up to the limits; run what touches nothing at once."""
        while not self._closed and self._ledger.size < self._job.limits.batch_events:
            index = self._schedule.pop(self._is_full)
            if index is None:
                return
            step = self._steps[index]
            change = self._changes[step.address]
            if not self._confirming.may_begin(index, step, change):
                continue
            if step.kind == "record":
                self._record(index, change)
                continue
            try:
                task = self._calls.task(step, change, self._retries.attempt(index))
            except ProviderError as error:
                self._fail(index, 0.0, error)
                continue
            if task is None:
                self._settle_unchanged(step.address, change)
                continue
            self._launch(index, step, task)

    def _is_full(self, lane: str) -> bool:
        limits = self._job.limits
        if len(self._flights) + len(self._starting) >= limits.parallelism:
            return True
        return self._busy[lane] >= limits.by_provider.get(lane, limits.parallelism)

    def _launch(self, index: int, step: Step, task: Task) -> None:
        """Announce a call. What changes nothing is not announced: nobody has to look for it after a kill."""
        now, change = self._clock.monotonic(), self._changes[step.address]
        if step.kind in ("wait", "gate"):  # asked again and again, and all of it within one deadline
            watch = self._vigils.setdefault(index, vigil(step, change, now))
            self._board(_Flight(index, task, now, watch.until + self._job.limits.overrun_s))
            return
        flight = _Flight(index, task, now, now + task.call.deadline_s + self._job.limits.overrun_s)
        if step.verb != "read":
            self._ledger.intent(step, change, task.call, now - self._ready_at.get(index, self._began))
        if self._seams.schema(step.address.kind).effects:
            self._board(flight)
        else:  # it touches nothing outside: losing its answer loses nothing
            self._ended(flight, self._seams.perform(task))

    def _board(self, flight: _Flight) -> None:
        self._starting.append(flight)
        self._busy[flight.task.address.provider] += 1

    def _submit(self) -> None:
        starting, self._starting = self._starting, []
        for flight in starting:
            self._flights[flight.index] = flight
            future = self._pool.submit(self._seams.perform, flight.task)
            future.add_done_callback(lambda done, flight=flight: self._arrived.put((flight, done)))  # type: ignore[misc]

    # Awaiting

    def _await(self) -> None:
        """Wait for an answer, a signal, a deadline or a poll; then take in all that is there."""
        try:
            self._arrive(self._arrived.get(timeout=self._patience_s()))
            while True:
                self._arrive(self._arrived.get_nowait())
        except Empty:
            pass
        now = self._clock.monotonic()
        while self._later and (self._later[0][0] <= now or self._closed):
            self._again(heapq.heappop(self._later)[1])
        for flight in [flight for flight in self._flights.values() if flight.expires <= now]:
            self._give_up(flight, "It did not answer within its deadline.")
        if self._cancel.level > 1:
            self._stop_now()

    def _again(self, index: int) -> None:
        """Its time has come: a poll, or another try; where nothing new may start, the last failure stands."""
        error = self._retries.error(index)
        if self._closed and error is not None:
            self._fail(index, 0.0, error)
        else:
            self._schedule.put_back(index)

    def _patience_s(self) -> float | None:
        """How long nothing has to be done that no answer asks for; None: for ever."""
        times = [flight.expires for flight in self._flights.values()]
        if self._later:
            times.append(self._later[0][0])
        return max(0.0, min(times) - self._clock.monotonic()) if times else None

    def _arrive(self, arrival: tuple[_Flight, Future[Outcome]] | Answer | None) -> None:
        if arrival is None:
            return
        if isinstance(arrival, str):
            self._confirmed(arrival)
            return
        flight, future = arrival
        if self._flights.get(flight.index) is not flight:
            return  # given up before; what it says now is found by the next look
        self._land(flight)
        failure = future.exception()
        self._ended(flight, future.result() if failure is None else broken_off(failure))

    def _confirmed(self, answer: Answer) -> None:
        """What a person said. After a no the run comes to its end, as after an interrupt."""
        for index in self._confirming.answered(answer):
            self._schedule.put_back(index)
        if answer == "no":
            self._cancel.finish()

    def _stop_now(self) -> None:
        """Second interrupt: what still runs after a short grace is recorded unknown, and the run ends."""
        until = self._clock.monotonic() + self._job.limits.grace_s
        while self._flights and (left := until - self._clock.monotonic()) > 0:
            try:
                self._arrive(self._arrived.get(timeout=left))
            except Empty:
                break
        for flight in list(self._flights.values()):
            self._broken_off = True
            step = self._steps[flight.index]
            if step.kind != "call" or step.verb == "read":
                self._land(flight)  # it changed nothing, and the next run asks again
            else:
                self._give_up(flight, "Reign was told to stop while this ran.")

    def _give_up(self, flight: _Flight, why: str) -> None:
        """No answer is waited for. What changes nothing has failed by that; of all else the outcome is not known."""
        self._land(flight)
        step, took = self._steps[flight.index], self._clock.monotonic() - flight.began
        if step.kind in ("wait", "gate"):
            self._not_passed(flight.index, step, why, is_final=False)
        elif step.verb == "read":
            self._fail(flight.index, took, ProviderError(ErrorKind.TIMEOUT, "No answer in time", why))
        else:
            self._ledger.unknown(step, self._changes[step.address], took, why)
            self._skip_after(flight.index, step)

    def _land(self, flight: _Flight) -> None:
        del self._flights[flight.index]
        self._busy[flight.task.address.provider] -= 1

    # Settling

    def _done(self, index: int) -> None:
        now = self._clock.monotonic()
        for released in self._schedule.done(index):
            self._ready_at[released] = now

    def _ended(self, flight: _Flight, outcome: Outcome) -> None:
        step = self._steps[flight.index]
        if step.kind in ("wait", "gate"):
            self._asked(flight.index, step, outcome)
            return
        change = self._changes[step.address]
        took = self._clock.monotonic() - flight.began
        match outcome:
            case ProviderError() as error:
                self._failed(flight, step, took, error)
            case Observation() as seen:
                snapshot = self._resolution.made(step, change, flight.task, seen)
                deposed = self._resolution.depose(step, change)
                self._resolution.record(step.address, self._ledger.done(step, change, took, snapshot, deposed))
                self._done(flight.index)
            case None:
                self._ledger.gone(step, change, took, deposed=self._resolution.let_go(step.address))
                self._done(flight.index)
            case dict() as found:
                self._resolution.looked_up(change, found)
                self._ledger.read(step, change, took)
                self._done(flight.index)

    def _asked(self, index: int, step: Step, outcome: Outcome) -> None:
        """An answer to a wait or a gate."""
        watch = self._vigils[index]
        match watch.after(outcome, self._clock.monotonic()):
            case "passed":
                proven = self._resolution.proven(step.address)
                if proven is not None:
                    self._resolution.record(step.address, self._ledger.proven(step, proven))
                self._done(index)
            case "failed":
                self._not_passed(index, step, watch.failure, is_final=watch.is_final)
            case float(then):
                if watch.has_news():
                    self._ledger.waiting(step, watch)
                heapq.heappush(self._later, (then, index))

    def _failed(self, flight: _Flight, step: Step, took: float, error: ProviderError) -> None:
        """Tried again where that is safe and may help; else that was it."""
        index, attempt, change = flight.index, flight.task.call.attempt, self._changes[step.address]
        wait = None if self._closed else self._retries.wait_s(index, step, change, attempt, error)
        if wait is not None:
            self._ledger.retry(step, attempt, wait, error)
            heapq.heappush(self._later, (self._clock.monotonic() + wait, index))
            return
        if error.is_lost:
            self._ledger.unknown(step, change, took, str(error))
            self._skip_after(index, step)
            return
        snapshot = deposed = None
        if error.partial is not None:
            snapshot = replace(self._resolution.made(step, change, flight.task, error.partial), tainted=True)
            deposed = self._resolution.depose(step, change)
        self._fail(index, took, error, snapshot, deposed)

    def _fail(
        self,
        index: int,
        took: float,
        error: ProviderError,
        snapshot: Snapshot | None = None,
        deposed: Snapshot | None = None,
    ) -> None:
        step = self._steps[index]
        recorded = self._ledger.failed(step, self._changes[step.address], took, error, snapshot, deposed)
        if recorded is not None:
            self._resolution.record(step.address, recorded)
        self._skip_after(index, step)

    def _not_passed(self, index: int, step: Step, reason: str, *, is_final: bool) -> None:
        """A create that never got ready or healthy is tainted; an update is not, and the next plan asks again
        (design.md, 9): that it is unproven has been on record since its call.
        """
        before = self._job.earlier
        made = self._changes[step.address].action in (Action.CREATE, Action.REPLACE)
        made = made or (before is not None and before.made(step.address))
        held = self._resolution.held(step.address)
        snapshot = replace(held, tainted=True, unproven=False) if made else None
        took = self._clock.monotonic() - self._vigils[index].began
        self._fail(index, took, not_passed(step, reason, made=made, is_final=is_final), snapshot)

    def _skip_after(self, index: int, step: Step) -> None:
        told = {step.address}
        for skipped in self._schedule.fail(index):
            follower = self._steps[skipped]
            if follower.address not in told and not self._ledger.started(follower.address):
                told.add(follower.address)
                self._ledger.skipped(self._changes[follower.address], step.address)
        if self._job.limits.on_failure == "stop":
            self._stopping = True

    def _record(self, index: int, change: Change) -> None:
        step = self._steps[index]
        try:
            snapshot = self._resolution.recorded(step, change)
        except ProviderError as error:
            self._fail(index, 0.0, error)
            return
        if step.verb == "move" and (left := change.previous_address) is not None:
            if left in self._moved_to:  # two change places: there is nothing to be left any more
                change = replace(change, previous_address=None)
            else:
                self._resolution.record(left, None)
            self._moved_to.add(step.address)
        self._resolution.record(step.address, self._ledger.recorded(step, change, snapshot))
        self._done(index)

    def _settle_unchanged(self, address: Any, change: Change) -> None:
        """What was unknown came out as it is: every step of this resource is done, and nothing was called."""
        self._ledger.unchanged(change)
        for index in self._siblings[address]:
            self._done(index)

    def _finish(self) -> None:
        left = self._schedule.left()
        if self._stopping and not self._cancel.level:
            told = set()
            for index in left:
                address = self._steps[index].address
                if address not in told and not self._ledger.started(address):
                    told.add(address)
                    self._ledger.skipped(self._changes[address], None)
        cancelled = self._cancel.level > 0 and (bool(left) or self._broken_off)
        if not cancelled:
            is_whole = self._ledger.is_whole and self._job.plan.complete
            for verdict in verdicts(self._job.plan, self._values, is_whole=is_whole):
                self._ledger.verdict(verdict)
        made, problems = outputs(self._job, self._values, self._seams.masks)
        self._ledger.close(made, problems, cancelled=cancelled)
