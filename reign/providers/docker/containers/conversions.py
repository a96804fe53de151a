"""Values of the spec as the engine has them, and back: what the table of `attributes` is made of. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from reign.model.values import Spec
from reign.providers.docker.containers import forms


def same(value: Any) -> Any:
    """What the engine has as it is written."""
    return value


def or_none(value: Any) -> Any:
    """What the engine has as empty or 0 where nothing was said."""
    return value or None


def words(value: Any) -> Any:
    """A command: null is the image's own, an empty list is none at all."""
    return None if value is None else list(value)


def listed(value: Any) -> list[Any]:
    """A list the engine may have as null."""
    return list(value or ())


def mapping(value: Any) -> dict[str, Any]:
    """A map the engine may have as null."""
    return dict(value or {})


def size(value: Any) -> Any:
    """Bytes as text with a unit; 0 is no limit."""
    return forms.size_text(value) if value else None


def cpus(value: Any) -> Any:
    """Billionths of a processor as processors, in text; 0 is no limit."""
    return f"{value / 1e9:.9f}".rstrip("0").rstrip(".") if value else None


def nano(value: Any) -> int:
    """Processors as billionths of one."""
    return round(float(value) * 1e9)


def seconds(value: Any) -> int:
    """A duration in whole seconds, rounded up: the engine has no parts of one here."""
    return math.ceil(forms.nanoseconds(value) / 1e9)


def grace(value: Any) -> Any:
    """Whole seconds as a duration; null is the engine's own time."""
    return None if value is None else forms.duration_text(value * 1_000_000_000)


def policy(value: str) -> dict[str, Any]:
    """`on-failure:3` as the engine's restart policy."""
    name, _, times = value.partition(":")
    return {"Name": name, "MaximumRetryCount": int(times or 0)}


def policy_text(value: Any) -> str:
    """The engine's restart policy as `on-failure:3`."""
    name, times = (value or {}).get("Name") or "no", (value or {}).get("MaximumRetryCount") or 0
    return f"{name}:{times}" if times and name == "on-failure" else str(name)


def capabilities(value: Any) -> list[str]:
    """Names without `CAP_`, which newer engines put before each."""
    return [name.removeprefix("CAP_") for name in value or ()]


def limits(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Limits by name as the engine's list, in the order of the names."""
    return [{"Name": name, "Soft": each["soft"], "Hard": each["hard"]} for name, each in sorted(value.items())]


def limits_read(value: Any) -> Spec:
    """The engine's list of limits, by name."""
    return {each["Name"]: {"soft": each["Soft"], "hard": each["Hard"]} for each in value or ()}


def hosts(value: Mapping[str, Any]) -> list[str]:
    """Addresses by host as `host:address` lines."""
    return [f"{host}:{address}" for host, addresses in value.items() for address in addresses]


def hosts_read(value: Any) -> Spec:
    """Lines `host:address` or `host=address`, by host; an IPv6 address may stand in brackets."""
    found: dict[str, Any] = {}
    for line in value or ():
        host, _, address = line.partition("=" if "=" in line else ":")
        found.setdefault(host, []).append(address.strip("[]"))
    return found


def gpus(value: Any) -> list[dict[str, Any]]:
    """Requests for devices as the engine has them, with nothing for what is not said."""
    return [_without_none(_gpu(each)) for each in value]


def _gpu(each: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Driver": each.get("driver", ""),
        "Count": each.get("count", 0),
        "DeviceIDs": each.get("device_ids"),
        "Capabilities": [each["capabilities"]] if each.get("capabilities") else None,
        "Options": each.get("options"),
    }


def gpus_read(value: Any) -> list[Spec]:
    """The engine's requests for devices, without those that go by a name of their own (`CDI`)."""
    return [
        _without_none(
            {
                "driver": each.get("Driver") or None,
                "count": each.get("Count") or None,
                "device_ids": each.get("DeviceIDs") or None,
                "capabilities": (each.get("Capabilities") or [None])[0],
                "options": each.get("Options") or None,
            }
        )
        for each in value or ()
        if each.get("Driver") != CDI
    ]


CDI = "cdi"
"""The driver of devices that are asked for by a name of their own."""


def _without_none(parts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if value is not None}


def log(value: Mapping[str, Any]) -> dict[str, Any]:
    """The driver of the logs with its options as the engine has them."""
    return {"Type": value.get("driver", ""), "Config": value.get("options", {})}


def log_read(value: Any) -> Spec:
    """The engine's driver of the logs with its options."""
    told = value or {}
    return _without_none({"driver": told.get("Type") or None, "options": told.get("Config") or {}})


def links_read(value: Any) -> list[str]:
    """`/db:/web/data` says that `web` finds `db` as `data`."""
    found = []
    for line in value or ():
        name, _, alias = line.partition(":")
        found.append(_link(name.rpartition("/")[2], alias.rpartition("/")[2]))
    return found


def _link(name: str, alias: str) -> str:
    return f"{name}:{alias}" if alias and alias != name else name
