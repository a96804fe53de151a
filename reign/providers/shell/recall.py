"""What became of a command whose answer was lost, by the record that it left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from reign.model.errors import ProviderError
from reign.model.resource import Resource, Snapshot
from reign.model.values import Spec, is_known
from reign.ports import Call, Recalled
from reign.providers.shell.outcome import field_of, made, updated
from reign.providers.shell.perform import what_is, wrong
from reign.providers.shell.record import Answer, Found, look, path_of


def recalled(verb: str, desired: Resource | None, prior: Snapshot | None, call: Call) -> Recalled:
    """See `ports.Recall`."""
    found = look(path_of(call.site, call.key, verb, call.attempt))
    if found.status == "none":
        return Recalled("not-done", reason="The command was never begun.")
    if found.status == "running":
        return Recalled("running", reason=_running(found))
    if found.answer is None:
        return Recalled("unknown", reason=_cut_off(found))
    called = prior if verb == "delete" else desired
    spec = found.spec or (called.spec if called is not None and is_known(called.spec) else None)
    if not found.answer.is_good:
        return Recalled("failed", error=_wrong(found.answer, verb, called, spec))
    if verb == "delete":
        return Recalled("done")
    if spec is None or desired is None:
        return Recalled("unknown", reason=f"{_ENDED_WELL}, and what it was given is not known any more.")
    return _led_to(found.answer, verb, replace(desired, spec=spec), prior, call)


def _led_to(answer: Answer, verb: str, desired: Resource, prior: Snapshot | None, call: Call) -> Recalled:
    if answer.ended is None and desired.spec.get("read") is None:
        return Recalled(
            "unknown", reason=f"{_ENDED_WELL}, and what it printed was not kept: it is sensitive, or the disk was full."
        )
    done = answer.ended or ()
    try:
        if verb == "update" and prior is not None:
            return Recalled("done", updated(done, desired, prior, call))
        return Recalled("done", made(done, desired, call))
    except ProviderError as error:
        return Recalled("failed", error=error)


_ENDED_WELL = "The command ended with exit code 0"


def _wrong(answer: Answer, verb: str, called: Resource | Snapshot | None, spec: Spec | None) -> ProviderError | None:
    if called is None:
        return wrong(answer, f"The {verb} command", ())
    return wrong(answer, what_is(field_of(verb, called.address.type, spec or {}), str(called.address)), ())


def _running(found: Found) -> str:
    if not found.pid:
        return "The command is about to begin."
    since = datetime.fromtimestamp(found.began, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return f"The command still runs, under process {found.pid}, since {since} UTC."


def _cut_off(found: Found) -> str:
    if found.rebooted:
        return "The machine was restarted while the command ran, or the record is of another one, so nobody saw how it ended."
    return "The process that watched over the command was ended from outside, so nobody saw how it ended."
