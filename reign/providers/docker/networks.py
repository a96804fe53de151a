"""Networks. The engine changes nothing of one that stands, so every difference means another."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Observation, Resource, Snapshot
from reign.model.values import Spec, Value
from reign.ports import Call, Wanted
from reign.providers.docker.conflicts import (
    already_there,
    not_changed,
    not_ours,
    nothing_called,
    nothing_there,
    unsupported,
)
from reign.providers.docker.engine import Engine
from reign.providers.docker.errors import mapped
from reign.providers.docker.found import Finder, Found, Listed, all_marked
from reign.providers.docker.marks import belongs, is_made_by, labels_of, name_of, without_bookkeeping

_IPV4_SINCE = "1.47"
_OF_THE_ENGINE = ("com.docker.network.enable_ipv4", "com.docker.network.enable_ipv6")
"""Options that newer engines add by themselves."""


class Networks:
    """See `kinds.Kind`."""

    def observe(
        self, engine: Engine, wanted: Sequence[Wanted], call: Call
    ) -> Mapping[Address, Observation | ProviderError | None]:
        """One list call tells all of them."""
        finder = Finder(_listed(engine), call)
        return {item.address: _observed(finder.find(item), item) for item in wanted}

    def create(self, engine: Engine, desired: Resource, call: Call) -> Observation:
        """See `ports.Provider`. Where the name is taken, by what this very call made before, that is the answer."""
        name = name_of(desired, call)
        request = _request(name, desired.spec, labels_of(desired.address, call), engine)
        with mapped(engine, f"creating the network {name}"):
            answer = engine.api._post_json(engine.api._url("/networks/create"), request)
            if answer.status_code == 409:
                there = _inspected(engine, name)
                if there is None or not is_made_by(there.labels, desired.address, call):
                    raise already_there("network", name, desired.address, there)
                return _seen(there, desired.spec, True)
            made = engine.api._result(answer, json=True)["Id"]
            there = _inspected(engine, made)
        if there is None:
            raise nothing_called("network", name, ErrorKind.MISSING)
        return _seen(there, desired.spec, True)

    def update(self, engine: Engine, desired: Resource, prior: Snapshot, call: Call) -> Observation:
        """Nothing of a network changes in place; what is gone is `missing`."""
        there = _own(engine, prior, call, "change")
        if there is None:
            raise nothing_called("network", _name(prior), ErrorKind.MISSING)
        seen = _seen(there, desired.spec, True)
        if seen.spec != desired.spec:
            raise not_changed("network", there.name)
        return seen

    def delete(self, engine: Engine, prior: Snapshot, call: Call) -> None:
        """See `ports.Provider`."""
        there = _own(engine, prior, call, "remove")
        if there is None:
            return
        with mapped(engine, f"removing the network {there.name}"):
            answer = engine.api._delete(engine.api._url("/networks/{0}", there.id))
            if "active endpoints" in answer.text and not there.raw.get("Containers"):
                raise _still_left(there.name)
            if answer.status_code != 404:
                engine.api._raise_for_status(answer)

    def adopt(self, engine: Engine, address: Address, external_id: str, call: Call) -> Observation:
        """The state remembers its id: the engine lets nobody change labels. See `marks.belongs`."""
        del address
        there = Finder(_listed(engine), call).named(external_id)
        if there is None:
            raise nothing_called("network", external_id)
        return _seen(there, _WHOLE, True)

    def marked(self, engine: Engine, call: Call) -> Iterator[Listed]:
        """See `kinds.Marked`."""
        yield from all_marked(_listed(engine), call)

    def look_up(self, engine: Engine, spec: Spec, call: Call) -> Spec:
        """See `kinds.LooksUp`."""
        there = Finder(_listed(engine), call).named(str(spec["name"]))
        if there is None:
            raise nothing_there("network", str(spec["name"]))
        seen = _seen(there, {}, False).spec
        told: Spec = {"driver": seen["driver"], "internal": seen["internal"], "labels": dict(there.labels)}
        return {**_outputs(there), **told}


_WHOLE: Spec = {"ipam": {"config": []}}
"""The shape of a spec in which everything is asked for that is not the same everywhere."""


def _still_left(name: str) -> ProviderError:
    return ProviderError(
        ErrorKind.TRANSIENT,
        "Network still in use",
        f"The network {name} could not be removed: the engine is still taking away containers that were in it.",
        "Try again; where it stays so, restart the engine: it remembers a container that is gone.",
    )


def _request(name: str, spec: Spec, mark: Mapping[str, str], engine: Engine) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "Name": name,
        "CheckDuplicate": True,
        "Driver": spec["driver"],
        "Options": spec["driver_opts"],
        "Internal": spec["internal"],
        "Attachable": spec["attachable"],
        "EnableIPv6": spec["enable_ipv6"],
        "Labels": {**_map(spec["labels"]), **mark},
    }
    if spec.get("enable_ipv4") is not None:
        if spec["enable_ipv4"] is False and _is_older(engine, _IPV4_SINCE):
            raise unsupported("enable_ipv4: false", _IPV4_SINCE, engine)
        asked["EnableIPv4"] = spec["enable_ipv4"]
    if spec.get("ipam") is not None:
        asked["IPAM"] = _ipam(_map(spec["ipam"]))
    return asked


def _ipam(spec: Mapping[str, Any]) -> dict[str, Any]:
    names = {"subnet": "Subnet", "ip_range": "IPRange", "gateway": "Gateway", "aux_addresses": "AuxiliaryAddresses"}
    pools = [{names[key]: value for key, value in pool.items() if value} for pool in spec["config"]]
    return {"Driver": spec["driver"], "Config": pools, "Options": spec["options"]}


def _is_older(engine: Engine, version: str) -> bool:
    from docker.utils import version_lt

    return bool(version_lt(engine.api._version, version))


def _map(value: Value) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(engine: Engine) -> list[Listed]:
    with mapped(engine, "listing the networks"):
        return [_one(raw) for raw in engine.api.networks()]


def _inspected(engine: Engine, id: str) -> Listed | None:
    answer = engine.api._get(engine.api._url("/networks/{0}", id))
    return None if answer.status_code == 404 else _one(engine.api._result(answer, json=True))


def _one(raw: Any) -> Listed:
    return Listed(raw["Id"], raw["Name"], raw.get("Labels") or {}, raw.get("Created", ""), raw)


def _own(engine: Engine, prior: Snapshot, call: Call, doing: str) -> Listed | None:
    """What the state holds, as it stands; None when it is gone. Raises ProviderError `conflict` where it is not ours."""
    with mapped(engine, f"looking at the network {_name(prior)}"):
        there = _inspected(engine, prior.external_id)
    if there is None or there.id != prior.external_id:
        return None
    if not belongs(there.labels, call, prior, there.id):
        raise not_ours("network", there.name, doing)
    return there


def _name(prior: Snapshot) -> str:
    name = prior.outputs.get("name")
    return name if isinstance(name, str) else prior.external_id


def _observed(found: Found | None, wanted: Wanted) -> Observation | None:
    if found is None:
        return None
    shape = wanted.known.spec if wanted.known else wanted.desired.spec if wanted.desired else {}
    if wanted.desired is not None and wanted.desired.spec.get("ipam") is not None:
        shape = {**shape, "ipam": wanted.desired.spec["ipam"]}
    return _seen(found.listed, shape, found.is_ours)


def _seen(there: Listed, shape: Spec, owned: bool) -> Observation:
    """What `there` is, as far as `shape` declares what the engine would otherwise choose by itself."""
    raw = there.raw
    spec: Spec = {
        "driver": raw.get("Driver"),
        "driver_opts": _options(raw.get("Options"), _map(shape.get("driver_opts"))),
        "internal": bool(raw.get("Internal")),
        "attachable": bool(raw.get("Attachable")),
        "enable_ipv6": bool(raw.get("EnableIPv6")),
        "labels": {**without_bookkeeping(there.labels, shape.get("labels"))},
    }
    if isinstance(shape.get("name"), str):
        spec["name"] = there.name
    if shape.get("enable_ipv4") is not None:
        spec["enable_ipv4"] = bool(raw.get("EnableIPv4", True))
    if shape.get("ipam") is not None:
        spec["ipam"] = _seen_ipam(raw.get("IPAM") or {}, _map(shape["ipam"]))
    return Observation(there.id, spec, _outputs(there), owned)


def _options(told: Any, declared: Mapping[str, Any]) -> dict[str, Value]:
    return {name: value for name, value in (told or {}).items() if name in declared or name not in _OF_THE_ENGINE}


def _seen_ipam(told: Mapping[str, Any], shape: Mapping[str, Any]) -> Spec:
    """Of a subnet that was declared, what was declared of it; of any other, all."""
    pools: list[Value] = []
    declared = shape.get("config") or []
    for index, raw in enumerate(_asked_for(_pools(told), declared)):
        wanted = declared[index] if index < len(declared) else None
        pools.append(_seen_pool(raw, wanted))
    chosen = not declared and "driver" in shape
    return {
        "driver": told.get("Driver") or "default",
        "config": [] if chosen else pools,
        "options": dict(told.get("Options") or {}),
    }


def _asked_for(pools: list[Mapping[str, Any]], declared: list[Any]) -> list[Mapping[str, Any]]:
    """Without those that the engine chose by itself: beside declared subnets of IPv6 alone it puts one of IPv4."""
    subnets = [pool.get("subnet") for pool in declared]
    if not subnets or not all(isinstance(subnet, str) and ":" in subnet for subnet in subnets):
        return pools
    return [pool for pool in pools if ":" in pool.get("Subnet", "")]


def _seen_pool(raw: Mapping[str, Any], declared: Any) -> Spec:
    pool: Spec = {"aux_addresses": {host: _host(at) for host, at in (raw.get("AuxiliaryAddresses") or {}).items()}}
    for name, key, plain in (
        ("subnet", "Subnet", _subnet),
        ("ip_range", "IPRange", _subnet),
        ("gateway", "Gateway", _host),
    ):
        if raw.get(key) and (declared is None or name in declared or name == "ip_range"):
            pool[name] = plain(raw[key])
    return pool


def _outputs(there: Listed) -> Spec:
    pools = _pools(there.raw.get("IPAM") or {})
    return {
        "id": there.id,
        "name": there.name,
        "scope": there.raw.get("Scope", ""),
        "subnets": [_subnet(pool["Subnet"]) for pool in pools if pool.get("Subnet")],
        "gateways": [_host(pool["Gateway"]) for pool in pools if pool.get("Gateway")],
    }


def _pools(ipam: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return sorted(ipam.get("Config") or [], key=lambda pool: ":" in pool.get("Subnet", ""))


def _subnet(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return text


def _host(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.partition("/")[0]))
    except ValueError:
        return text
