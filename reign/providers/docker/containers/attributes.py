"""How each key of the spec stands in what the engine is told, and is read back: one line for each that is alike in both.

What belongs together in several places of the engine's JSON (ports, mounts, networks, what the image brings) is in modules
of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from reign.model.values import Spec
from reign.providers.docker.containers import forms

Section = Literal["Config", "HostConfig"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One key. `write` makes the engine's value of the spec's; `read` the spec's of the engine's, None where that has none."""

    field: str
    section: Section
    key: str
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


def _flag(value: Any) -> bool:
    return bool(value)


def _text(value: Any) -> Any:
    return value or None


def _words(value: Any) -> Any:
    return None if value is None else list(value)


def _list(value: Any) -> list[Any]:
    return list(value or ())


def _number(value: Any) -> Any:
    return value or None


def _map(value: Any) -> dict[str, Any]:
    return dict(value or {})


def _size(value: Any) -> Any:
    return forms.size_text(value) if value else None


def _cpus(value: Any) -> Any:
    return f"{value / 1e9:.9f}".rstrip("0").rstrip(".") if value else None


def _nano(value: Any) -> int:
    return round(float(value) * 1e9)


def _seconds(value: Any) -> int:
    return math.ceil(forms.nanoseconds(value) / 1e9)


def _grace(value: Any) -> Any:
    return None if value is None else forms.duration_text(value * 1_000_000_000)


def _policy(value: str) -> dict[str, Any]:
    name, _, times = value.partition(":")
    return {"Name": name, "MaximumRetryCount": int(times or 0)}


def _policy_text(value: Any) -> str:
    name, times = (value or {}).get("Name") or "no", (value or {}).get("MaximumRetryCount") or 0
    return f"{name}:{times}" if times and name == "on-failure" else str(name)


def _capabilities(value: Any) -> list[str]:
    return [name.removeprefix("CAP_") for name in value or ()]


def _limits(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"Name": name, "Soft": each["soft"], "Hard": each["hard"]} for name, each in sorted(value.items())]


def _limits_read(value: Any) -> Spec:
    return {each["Name"]: {"soft": each["Soft"], "hard": each["Hard"]} for each in value or ()}


def _hosts(value: Mapping[str, Any]) -> list[str]:
    return [f"{host}:{address}" for host, addresses in value.items() for address in addresses]


def _hosts_read(value: Any) -> Spec:
    found: dict[str, Any] = {}
    for line in value or ():
        host, _, address = line.partition("=" if "=" in line else ":")
        found.setdefault(host, []).append(address.strip("[]"))
    return found


def _gpus(value: Any) -> list[dict[str, Any]]:
    return [_without_none(_gpu(each)) for each in value]


def _gpu(each: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Driver": each.get("driver", ""),
        "Count": each.get("count", 0),
        "DeviceIDs": each.get("device_ids"),
        "Capabilities": [each["capabilities"]] if each.get("capabilities") else None,
        "Options": each.get("options"),
    }


def _gpus_read(value: Any) -> list[Spec]:
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


def _log(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"Type": value.get("driver", ""), "Config": value.get("options", {})}


def _log_read(value: Any) -> Spec:
    told = value or {}
    return _without_none({"driver": told.get("Type") or None, "options": told.get("Config") or {}})


def _links_read(value: Any) -> list[str]:
    """`/db:/web/data` says that `web` finds `db` as `data`."""
    found = []
    for line in value or ():
        name, _, alias = line.partition(":")
        found.append(_link(name.rpartition("/")[2], alias.rpartition("/")[2]))
    return found


def _link(name: str, alias: str) -> str:
    return f"{name}:{alias}" if alias and alias != name else name


def _host(field: str, key: str, write: Callable[[Any], Any] = _same, read: Callable[[Any], Any] = _text) -> Attribute:
    return Attribute(field, "HostConfig", key, write, read)


def _own(field: str, key: str, write: Callable[[Any], Any] = _same, read: Callable[[Any], Any] = _text) -> Attribute:
    return Attribute(field, "Config", key, write, read)


