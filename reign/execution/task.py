"""One provider call, or one look at something's health, as plain data, and the function that a worker runs on it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import HealthCheck, Observation, Readiness, Resource, Snapshot
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


def perform(provider: Callable[[str], Provider], probe: Probe, task: Task, hears: Hears | None = None) -> Outcome:
    """Make the call. `provider` finds one by its name. A ProviderError is an answer, not a failure of the worker.

    `hears` is told what the provider says meanwhile; it need not go along where the worker is in another process.
    """
    with heard(partial(hears, task.address)) if hears is not None else nullcontext():
        return _performed(provider, probe, task)


def _performed(provider: Callable[[str], Provider], probe: Probe, task: Task) -> Outcome:
    try:
        match task:
            case Task(verb="probe", check=HealthCheck(kind="exit", target=target), prior=Snapshot() as prior):
                return _exited(provider(task.address.provider), target, prior, task.call)
            case Task(verb="probe", check=HealthCheck() as check):
                return probe(check, task.call)
        return _called(provider(task.address.provider), task)
    except ProviderError as error:
        return error
    except Exception as error:  # noqa: BLE001 - a provider's bug is the failure of its resource, not of the run
        return broken_off(error)


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
            return port.ready(seen, task.call)
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
