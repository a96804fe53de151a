"""What became of a call whose answer was lost: told by a look, by a record or by a person; or a question to one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from reign.app.clock import event_time
from reign.expression import links
from reign.model.codec import encode
from reign.model.errors import ProviderError
from reign.model.event import Event, EventKind
from reign.model.finding import Finding, Severity
from reign.model.plan import Change
from reign.model.resource import Lifecycle, Observation, Snapshot
from reign.model.values import Spec
from reign.ports import Vault

Source = Literal["look", "record", "on_unknown", "person"]
"""Who told: reality, the record that a call left of its end, what was declared in advance, or somebody just now."""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one intent. `snapshot` is what holds from now on; None: nothing does, where it was done, and else what
    held before.

    deposed: what a create pushed aside, to be deleted later. absent: what a delete removed, where it is seen to be gone.
    of_deposed: what was deleted is what stood aside, and what holds at the address stays. detail: why it was not done;
    error: how it failed.
    """

    intent: Event
    is_done: bool
    snapshot: Snapshot | None = None
    source: Source = "look"
    deposed: Snapshot | None = None
    absent: Snapshot | None = None
    of_deposed: bool = False
    detail: str = ""
    error: ProviderError | None = None

    @property
    def finding(self) -> Finding:
        """What the user is told."""
        what = "was done, and is recorded" if self.is_done else "was not done"
        if self.error is not None:
            what = f"failed. {self.error.detail or self.error.summary}".removesuffix(".")
        if self.source in ("on_unknown", "person"):
            said = "its on_unknown says" if self.source == "on_unknown" else "you say"
            what = f"counts as {'done' if self.is_done else 'not done'}, as {said}"
        return Finding(
            "recovery/adopted" if self.is_done else "recovery/not-done",
            "A run was cut off",
            f"Run {self.intent.run} was cut off at the {self.intent.data['verb']} of {self.intent.address}, which {what}.",
            severity=Severity.INFO,
            address=self.intent.address,
        )

    def result(self, vault: Vault) -> Event:
        """The end that the intent never got."""
        data: dict[str, Any] = {key: self.intent.data[key] for key in ("action", "verb", "attempt")}
        data |= {"outcome": "failed", "duration_s": 0.0, "message": _MESSAGES[self.source], "recovery": self.source}
        data["error"] = None if self.is_done else self._error()
        if self.snapshot is not None:
            data["snapshot"] = _encoded(self.snapshot, vault)
        if self.is_done:
            data["outcome"] = "done"
            data["deposed" if self.of_deposed else "snapshot"] = _encoded(self.snapshot, vault)
        if self.deposed is not None:
            data["deposed"] = _encoded(self.deposed, vault)
        return Event(EventKind.RESULT, self.intent.run, event_time(), self.intent.op, self.intent.address, data=data)

    def _error(self) -> dict[str, str]:
        error = self.error
        if error is None:
            return {**_CUT_OFF, "detail": self.detail or _CUT_OFF["detail"]}
        return {"kind": error.kind.value, "summary": error.summary, "detail": error.detail, "fix": error.fix}


@dataclass(frozen=True, slots=True)
class Open:
    """A call of which nobody can tell what became: a question to a person. `reason` says why, in full sentences.

    is_running: it is at work still, so that there is nothing to ask yet.
    """

    intent: Event
    reason: str
    is_running: bool = False

    @property
    def finding(self) -> Finding:
        """What the user is told as long as it runs."""
        what = f"Run {self.intent.run} ended before the {self.intent.data['verb']} of {self.intent.address} did."
        return Finding(
            "recovery/running",
            "A command still runs",
            f"{what} {self.reason} The plan is made from what the state holds.",
            severity=Severity.INFO,
            address=self.intent.address,
            fix="Wait until it has ended: apply does so by itself.",
        )

    def question(self) -> Event:
        """The question, for the history."""
        return _intervention(self.intent, {"status": "open", "reason": self.reason, "by": "", "note": ""})


def answer(told: Told, by: str = "") -> Event:
    """That the question about what is told now is answered, for the history: by whom, if not by its source."""
    note = "done" if told.is_done else "again"
    return _intervention(told.intent, {"status": "resolved", "reason": "", "by": by or told.source, "note": note})


def key_of(event: Event) -> tuple[str, str]:
    """What an intent, its result and a question about it have in common."""
    return event.op, event.data["verb"]


def made(change: Change, intent: Event, seen: Observation, spec: Spec, version: int) -> Snapshot:
    """What a call led to whose answer was lost. What was there before keeps its mark."""
    at = event_time()
    fresh = Snapshot(
        address=change.address,
        connection=change.connection,
        external_id=seen.external_id,
        spec=spec,
        outputs=seen.outputs,
        depends_on=change.depends_on,
        lifecycle=change.desired.lifecycle if change.desired else Lifecycle(),
        create_key=intent.op,
        links=links(change.desired.spec) if change.desired else {},
        schema_version=version,
        created_run=intent.run,
        updated_run=intent.run,
        created_at=at,
        updated_at=at,
    )
    before = change.prior
    if intent.data["verb"] != "update" or before is None:
        return fresh
    return replace(
        fresh,
        create_key=before.create_key,
        created_run=before.created_run,
        created_at=before.created_at,
        found=before.found,
    )


_CUT_OFF = {"kind": "transient", "summary": "Cut off", "detail": "The run ended before it answered.", "fix": ""}
_MESSAGES: dict[Source, str] = {
    "look": "told by a look after the run was cut off",
    "record": "told by the record of its end after the run was cut off",
    "on_unknown": "told by on_unknown after the run was cut off",
    "person": "told by a person after the run was cut off",
}


def _encoded(snapshot: Snapshot | None, vault: Vault) -> Any:
    return encode(vault.encrypt(snapshot)) if snapshot is not None else None


def _intervention(intent: Event, told: dict[str, Any]) -> Event:
    data = {"verb": intent.data["verb"], **told}
    return Event(EventKind.INTERVENTION, intent.run, event_time(), intent.op, intent.address, data=data)
