"""The run's facts as events, gathered into batches, and the figures that its last event carries."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reign.execution.conclusion import Verdict
from reign.execution.drifting import drifted
from reign.execution.figures import COUNTED, counts_as
from reign.execution.health import Vigil
from reign.execution.job import Job, Seams, operation_id
from reign.model.address import Address
from reign.model.codec import encode
from reign.model.errors import ProviderError
from reign.model.event import Event, EventKind, OutputValue
from reign.model.lifecycle import EXECUTE, PhaseStatus
from reign.model.plan import Action, Change, Step
from reign.model.resource import Snapshot
from reign.model.values import Sensitive, to_json
from reign.ports import Call, Clock

_DESTROYS = frozenset((Action.DELETE, Action.REPLACE))


class Ledger:
    """Writes down what happens. The first fact that changes the state carries the next serial.

    What is sensitive is encrypted, and masked in what is told in words.
    """

    def __init__(self, job: Job, seams: Seams, clock: Clock) -> None:
        self._job, self._clock = job, clock
        self._vault, self._mask = seams.vault, seams.masks
        self._events: list[Event] = []
        before = job.earlier
        self._serial: int | None = None if before and before.has_serial else job.state.serial + 1
        self._ops: dict[Address, str] = {}
        self._started: set[Address] = set(before.begun) if before else set()
        self._attempts: dict[tuple[Address, str], int] = {}
        self._unended: set[Address] = set()
        self._counts = dict(before.counts) if before else dict.fromkeys(COUNTED, 0)
        self._worked_s = before.duration_s if before else 0.0
        self._began = clock.monotonic()

    @property
    def size(self) -> int:
        """How many events wait to be made durable."""
        return len(self._events)

    def take(self) -> tuple[Event, ...]:
        """The events since the last call."""
        events, self._events = tuple(self._events), []
        return events

    def op(self, address: Address) -> str:
        """The operation id: one resource's part in this run, the same whenever this run is resumed."""
        found = self._ops.get(address)
        if found is None:
            found = operation_id(self._job.origin.run, address)
            self._ops[address] = found
        return found

    def started(self, address: Address) -> bool:
        """True once anything about this resource was written down."""
        return address in self._started

    def open(self) -> None:
        """The run begins, or goes on."""
        (self._begin if self._job.earlier is None else self._resume)()
        self._tell(EventKind.PHASE_STARTED, name=EXECUTE)
        for each in drifted(self._job.plan.drift, self._mask):
            self._tell(EventKind.DRIFT, each.address, **each.told(self._vault))

    def _begin(self) -> None:
        plan, origin, passed = self._job.plan, self._job.origin, self._job.passed
        self._tell(
            EventKind.RUN_STARTED,
            at=passed[0].began if passed else "",
            project=plan.project,
            env=plan.env,
            command=origin.command,
            actor=origin.actor,
            host=origin.host,
            ci_url=origin.ci_url,
            git_sha=origin.git_sha,
            git_branch=origin.git_branch,
            config_digest=plan.basis.config_digest,
            **self._back(),
        )
        for phase in passed:
            self._tell(EventKind.PHASE_STARTED, at=phase.began, name=phase.name)
            self._tell(EventKind.PHASE_ENDED, at=phase.ended, name=phase.name, status="completed", message="")
        if any(_DESTROYS.intersection(change.words) for change in plan.changes):
            self._checkpoint()

    def _resume(self) -> None:
        origin = self._job.origin
        told: dict[str, Any] = {
            "command": origin.command,
            "actor": origin.actor,
            "host": origin.host,
            "ci_url": origin.ci_url,
        }
        self._tell(EventKind.RUN_RESUMED, **told, **self._back())

    def _back(self) -> dict[str, Any]:
        return {"to": self._job.plan.rollback.to} if self._job.plan.rollback else {}

    def _checkpoint(self) -> None:
        """The point to go back to from what this run destroys."""
        state, run = self._job.state, self._job.origin.run
        self._tell(
            EventKind.CHECKPOINT,
            id=operation_id(run, "checkpoint"),
            name=f"before-{run}",
            description=f"made before run {run} destroyed something",
            automatic=True,
            serial=state.serial,
            head=state.head,
            resources=len(state.resources),
        )

    def secret(self, name: str, value: Sensitive) -> None:
        """A secret was made up; nothing that uses it comes before this in the journal."""
        self._tell(EventKind.SECRET, changes_state=True, name=name, value=to_json(self._vault.encrypt(value)))

    def intent(self, step: Step, change: Change, call: Call, queued_s: float) -> None:
        """A provider is about to be called; the step was ready for `queued_s` seconds."""
        self._attempts[step.address, step.verb] = call.attempt
        self._tell(
            EventKind.INTENT,
            step.address,
            changes_state=True,
            action=_action(step, change),
            verb=step.verb,
            attempt=call.attempt,
            queued_s=round(queued_s, 6),
            connection=change.connection,
        )

    def done(self, step: Step, change: Change, took: float, snapshot: Snapshot, deposed: Snapshot | None) -> Snapshot:
        """It answered. Returns the snapshot as recorded, with its run and its times."""
        snapshot = self._stamped(snapshot)
        extra: dict[str, Any] = {"deposed": self._encoded(deposed)} if deposed else {}
        self._result(step, change, "done", took, snapshot=self._encoded(snapshot), **extra)
        return snapshot

    def read(self, step: Step, change: Change, took: float) -> None:
        """It was looked up. No intent came before: a read that is cut off leaves nothing to look for."""
        self._result(step, change, "done", took)

    def gone(self, step: Step, change: Change, took: float, *, deposed: bool) -> None:
        """A delete succeeded, of what held at the address or of what had been pushed aside there."""
        self._result(step, change, "done", took, **({"deposed": None} if deposed else {"snapshot": None}))

    def failed(
        self,
        step: Step,
        change: Change,
        took: float,
        error: ProviderError,
        snapshot: Snapshot | None,
        deposed: Snapshot | None = None,
    ) -> Snapshot | None:
        """It failed. `snapshot` is what came to stand all the same, `deposed` what that pushed aside."""
        extra: dict[str, Any] = {"deposed": self._encoded(deposed)} if deposed else {}
        if snapshot is not None:
            snapshot = self._stamped(snapshot)
            extra["snapshot"] = self._encoded(snapshot)
        self._result(step, change, "failed", took, error=self._told(error), message=self._mask(str(error)), **extra)
        return snapshot

    def retry(self, step: Step, attempt: int, wait_s: float, error: ProviderError) -> None:
        """Try number `attempt` failed, and another follows after `wait_s` seconds."""
        self._tell(EventKind.RETRY, step.address, attempt=attempt, wait_s=round(wait_s, 6), error=self._told(error))

    def waiting(self, step: Step, watch: Vigil) -> None:
        """It is not ready or healthy yet, and says so otherwise than before."""
        told: dict[str, Any] = {"for": "healthy" if step.kind == "gate" else "ready", "good": watch.good}
        self._tell(EventKind.WAITING, step.address, **told, needed=watch.enough, reason=self._mask(watch.reason))

    def unknown(self, step: Step, change: Change, took: float, why: str) -> None:
        """No answer came, and none is waited for."""
        told = {"kind": "timeout", "summary": "Outcome unknown", "detail": why, "fix": ""}
        self._result(step, change, "unknown", took, error=told, message=why)

    def unchanged(self, change: Change) -> None:
        """Nothing was called: what was unknown came out as what is there."""
        self._started.add(change.address)
        self._tell(
            EventKind.RESULT,
            change.address,
            action=change.action.value,
            verb="update",
            attempt=1,
            outcome="no-op",
            duration_s=0.0,
            error=None,
            message="",
        )

    def recorded(self, step: Step, change: Change, snapshot: Snapshot | None) -> Snapshot | None:
        """A step that only the state sees."""
        previous = str(change.previous_address) if step.verb == "move" and change.previous_address else None
        action = "adopt" if change.is_found else "update"
        return self._recorded(step, step.verb if step.verb in ("forget", "move") else action, snapshot, previous)

    def proven(self, step: Step, snapshot: Snapshot) -> Snapshot | None:
        """It passed the wait or the gate that its last call led to."""
        return self._recorded(step, "proven", snapshot, None)

    def _recorded(self, step: Step, action: str, snapshot: Snapshot | None, previous: str | None) -> Snapshot | None:
        stamped = self._stamped(snapshot) if snapshot is not None else None
        told = self._encoded(stamped) if stamped is not None else None
        self._tell(
            EventKind.RECORDED, step.address, changes_state=True, action=action, snapshot=told, previous=previous
        )
        return stamped

    def skipped(self, change: Change, because: Address | None) -> None:
        """It was never started: what it waits for failed, or the run was to end at the first failure."""
        self._tell(EventKind.SKIPPED, change.address, action=change.action.value, because=str(because or ""))

    def verdict(self, verdict: Verdict) -> None:
        """An assertion about the project holds, or it does not."""
        check = verdict.check
        summary = f"Check {check.name} {'holds' if verdict.passed else 'does not hold'}"
        self._tell(
            EventKind.FINDING,
            code="check/failed",
            name=check.name,
            severity=check.severity.value,
            summary=self._mask(f"{summary}: {verdict.why}" if verdict.why else summary),
            file=check.place.file if check.place else "",
            line=check.place.line if check.place else 0,
            status="passed" if verdict.passed else "open",
        )

    @property
    def is_whole(self) -> bool:
        """True while nothing failed, and nothing was left out for it."""
        return not self._counts["failed"] and not self._counts["skipped"]

    def close(self, outputs: dict[str, OutputValue], problems: dict[str, str], *, cancelled: bool) -> None:
        """The run ends. It is `paused` when it was cancelled before all was done."""
        if outputs != self._job.state.outputs:
            told = {name: self._encoded(value) for name, value in outputs.items()}
            self._tell(EventKind.OUTPUTS, changes_state=True, outputs=told)
        failed = not self.is_whole
        if failed or cancelled:
            problems = {}  # they lack what did not come to be, which has been told
        message = self._mask("; ".join(f"output {name}: {text}" for name, text in problems.items()))
        failed = failed or bool(problems)
        status = "paused" if cancelled else "failed" if failed else "completed"
        phase = PhaseStatus.PENDING if cancelled else PhaseStatus.FAILED if failed else PhaseStatus.COMPLETED
        self._tell(EventKind.PHASE_ENDED, name=EXECUTE, status=phase.value, message=message)
        ended: dict[str, Any] = {"status": status, "message": message, **self._counts}
        self._tell(
            EventKind.RUN_ENDED, duration_s=round(self._worked_s + self._clock.monotonic() - self._began, 6), **ended
        )

    def _result(self, step: Step, change: Change, outcome: str, took: float, **more: Any) -> None:
        told = {"error": None, "message": "", **more}
        self._started.add(step.address)
        self._tell(
            EventKind.RESULT,
            step.address,
            action=_action(step, change),
            verb=step.verb,
            attempt=self._attempts.get((step.address, step.verb), 1),
            outcome=outcome,
            duration_s=round(took, 6),
            **told,
        )

    def _encoded(self, noun: Any) -> dict[str, Any]:
        """`noun` as it is written. It is walked a second time, to be encrypted, only where it turns out to need that:
        `to_json` refuses what is sensitive, and nothing gets by it.
        """
        try:
            return encode(noun)
        except TypeError:
            return encode(self._vault.encrypt(noun))

    def _told(self, error: ProviderError) -> dict[str, str]:
        words = {"summary": error.summary, "detail": error.detail, "fix": error.fix}
        return {"kind": error.kind.value, **{name: self._mask(text) for name, text in words.items()}}

    def _stamped(self, snapshot: Snapshot) -> Snapshot:
        run, now = self._job.origin.run, self._now()
        return replace(
            snapshot,
            created_run=snapshot.created_run or run,
            created_at=snapshot.created_at or now,
            updated_run=run,
            updated_at=now,
        )

    def _now(self) -> str:
        return self._clock.now().replace(tzinfo=None).isoformat(timespec="microseconds")

    def _tell(
        self, kind: EventKind, address: Address | None = None, *, changes_state: bool = False, at: str = "", **data: Any
    ) -> None:
        serial = None
        if changes_state:
            serial, self._serial = self._serial, None
        if address is not None and kind is not EventKind.DRIFT:
            self._started.add(address)
        event = Event(
            kind=kind,
            run=self._job.origin.run,
            at=at or self._now(),
            op=self.op(address) if address is not None else "",
            address=str(address or ""),
            serial=serial,
            data=data,
        )
        if figure := counts_as(event):
            self._counts[figure] += 1
        self._events.append(event)


def _action(step: Step, change: Change) -> str:
    return Action.IMPORT.value if step.verb == "adopt" else change.action.value
