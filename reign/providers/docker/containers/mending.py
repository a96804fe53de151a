"""Changing a container where it stands: its name, limits, networks, and how it stands; and restarting it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Observation, Resource, Snapshot
from reign.model.values import Spec
from reign.ports import Call
from reign.providers.docker.conflicts import nothing_called
from reign.providers.docker.containers.attributes import IN_PLACE, written
from reign.providers.docker.containers.look import Look
from reign.providers.docker.containers.looking import Eyes, machine_of, own
from reign.providers.docker.containers.reading import declared
from reign.providers.docker.containers.rejoining import rejoined
from reign.providers.docker.containers.restarting import begin_anew, posted
from reign.providers.docker.containers.spec import COMPLETED
from reign.providers.docker.containers.standing import lifted_limits, limits_by_hand
from reign.providers.docker.containers.starting import start
from reign.providers.docker.containers.telling import observation
from reign.providers.docker.engine import Engine
from reign.providers.docker.errors import mapped


def mend(engine: Engine, desired: Resource, prior: Snapshot, call: Call) -> Observation:
    """See `ports.Provider.update`. What differs is changed; where `call.restarts`, it is restarted as well."""
    eyes = Eyes(engine, call)
    look = own(eyes, prior, "change")
    if look is None:
        raise nothing_called("container", str(prior.outputs.get("name", prior.external_id)), ErrorKind.MISSING)
    spec = desired.spec
    done = [
        _renamed(engine, look, spec, prior),
        _limited(engine, look, spec),
        rejoined(engine, look, spec),
        _begun(engine, look, spec),
    ]
    if call.restarts and "begun" not in done:
        begin_anew(engine, look, spec)
    found = eyes.at(look.id, spec)
    if found is None:
        raise nothing_called("container", look.name, ErrorKind.MISSING)
    return observation(found, spec, name=str(found.name))


def _renamed(engine: Engine, look: Look, spec: Spec, prior: Snapshot) -> str:
    wanted = spec.get("name") or (prior.outputs.get("name") if prior.spec.get("name") is None else None)
    if not isinstance(wanted, str) or wanted == look.name:
        return ""
    posted(engine, "rename", look, name=wanted)
    return "renamed"


# Limits


def _limited(engine: Engine, look: Look, spec: Spec) -> str:
    """What is declared is set; what somebody set and nobody declares is lifted."""
    seen = declared(look, spec)
    wrong = {
        each.field for each in IN_PLACE if spec.get(each.field) is not None and seen.get(each.field) != spec[each.field]
    }
    told: dict[str, Any] = {}
    for section in written({name: spec[name] for name in wrong}).values():
        told.update(section)
    told.update(_lifted(engine, look, spec))
    weight = _weight(spec)
    if weight and weight != look.host.get("BlkioWeight"):
        told["BlkioWeight"] = weight
    if not told:
        return ""
    if "Memory" in told or "MemorySwap" in told:
        told = {**told, **_memory(told, look, spec)}
    with mapped(engine, f"changing the limits of the container {look.name}"):
        url = engine.api._url("/containers/{0}/update", look.id)
        answer = engine.api._result(engine.api._post_json(url, told), json=True)
    if lost := answer.get("Warnings"):
        raise _not_set(look, lost)
    return "limited"


def _weight(spec: Mapping[str, Any]) -> int:
    return int((spec.get("blkio_config") or {}).get("weight") or 0)


def _lifted(engine: Engine, look: Look, spec: Spec) -> dict[str, Any]:
    """What takes away the limits that nobody declares."""
    by_hand = limits_by_hand(look, spec)
    if not by_hand:
        return {}
    none = lifted_limits(machine_of(engine))
    return {each.key: none[each.key] for each in IN_PLACE if each.field in by_hand and each.key in none}


def _memory(told: Mapping[str, Any], look: Look, spec: Mapping[str, Any]) -> dict[str, Any]:
    """Memory and swap are told together: neither may be in the other's way."""
    memory = told.get("Memory", look.host.get("Memory") or 0)
    if spec.get("memswap_limit") is not None:
        return {"Memory": memory, **written({"memswap_limit": spec["memswap_limit"]})["HostConfig"]}
    return {"Memory": memory, "MemorySwap": 2 * memory if memory > 0 else -1}


def _not_set(look: Look, warnings: list[str]) -> ProviderError:
    return ProviderError(
        ErrorKind.INVALID,
        "Not kept by the engine",
        f"The engine changed the limits of the container {look.name} in part: it says {' '.join(warnings)!r}.",
        "Leave away what its machine cannot do.",
    )


# How it stands


def _begun(engine: Engine, look: Look, spec: Spec) -> str:
    """Started or awakened, where it should run and does not."""
    status, code = look.state.get("Status"), look.state.get("ExitCode")
    if status == "paused":
        posted(engine, "unpause", look)
        return "awake"
    if status == "running" or (spec.get("wait") == COMPLETED and status == "exited" and code == 0):
        return ""
    if status == "restarting":
        return ""
    with mapped(engine, f"starting the container {look.name}"):
        start(engine, look.id, look.name)
    return "begun"
