"""The networks that a container is in: every form as one, to the engine and back, and what differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field as Described

from reign.model.values import Spec
from reign.providers.docker.containers import forms
from reign.providers.docker.containers.addresses import Ip, IpV4, IpV6, Mac
from reign.providers.spec import OPAQUE, Model, refuse

IFNAME = "com.docker.network.endpoint.ifname"
"""The driver option by which the engine is told how an interface is called."""


Sorted = forms.SORTED


class _Named(Model):
    name: Annotated[str, Described(description="The network's name; refer to it: ${resources.NAME.name}.")]


class ByName(Model):
    """What a container is in one network of a map, whose key is the name."""

    aliases: Annotated[
        list[str] | None, Sorted, Described(description="More names by which others in the network find it.")
    ] = None
    ipv4_address: Annotated[
        IpV4 | None, Described(description="A fixed address, of a subnet that the network has.")
    ] = None
    ipv6_address: Annotated[IpV6 | None, Described(description="The same for IPv6.")] = None
    link_local_ips: Annotated[list[Ip] | None, Sorted, Described(description="Addresses of the link alone.")] = None
    mac_address: Annotated[
        Mac | None,
        Described(description="A fixed address of the interface. Needs an engine of API 1.44."),
    ] = None
    driver_opts: Annotated[dict[str, str] | None, Described(description="Options for the network's driver.")] = None
    interface_name: Annotated[
        str | None, Described(description="How the interface is called. Needs an engine of API 1.48.")
    ] = None
    priority: Annotated[int | None, Described(description="Networks with a higher one are joined first.")] = None
    gw_priority: Annotated[
        int | None, Described(description="The highest is the way out. Needs an engine of API 1.48.")
    ] = None


class AttachedSpec(ByName, _Named):
    """One network, and what the container is in it."""


def written_out(value: Any) -> Any:
    """A list of names, or a map by name, as a list of objects."""
    if isinstance(value, dict):
        _check_names(value)
        return [{"name": name, **(item if isinstance(item, dict) else {})} for name, item in value.items()]
    if not isinstance(value, list):
        return value
    return [{"name": item} if isinstance(item, (str, *OPAQUE)) else item for item in value]


def _check_names(networks: Mapping[str, Any]) -> None:
    """Keys are never expressions, so one that looks like one names no network."""
    for name in networks:
        if "${" in name:
            raise refuse(
                "docker/name",
                "Not a name that an engine takes",
                f"{name!r} is the key of a map, where nothing is put in the place of an expression.",
                f'Write a list: - {{name: "{name}"}}.',
            )


# To the engine


def endpoint(network: Mapping[str, Any], links: Iterable[str] = ()) -> dict[str, Any]:
    """What the engine is told about one network."""
    options = dict(network.get("driver_opts") or {})
    if "interface_name" in network:
        options[IFNAME] = network["interface_name"]
    addresses = {
        "IPv4Address": network.get("ipv4_address"),
        "IPv6Address": network.get("ipv6_address"),
        "LinkLocalIPs": network.get("link_local_ips"),
    }
    told = {
        "Aliases": network.get("aliases"),
        "IPAMConfig": {name: value for name, value in addresses.items() if value},
        "MacAddress": network.get("mac_address"),
        "DriverOpts": options,
        "GwPriority": network.get("gw_priority"),
        "Links": list(links),
    }
    return {name: value for name, value in told.items() if value}


def in_order(networks: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """As they are joined: the highest priority first."""
    return sorted(networks, key=lambda network: (-int(network.get("priority") or 0), str(network["name"])))


# From the engine


def attached(
    endpoints: Mapping[str, Any] | None, told: Any, container_id: str, implied: Iterable[str] = ()
) -> list[Spec]:
    """The networks as the engine has them. `told` is how they are declared: of what the engine gives to each by itself,
    only what is declared is told; `implied` are names that it adds to the aliases of its own accord.
    """
    declared = {
        each["name"]: each for each in told or () if isinstance(each, dict) and isinstance(each.get("name"), str)
    }
    found = []
    for name, endpoint in sorted((endpoints or {}).items()):
        called = name if name in declared else str(endpoint.get("NetworkID", ""))
        called = called if called in declared else name
        found.append(_attached(called, endpoint, declared.get(called, {}), {container_id[:12], *implied}))
    return found


def _attached(name: str, endpoint: Mapping[str, Any], told: Mapping[str, Any], implied: set[str]) -> Spec:
    addresses = endpoint.get("IPAMConfig") or {}
    options = dict(endpoint.get("DriverOpts") or {})
    kept = {*(told.get("aliases") or ())}
    seen: Spec = {
        "name": name,
        "aliases": [alias for alias in endpoint.get("Aliases") or () if alias not in implied or alias in kept],
        "ipv4_address": addresses.get("IPv4Address"),
        "ipv6_address": addresses.get("IPv6Address"),
        "link_local_ips": addresses.get("LinkLocalIPs"),
        "mac_address": str(endpoint.get("MacAddress") or "").lower() if "mac_address" in told else None,
        "interface_name": options.pop(IFNAME, None),
        "driver_opts": options,
        "priority": told.get("priority"),
        "gw_priority": endpoint.get("GwPriority"),
    }
    return {key: value or told[key] for key, value in seen.items() if value or is_nothing(told.get(key))}


def is_nothing(value: Any) -> bool:
    """Whether what is declared is as much as nothing, which the engine does not keep."""
    return value is not None and not value
