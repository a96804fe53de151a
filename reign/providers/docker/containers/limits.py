"""What a container may use: the keys of a Compose service about processor, memory, processes and disks."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic import Field as Described

from reign.providers.docker.containers import forms
from reign.providers.docker.containers.mounts import Size
from reign.providers.spec import IMMUTABLE, Also, Model, refuse

Microseconds = Annotated[int, BeforeValidator(forms.microseconds)]


def _cpus(value: Any) -> Any:
    """A number of processors, as the shortest text that says it."""
    try:
        return f"{round(float(value) * 1e9) / 1e9:.9f}".rstrip("0").rstrip(".")
    except (TypeError, ValueError):
        raise refuse(
            "docker/cpus", "Not a number of processors", f"{value!r} is none.", "Write it like 0.5 or 2."
        ) from None


def _unlimited(value: Any) -> Any:
    """No limit is written in two ways."""
    return -1 if str(value) == "0" else value


class DeviceWeight(Model):
    """The share of one disk."""

    path: Annotated[str, Described(description="The device, such as /dev/sda.")]
    weight: Annotated[int, Described(ge=10, le=1000, description="Its share.")]


class DeviceRate(Model):
    """The most that one disk is used."""

    path: Annotated[str, Described(description="The device, such as /dev/sda.")]
    rate: Annotated[str, BeforeValidator(forms.size), Described(description="So much in a second, such as 12m.")]


class DeviceCount(Model):
    """How often one disk is used at most."""

    path: Annotated[str, Described(description="The device, such as /dev/sda.")]
    rate: Annotated[int, Described(ge=0, description="So many operations in a second.")]


Rates = Annotated[list[DeviceRate] | None, forms.SORTED, IMMUTABLE]
Counts = Annotated[list[DeviceCount] | None, forms.SORTED, IMMUTABLE]


class BlkioSpec(Model):
    """The use of disks."""

    weight: Annotated[int | None, Described(ge=10, le=1000, description="Its share of all disks.")] = None
    weight_device: Annotated[
        list[DeviceWeight] | None, forms.SORTED, IMMUTABLE, Described(description="Its share of single ones.")
    ] = None
    device_read_bps: Annotated[Rates, Described(description="The most that is read from them.")] = None
    device_write_bps: Annotated[Rates, Described(description="The most that is written to them.")] = None
    device_read_iops: Annotated[Counts, Described(description="How often they are read at most.")] = None
    device_write_iops: Annotated[Counts, Described(description="How often they are written at most.")] = None


class UlimitSpec(Model):
    """One limit of the kernel for each process."""

    soft: Annotated[int, Described(description="What holds; -1 is no limit.")]
    hard: Annotated[int, Described(description="How far a process may raise it.")]


def _ulimits(value: Any) -> Any:
    """One number stands for both."""
    if not isinstance(value, dict):
        return value
    return {name: {"soft": item, "hard": item} if isinstance(item, int | str) else item for name, item in value.items()}


class Limits(Model):
    """What is changed in place stands first; the rest is fixed when the container is made."""

    cpus: Annotated[
        str | None, BeforeValidator(_cpus), Described(description="So many processors at most, such as 0.5.")
    ] = None
    cpu_shares: Annotated[
        int | None, Described(ge=2, description="Its share when processors are busy; 1024 is normal.")
    ] = None
    cpu_quota: Annotated[
        Microseconds | None, Described(description="So much processor time in each cpu_period, in µs.")
    ] = None
    cpu_period: Annotated[Microseconds | None, Described(description="The length of a period in µs.")] = None
    cpu_rt_runtime: Annotated[Microseconds | None, Described(description="Real-time part of a period, in µs.")] = None
    cpu_rt_period: Annotated[Microseconds | None, Described(description="The length of a real-time period in µs.")] = (
        None
    )
    cpuset: Annotated[str | None, Described(description="The processors that it may use, such as 0-2 or 0,2.")] = None
    mem_limit: Annotated[Size | None, Described(description="So much memory at most, such as 512m.")] = None
    mem_reservation: Annotated[Size | None, Described(description="So much of it where memory is short.")] = None
    memswap_limit: Annotated[
        Size | None, Described(description="Memory and swap together; -1 is no limit. Twice mem_limit unless given.")
    ] = None
    pids_limit: Annotated[
        int | None,
        BeforeValidator(_unlimited),
        Described(ge=-1, description="So many processes at most; -1 is no limit."),
    ] = None
    blkio_config: Annotated[BlkioSpec | None, Described(description="The use of disks.")] = None
    mem_swappiness: Annotated[
        int | None, IMMUTABLE, Described(ge=0, le=100, description="How readily memory is swapped out.")
    ] = None
    oom_kill_disable: Annotated[bool | None, IMMUTABLE, Described(description="Never kill it when memory is out.")] = (
        None
    )
    oom_score_adj: Annotated[
        int | None, IMMUTABLE, Described(ge=-1000, le=1000, description="How soon it is killed when memory is out.")
    ] = None
    shm_size: Annotated[Size | None, IMMUTABLE, Described(description="The size of /dev/shm, such as 64m.")] = None
    ulimits: Annotated[
        dict[str, Annotated[UlimitSpec, Also(int)]] | None,
        BeforeValidator(_ulimits),
        IMMUTABLE,
        Described(description="Limits of the kernel for each process: a number for soft and hard, or both."),
    ] = None
    cpu_count: Annotated[int | None, IMMUTABLE, Described(ge=0, description="Processors, on Windows.")] = None
    cpu_percent: Annotated[int | None, IMMUTABLE, Described(ge=0, le=100, description="Share of them, on Windows.")] = (
        None
    )
    storage_opt: Annotated[
        dict[str, str] | None, IMMUTABLE, Described(description="Options of the storage driver, such as size.")
    ] = None
