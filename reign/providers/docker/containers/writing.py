"""From the spec of a container to what the engine is told when it is made. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reign.providers.docker.containers import health, mounting, ports
from reign.providers.docker.containers.attached import endpoint, in_order
from reign.providers.docker.containers.attributes import written
from reign.providers.docker.containers.conversions import CDI

BLKIO = {
    "weight_device": "BlkioWeightDevice",
    "device_read_bps": "BlkioDeviceReadBps",
    "device_write_bps": "BlkioDeviceWriteBps",
    "device_read_iops": "BlkioDeviceReadIOps",
    "device_write_iops": "BlkioDeviceWriteIOps",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. `body` makes the container; `joins` are the networks that it is then joined to, with what each is
    told, in order.
    """

    body: dict[str, Any]
    joins: tuple[tuple[str, dict[str, Any]], ...] = ()
    platform: str = ""


def request(spec: Mapping[str, Any], mark: Mapping[str, str], folder: str) -> Request:
    """`spec` as normalised and known; `folder` is the project's, from which relative paths lead."""
    sections = written(spec)
    config, host = sections["Config"], sections["HostConfig"]
    config["Labels"] = {**(spec.get("file_labels") or {}), **(spec.get("labels") or {}), **mark}
    variables = {**(spec.get("file_environment") or {}), **(spec.get("environment") or {})}
    config["Env"] = [f"{name}={value}" for name, value in variables.items()]
    if "mac_address" in spec:
        config["MacAddress"] = spec["mac_address"]
    if "healthcheck" in spec:
        config["Healthcheck"] = health.to_engine(spec["healthcheck"])
    _add_ports(spec, config, host)
    binds, objects, nameless = mounting.to_engine(spec.get("volumes") or (), folder)
    host.update({"Binds": binds, "Mounts": objects})
    config["Volumes"] = nameless
    _add_devices(spec, host)
    host.update(blkio(spec.get("blkio_config") or {}))
    for name, key in (("ipc", "IpcMode"), ("pid", "PidMode"), ("security_opt", "SecurityOpt")):
        if name in spec:
            host[key] = spec[name]
    return _networked(spec, config, host)


def _add_ports(spec: Mapping[str, Any], config: dict[str, Any], host: dict[str, Any]) -> None:
    published = spec.get("ports") or ()
    host["PortBindings"] = ports.bindings(published)
    config["ExposedPorts"] = {key: {} for key in (*(spec.get("expose") or ()), *map(ports.key_of, published))}


def _add_devices(spec: Mapping[str, Any], host: dict[str, Any]) -> None:
    declared = spec.get("devices") or ()
    named = [each["source"] for each in declared if "=" in each["source"]]
    host["Devices"] = [_device(each) for each in declared if "=" not in each["source"]]
    if named:
        host["DeviceRequests"] = [*host.get("DeviceRequests", ()), {"Driver": CDI, "DeviceIDs": named}]


def _device(each: Mapping[str, Any]) -> dict[str, str]:
    names = {"PathOnHost": "source", "PathInContainer": "target", "CgroupPermissions": "permissions"}
    return {key: each[name] for key, name in names.items()}


def blkio(told: Mapping[str, Any]) -> dict[str, Any]:
    """What the engine is told about disks."""
    found: dict[str, Any] = {"BlkioWeight": told["weight"]} if "weight" in told else {}
    for name, key in BLKIO.items():
        if name in told:
            found[key] = [_share(each) for each in told[name]]
    return found


def _share(each: Mapping[str, Any]) -> dict[str, Any]:
    from reign.providers.docker.containers.forms import size_bytes

    if "weight" in each:
        return {"Path": each["path"], "Weight": each["weight"]}
    return {"Path": each["path"], "Rate": size_bytes(each["rate"])}


def _networked(spec: Mapping[str, Any], config: dict[str, Any], host: dict[str, Any]) -> Request:
    """The first network is given when it is made, the others are joined before it starts."""
    joined = in_order(spec.get("networks") or ())
    links = spec.get("links") or ()
    body = {**config, "HostConfig": host}
    if not joined:
        host.update({"Links": [_whole(link) for link in links]} if links else {})
        host["NetworkMode"] = spec.get("network_mode", "default")
        return Request(body, (), spec.get("platform", ""))
    told = [(str(each["name"]), endpoint(each, links)) for each in joined]
    first, options = told[0]
    host["NetworkMode"] = first
    body["NetworkingConfig"] = {"EndpointsConfig": {first: options}}
    return Request(body, tuple(told[1:]), spec.get("platform", ""))


def _whole(link: str) -> str:
    name, _, alias = link.partition(":")
    return f"{name}:{alias or name}"
