"""One provider call, or one look at something's health, as plain data, and the function that a worker runs on it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, TypeAlias

from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import HealthCheck, Observation, Readiness, Resource, Snapshot
from reign.model.schema import Schema
from reign.model.values import Spec
from reign.ports import Call, Lookup, Probe, Provider, Wanted, heard

Outcome: TypeAlias = "Observation | Readiness | Spec | ProviderError | None"
Perform: TypeAlias = "Callable[[Task], Outcome]"
Hears: TypeAlias = "Callable[[Address, str, str], None]"
"""As `ports.Hearer.hear`."""


@dataclass(frozen=True, slots=True)
class Task:
    """What one call needs, all of it in clear. Pickles, so that the pool it runs on may be in another process or on
    another machine.
    """

    verb: Literal["create", "update", "delete", "adopt", "ready", "read", "probe"]
    address: Address
    call: Call
    desired: Resource | None = None
    prior: Snapshot | None = None
    seen: Observation | None = None
    external_id: str = ""
    check: HealthCheck | None = None


_UNSURE = frozenset({ErrorKind.TRANSIENT, ErrorKind.TIMEOUT, ErrorKind.FAULT})
"""What may be said of a call that was done all the same."""

_LOOK_S = 4.0
"""How long a look may take after a call whose time was over: less than `Limits.overrun_s`, so that what was said of the call
is what is told.
"""


def perform(provider: Callable[[str], Provider], probe: Probe, task: Task, hears: Hears | None = None) -> Outcome:
    """Make the call. `provider` finds one by its name. A ProviderError is an answer, not a failure of the worker.

    Where the answer to a create or an update was lost, what is there says whether it was done.
    `hears` is told what the provider says meanwhile; it need not go along where the worker is in another process.
    """
    with heard(partial(hears, task.address)) if hears is not None else nullcontext():
        return _performed(provider, probe, task)


def _performed(provider: Callable[[str], Provider], probe: Probe, task: Task) -> Outcome:
    began = time.monotonic()
    try:
        match task:
            case Task(verb="probe", check=HealthCheck(kind="exit", target=target), prior=Snapshot() as prior):
                return _exited(provider(task.address.provider), target, prior, task.call)
            case Task(verb="probe", check=HealthCheck() as check):
                return probe(check, task.call)
        return _called(provider(task.address.provider), task)
    except ProviderError as error:
        failed = error
    except Exception as error:  # noqa: BLE001 - a provider's bug is the failure of its resource, not of the run
        failed = broken_off(error)
    is_sure = failed.kind not in _UNSURE or failed.partial is not None or failed.is_lost
    if is_sure or task.verb not in ("create", "update"):
        return failed
    left_s = max(_LOOK_S, task.call.deadline_s - (time.monotonic() - began))
    return _looked(provider(task.address.provider), replace(task, call=replace(task.call, deadline_s=left_s)), failed)


def _looked(port: Provider, task: Task, failed: ProviderError) -> Outcome:
    """What a call led to that `failed` was said of; `failed`, where it was not done, and lost, where that cannot be told."""
    schema = port.schemas().get(task.address.type)
    if schema is None or not (schema.marked and schema.observable and schema.effects):
        return failed
    try:
        seen = port.observe([Wanted(task.address, task.desired, task.prior, task.call.key)], task.call)[task.address]
    except Exception as error:  # noqa: BLE001 - as above
        seen = broken_off(error)
    is_open = isinstance(seen, ProviderError) or failed.kind is ErrorKind.TIMEOUT  # it may come to stand yet
    if isinstance(seen, Observation) and seen.owned:
        if _is_done(task, seen, schema):
            return seen
        is_open = is_open or task.verb == "create"  # it was begun, and the next try goes on with it
    if is_open:
        return ProviderError(failed.kind, failed.summary, failed.detail, failed.fix, is_lost=True)
    return failed


def _is_done(task: Task, seen: Observation, schema: Schema) -> bool:
    if task.desired is None:
        return True
    if task.prior is None:
        return not schema.lacks(seen.spec, task.desired.spec)
    return schema.shows(seen.spec, task.desired.spec, task.prior.spec)


def _called(port: Provider, task: Task) -> Outcome:
    match task:
        case Task(verb="create", desired=Resource() as desired):
            return port.create(desired, task.call)
        case Task(verb="update", desired=Resource() as desired, prior=Snapshot() as prior):
            return port.update(desired, prior, task.call)
        case Task(verb="delete", prior=Snapshot() as prior):
            port.delete(prior, task.call)
            return None
        case Task(verb="adopt", external_id=external_id):
            return port.adopt(task.address, external_id, task.call)
        case Task(verb="ready", seen=Observation() as seen):
            return port.ready(task.address.kind, seen, task.call)
        case Task(verb="read", desired=Resource() as desired) if isinstance(port, Lookup):
            return port.look_up(desired.address.kind, desired.spec, task.call)
    return ProviderError(ErrorKind.FAULT, "Incomplete step", f"{task.verb} of {task.address} lacks what it works on.")


def _exited(port: Provider, wanted: object, prior: Snapshot, call: Call) -> Readiness:
    """Whether what `prior` names has ended, and with the code that is wanted."""
    seen = port.observe([Wanted(prior.address, known=prior)], call)[prior.address]
    if isinstance(seen, ProviderError):
        return Readiness("waiting", str(seen))
    if seen is None:
        return Readiness("failed", "it is not there any more")
    code = seen.outputs.get("exit_code")
    if code is None:
        return Readiness("waiting", "it has not ended yet")
    return Readiness("done") if code == wanted else Readiness("failed", f"it ended with exit code {code}, not {wanted}")


def broken_off(error: BaseException) -> ProviderError:
    """What stands for an answer when a call ended in a way that the seam does not know."""
    return ProviderError(ErrorKind.FAULT, "The provider broke off", f"{type(error).__name__}: {error}")
