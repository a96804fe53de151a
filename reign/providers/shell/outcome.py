"""What programs that ended well led to."""

from __future__ import annotations

from collections.abc import Sequence

from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Observation, Resource, Snapshot
from reign.model.values import Spec
from reign.ports import Call
from reign.providers.shell.perform import outputs_of, read_back, texts_of
from reign.providers.shell.record import Ended


def field_of(verb: str, type: str, spec: Spec) -> str:
    """The field whose command a verb runs: an update without one runs what made it once more."""
    if verb == "create" or (verb == "update" and spec.get("update") is None):
        return "script" if type == "shell.script" else "create"
    return verb


def made(done: Sequence[Ended], desired: Resource, call: Call) -> Observation:
    """What a create led to. Raises ProviderError, with that in it as far as it came."""
    try:
        outputs = _outputs_after(done, desired, call)
    except ProviderError as error:
        partial = Observation(call.key, desired.spec, texts_of(done))
        raise ProviderError(error.kind, error.summary, error.detail, error.fix, partial=partial) from None
    if outputs is None:
        raise _not_there("create", str(desired.address))
    return Observation(call.key, desired.spec, outputs)


def updated(done: Sequence[Ended], desired: Resource, prior: Snapshot, call: Call) -> Observation:
    """What an update led to. Raises ProviderError."""
    outputs = _outputs_after(done, desired, call)
    if outputs is None:
        raise _not_there("update", str(desired.address))
    return Observation(prior.external_id, desired.spec, outputs, found=prior.found)


def _outputs_after(done: Sequence[Ended], desired: Resource, call: Call) -> Spec | None:
    """The outputs after a write: those of `read` where it is given, None where that says that nothing is there."""
    if desired.spec.get("read") is None:
        return outputs_of(done, desired.spec)
    told = read_back(str(desired.address), desired.spec, call)
    return None if told is None else outputs_of(told, desired.spec)


def _not_there(verb: str, address: str) -> ProviderError:
    return ProviderError(
        ErrorKind.FAULT,
        f"Not there after the {verb}",
        f"The {verb} of {address} succeeded, and right after it `read` says that nothing is there.",
        "Correct `read`, or what makes it.",
    )
