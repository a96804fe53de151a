"""How a container stands, and what was changed of it by hand that nobody declares. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reign.model.values import Value
from reign.providers.docker.containers.attributes import read
from reign.providers.docker.containers.forms import size_text
from reign.providers.docker.containers.look import Look, Machine
from reign.providers.docker.containers.sharing import endpoints
from reign.providers.docker.containers.spec import COMPLETED, RUNNING


def standing(look: Look, shape: Mapping[str, Any], name: str = "") -> str:
    """`running` or `completed` where it stands as it should; else what is otherwise, in words.

    name: what it was called when it was recorded, empty where that is declared or nobody knows.
    """
    wanted = COMPLETED if shape.get("wait") == COMPLETED else RUNNING
    notes = [_status(look, wanted), *_by_hand(look, shape, name)]
    return ", ".join(note for note in notes if note)


def _status(look: Look, wanted: str) -> str:
    status, code = str(look.state.get("Status", "")), look.state.get("ExitCode", 0)
    if wanted == COMPLETED and (status in ("running", "restarting") or (status == "exited" and code == 0)):
        return COMPLETED
    if status == "exited":
        return f"exited ({code})"
    return status


def _by_hand(look: Look, shape: Mapping[str, Any], name: str) -> list[str]:
    """What can be changed of a container that stands, and is not as it would be, of what nobody declares."""
    notes = [f"renamed {look.name}"] if name and shape.get("name") is None and look.name != name else []
    for field_name, value in limits_by_hand(look, shape).items():
        notes.append(f"{field_name} {value}")
    if shape.get("networks") is None and not str(look.host.get("NetworkMode")).startswith("container:"):
        usual = usual_network(look)
        names = set(endpoints(look))
        notes += [f"joined to {each}" for each in sorted(names - {usual})]
        notes += [f"not in {usual}"] if usual not in names and shape.get("wait") != COMPLETED else []
    return notes


def usual_network(look: Look) -> str:
    """The network that it is in by its mode alone."""
    mode = str(look.host.get("NetworkMode") or "default")
    return "bridge" if mode == "default" else mode


def limits_by_hand(look: Look, shape: Mapping[str, Any]) -> dict[str, Value]:
    """Limits that somebody set and nobody declares, by field."""
    seen = read({"HostConfig": look.host})
    found: dict[str, Value] = {}
    for name, usual in _usual_limits(look).items():
        value = seen.get(name)
        if shape.get(name) is None and value is not None and value not in usual:
            found[name] = value
    return found


MEASURED = frozenset(("cpus", "cpuset", "mem_limit", "mem_reservation"))
"""Where as much as the machine has is no limit."""


def _usual_limits(look: Look) -> Mapping[str, tuple[Value, ...]]:
    memory, machine = look.host.get("Memory") or 0, look.machine
    lifted = lifted_limits(machine) if machine.processors else {}
    usual: Mapping[str, tuple[Value, ...]] = {
        "cpu_shares": (1024,),
        "cpu_quota": (-1,),
        "cpu_period": (100_000,),
        "memswap_limit": ("-1", size_text(2 * memory) if memory > 0 else "-1"),
        "pids_limit": (-1,),
        "restart": ("no",),
    }
    return {**{name: (read({"HostConfig": lifted}).get(name),) for name in MEASURED}, **usual}


def lifted_limits(machine: Machine) -> dict[str, Any]:
    """Values that are as good as none, by the engine's names: it takes nothing for "as it is"."""
    return {
        "NanoCpus": machine.processors * 1_000_000_000,
        "CpuShares": 1024,
        "CpuQuota": -1,
        "CpuPeriod": 100_000,
        "CpusetCpus": f"0-{machine.processors - 1}" if machine.processors > 1 else "0",
        "Memory": machine.memory_bytes,
        "MemoryReservation": machine.memory_bytes,
        "MemorySwap": -1,
        "PidsLimit": -1,
        "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
    }
