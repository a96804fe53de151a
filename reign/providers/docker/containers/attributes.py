"""How each key of the spec stands in what the engine is told, and is read back: one line for each that is alike in both.

What belongs together in several places of the engine's JSON (ports, mounts, networks, what the image brings) is in modules
of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from reign.model.values import Spec
from reign.providers.docker.containers import conversions, forms

Section = Literal["Config", "HostConfig"]
Turn = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One key. `write` makes the engine's value of the spec's; `read` the spec's of the engine's, None where that has none."""

    field: str
    section: Section
    key: str
    write: Turn
    read: Turn


def _host(field: str, key: str, write: Turn = conversions.same, read: Turn = conversions.or_none) -> Attribute:
    return Attribute(field, "HostConfig", key, write, read)


def _own(field: str, key: str, write: Turn = conversions.same, read: Turn = conversions.or_none) -> Attribute:
    return Attribute(field, "Config", key, write, read)


IN_PLACE = (
    _host("cpus", "NanoCpus", conversions.nano, conversions.cpus),
    _host("cpu_shares", "CpuShares", read=conversions.or_none),
    _host("cpu_quota", "CpuQuota", read=conversions.or_none),
    _host("cpu_period", "CpuPeriod", read=conversions.or_none),
    _host("cpu_rt_runtime", "CpuRealtimeRuntime", read=conversions.or_none),
    _host("cpu_rt_period", "CpuRealtimePeriod", read=conversions.or_none),
    _host("cpuset", "CpusetCpus"),
    _host("mem_limit", "Memory", forms.size_bytes, conversions.size),
    _host("mem_reservation", "MemoryReservation", forms.size_bytes, conversions.size),
    _host("memswap_limit", "MemorySwap", forms.size_bytes, conversions.size),
    _host("pids_limit", "PidsLimit", read=conversions.or_none),
    _host("restart", "RestartPolicy", conversions.policy, conversions.policy_text),
)
"""What the engine changes of a container that stands. Networks, the name and the share of all disks are changed as well."""

FIXED = (
    _own("image", "Image"),
    _own("command", "Cmd", read=conversions.words),
    _own("entrypoint", "Entrypoint", read=conversions.words),
    _own("user", "User"),
    _own("working_dir", "WorkingDir"),
    _own("hostname", "Hostname"),
    _own("domainname", "Domainname"),
    _own("tty", "Tty", read=bool),
    _own("stdin_open", "OpenStdin", read=bool),
    _own("stop_signal", "StopSignal"),
    _own("stop_grace_period", "StopTimeout", conversions.seconds, conversions.grace),
    _host("annotations", "Annotations", read=conversions.mapping),
    _host("init", "Init", read=bool),
    _host("privileged", "Privileged", read=bool),
    _host("read_only", "ReadonlyRootfs", read=bool),
    _host("cap_add", "CapAdd", read=conversions.capabilities),
    _host("cap_drop", "CapDrop", read=conversions.capabilities),
    _host("group_add", "GroupAdd", read=conversions.listed),
    _host("userns_mode", "UsernsMode"),
    _host("cgroup", "CgroupnsMode"),
    _host("cgroup_parent", "CgroupParent"),
    _host("device_cgroup_rules", "DeviceCgroupRules", read=conversions.listed),
    _host("isolation", "Isolation"),
    _host("runtime", "Runtime"),
    _host("uts", "UTSMode"),
    _host("sysctls", "Sysctls", read=conversions.mapping),
    _host("mem_swappiness", "MemorySwappiness", read=conversions.same),
    _host("oom_kill_disable", "OomKillDisable", read=bool),
    _host("oom_score_adj", "OomScoreAdj", read=lambda value: value or 0),
    _host("shm_size", "ShmSize", forms.size_bytes, conversions.size),
    _host("ulimits", "Ulimits", conversions.limits, conversions.limits_read),
    _host("cpu_count", "CpuCount", read=lambda value: value or 0),
    _host("cpu_percent", "CpuPercent", read=lambda value: value or 0),
    _host("storage_opt", "StorageOpt", read=conversions.mapping),
    _host("volumes_from", "VolumesFrom", read=conversions.listed),
    _host("tmpfs", "Tmpfs", read=conversions.mapping),
    _host("dns", "Dns", read=conversions.listed),
    _host("dns_opt", "DnsOptions", read=conversions.listed),
    _host("dns_search", "DnsSearch", read=conversions.listed),
    _host("extra_hosts", "ExtraHosts", conversions.hosts, conversions.hosts_read),
    _host("logging", "LogConfig", conversions.log, conversions.log_read),
    _host("gpus", "DeviceRequests", conversions.gpus, conversions.gpus_read),
)
"""What is fixed when a container is made."""


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
