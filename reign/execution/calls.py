"""The calls of a run: a step as a task, everything in it in clear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from reign.execution.health import gate_of
from reign.execution.job import Job
from reign.execution.resolution import Resolution
from reign.execution.task import Task
from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.plan import Change, Step
from reign.model.resource import HealthCheck, Observation, Resource, Snapshot, Timeouts
from reign.model.values import Spec, is_known, reveal
from reign.ports import Call, Connection


class Calls:
    """Makes tasks. `op` gives the operation id of an address."""

    def __init__(self, job: Job, resolution: Resolution, op: Callable[[Address], str]) -> None:
        self._job, self._resolution, self._op = job, resolution, op
        self._lost = {intent.address for intent in job.state.open_intents}

    def task(self, step: Step, change: Change, attempt: int) -> Task | None:
        """The call of a step; None when the values it waited for turn out to be those that are there already.

        Raises ProviderError, and then nothing is called.
        """
        match step.kind:
            case "wait":
                seen = _seen_in_clear(self._resolution.seen(step.address))
                return Task("ready", step.address, self._call(step, change, attempt), seen=seen)
            case "gate":
                return self._gate(step, change, attempt)
        if step.verb == "delete" and self._resolution.holds_aside(step.address):
            return self._delete(step, change, attempt)
        if step.verb == "adopt":
            call = self._call(step, change, attempt)
            return Task("adopt", step.address, call, external_id=change.import_id or "")
        if self._resolution.came_out_unchanged(change):
            return None
        if step.verb == "delete":
            return self._delete(step, change, attempt)
        desired = self._desired(change)
        if step.verb == "create":
            call = self._call(step, change, attempt, first=self._is_first(change, attempt))
            return Task("create", step.address, self._guarded(call, step, self._resolution.spec(change)), desired)
        call = self._guarded(self._call(step, change, attempt), step, self._resolution.spec(change))
        call = replace(call, restarts=True) if change.restarts else call
        if step.verb == "read":
            return Task("read", step.address, call, desired)
        return Task("update", step.address, call, desired, _in_clear(self._resolution.prior(step.address)))

    def _is_first(self, change: Change, attempt: int) -> bool:
        """Whether nothing was ever made at an address, and nothing may have been."""
        known = change.prior is not None or change.deposed is not None or change.address in self._job.state.resources
        is_new = self._job.earlier is None and change.address.text not in self._lost
        return attempt == 1 and not known and is_new

    def _desired(self, change: Change) -> Resource:
        if change.desired is None:
            raise ProviderError(
                ErrorKind.FAULT, "Nothing declared", f"The plan holds no declaration of {change.address}."
            )
        return replace(change.desired, spec=cast("Spec", reveal(self._resolution.spec(change))), health=None)

    def _delete(self, step: Step, change: Change, attempt: int) -> Task:
        """A delete goes where the thing was made, whatever the declaration says by now."""
        held = self._resolution.to_delete(step.address)
        call = self._call(step, change, attempt, connection=held.connection)
        return Task("delete", step.address, self._guarded(call, step, held.spec), prior=_in_clear(held))

    def _guarded(self, call: Call, step: Step, spec: Spec) -> Call:
        """The call, which says so where something sensitive goes in or comes out."""
        return replace(call, is_private=True) if self._resolution.is_private(step.address, spec) else call

    def _gate(self, step: Step, change: Change, attempt: int) -> Task:
        check = gate_of(change)
        if check is None:
            raise ProviderError(ErrorKind.FAULT, "Nothing to ask", f"The plan holds no health of {step.address}.")
        target = self._resolution.value(check.target, step.address)
        if not is_known(target):
            raise ProviderError(
                ErrorKind.INVALID, "Value still unknown", f"What the health of {step.address} looks at is not known."
            )
        asked: HealthCheck = replace(check, target=reveal(target))
        prior = _in_clear(self._resolution.held(step.address))
        return Task("probe", step.address, self._call(step, change, attempt), prior=prior, check=asked)

    def _call(self, step: Step, change: Change, attempt: int, *, connection: str = "", first: bool = False) -> Call:
        name = connection or change.connection
        deadline_s = (change.desired.timeouts if change.desired else Timeouts()).of(step.verb)
        settings = cast("Spec", reveal(self._resolution.settings(name)))
        key, over = self._op(step.address), Connection(name, settings)
        allow = change.desired.allow if change.desired else ()
        return Call(key, over, self._job.site, attempt, deadline_s, first, allow=allow)


def _in_clear(snapshot: Snapshot) -> Snapshot:
    held: Spec = {"spec": snapshot.spec, "outputs": snapshot.outputs, "settings": dict(snapshot.settings)}
    clear = cast("dict[str, Any]", reveal(held))
    return snapshot if clear is held else replace(snapshot, **clear)


def _seen_in_clear(seen: Observation) -> Observation:
    return replace(seen, spec=cast("Spec", reveal(seen.spec)), outputs=cast("Spec", reveal(seen.outputs)))
