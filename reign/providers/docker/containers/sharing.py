"""What a container shares with others: memory, processes, networks. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reign.model.values import Spec
from reign.providers.docker.containers import attached
from reign.providers.docker.containers.conversions import links_read
from reign.providers.docker.containers.look import Look

OWN_NETWORKS = ("bridge", "host", "none")


def add_modes(found: Spec, look: Look, shape: Mapping[str, Any]) -> None:
    """Whose memory, processes and network it uses, and its links."""
    for name, key in (("ipc", "IpcMode"), ("pid", "PidMode"), ("network_mode", "NetworkMode")):
        found[name] = _named(look.host.get(key), shape.get(name), look.names) or None
    if found["network_mode"] == "default":
        found["network_mode"] = "default" if shape.get("network_mode") == "default" else "bridge"
    bound = look.host.get("Links")
    linked = next(((each or {}).get("Links") for each in endpoints(look).values() if (each or {}).get("Links")), None)
    found["links"] = [*links_read(bound or linked)]


def _named(mode: Any, told: Any, names: Mapping[str, str]) -> str:
    """`container:NAME`, of which the engine may keep the id."""
    text = str(mode or "")
    front, colon, other = text.partition(":")
    if front != "container" or not colon:
        return text
    wanted = str(told or "").partition(":")[2]
    is_told = wanted and (other.startswith(wanted) or names.get(other) == wanted)
    return str(told) if is_told else f"container:{names.get(other, other)}"


def endpoints(look: Look) -> Mapping[str, Any]:
    """The networks that it is in, by name. While it runs, one that it could not be joined to is noted, and it is not in it."""
    noted = (look.raw.get("NetworkSettings") or {}).get("Networks") or {}
    runs = look.state.get("Status") in ("running", "paused")
    return {name: each for name, each in noted.items() if not runs or (each or {}).get("EndpointID", True)}


def mac_of_endpoint(look: Look, shape: Mapping[str, Any]) -> str | None:
    """Newer engines keep it with the network."""
    if shape.get("mac_address") is None:
        return None
    return next((str(each.get("MacAddress", "")).lower() for each in endpoints(look).values() if each), None)


def add_networks(found: Spec, look: Look, shape: Mapping[str, Any]) -> None:
    """The networks that it is in, its own mode aside."""
    mode = str(look.host.get("NetworkMode") or "default")
    own = mode in (*OWN_NETWORKS, "default") or mode.startswith("container:")
    by_mode = shape.get("network_mode") is not None
    there = endpoints(look)
    if own or by_mode:
        usual = "bridge" if mode == "default" else mode
        there = {name: each for name, each in there.items() if name != usual}
    else:
        found["network_mode"] = None
    found["networks"] = [*attached.attached(there, shape.get("networks"), look.id, _implied(look))]


def _implied(look: Look) -> tuple[str, ...]:
    """Names that newer engines add to the aliases."""
    return (look.name, str(look.config.get("Hostname") or ""))