IN_PLACE = (
    _host("cpus", "NanoCpus", _nano, _cpus),
    _host("cpu_shares", "CpuShares", read=_number),
    _host("cpu_quota", "CpuQuota", read=_number),
    _host("cpu_period", "CpuPeriod", read=_number),
    _host("cpu_rt_runtime", "CpuRealtimeRuntime", read=_number),
    _host("cpu_rt_period", "CpuRealtimePeriod", read=_number),
    _host("cpuset", "CpusetCpus"),
    _host("mem_limit", "Memory", forms.size_bytes, _size),
    _host("mem_reservation", "MemoryReservation", forms.size_bytes, _size),
    _host("memswap_limit", "MemorySwap", forms.size_bytes, _size),
    _host("pids_limit", "PidsLimit", read=_number),
    _host("restart", "RestartPolicy", _policy, _policy_text),
)
"""What the engine changes of a container that stands. Networks, the name and the share of all disks are changed as well."""

FIXED = (
    _own("image", "Image"),
    _own("command", "Cmd", read=_words),
    _own("entrypoint", "Entrypoint", read=_words),
    _own("user", "User"),
    _own("working_dir", "WorkingDir"),
    _own("hostname", "Hostname"),
    _own("domainname", "Domainname"),
    _own("tty", "Tty", read=_flag),
    _own("stdin_open", "OpenStdin", read=_flag),
    _own("stop_signal", "StopSignal"),
    _own("stop_grace_period", "StopTimeout", _seconds, _grace),
    _host("annotations", "Annotations", read=_map),
    _host("init", "Init", read=_flag),
    _host("privileged", "Privileged", read=_flag),
    _host("read_only", "ReadonlyRootfs", read=_flag),
    _host("cap_add", "CapAdd", read=_capabilities),
    _host("cap_drop", "CapDrop", read=_capabilities),
    _host("group_add", "GroupAdd", read=_list),
    _host("userns_mode", "UsernsMode"),
    _host("cgroup", "CgroupnsMode"),
    _host("cgroup_parent", "CgroupParent"),
    _host("device_cgroup_rules", "DeviceCgroupRules", read=_list),
    _host("isolation", "Isolation"),
    _host("runtime", "Runtime"),
    _host("uts", "UTSMode"),
    _host("sysctls", "Sysctls", read=_map),
    _host("mem_swappiness", "MemorySwappiness", read=_same),
    _host("oom_kill_disable", "OomKillDisable", read=_flag),
    _host("oom_score_adj", "OomScoreAdj", read=lambda value: value or 0),
    _host("shm_size", "ShmSize", forms.size_bytes, _size),
    _host("ulimits", "Ulimits", _limits, _limits_read),
    _host("cpu_count", "CpuCount", read=lambda value: value or 0),
    _host("cpu_percent", "CpuPercent", read=lambda value: value or 0),
    _host("storage_opt", "StorageOpt", read=_map),
    _host("volumes_from", "VolumesFrom", read=_list),
    _host("tmpfs", "Tmpfs", read=_map),
    _host("dns", "Dns", read=_list),
    _host("dns_opt", "DnsOptions", read=_list),
    _host("dns_search", "DnsSearch", read=_list),
    _host("extra_hosts", "ExtraHosts", _hosts, _hosts_read),
    _host("logging", "LogConfig", _log, _log_read),
    _host("gpus", "DeviceRequests", _gpus, _gpus_read),
)
"""What is fixed when a container is made."""

links_read = _links_read


def written(spec: Mapping[str, Any]) -> dict[Section, dict[str, Any]]:
    """Both sections, as far as `spec` declares what is in the tables."""
    found: dict[Section, dict[str, Any]] = {"Config": {}, "HostConfig": {}}
    for each in (*IN_PLACE, *FIXED):
        if spec.get(each.field) is not None:
            found[each.section][each.key] = each.write(spec[each.field])
    return found


def read(inspected: Mapping[str, Any]) -> Spec:
    """The inverse of `written`. A key of which the engine has nothing is left out."""
    found: Spec = {}
    for each in (*IN_PLACE, *FIXED):
        value = each.read((inspected.get(each.section) or {}).get(each.key))
        if value is not None:
            found[each.field] = value
    return found
