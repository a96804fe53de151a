"""What a container may do, and how it is kept apart from the machine."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator
from pydantic import Field as Described

from reign.providers.docker.containers import forms
from reign.providers.docker.specs.parts import text_map
from reign.providers.spec import IMMUTABLE, Also, Model, refuse


def _capability(name: Any) -> Any:
    """NET_ADMIN and CAP_NET_ADMIN are the same."""
    return name.upper().removeprefix("CAP_") if isinstance(name, str) else name


def _capabilities(value: Any) -> Any:
    return [_capability(name) for name in value] if isinstance(value, list) else value


def _security(value: Any) -> Any:
    """`no-new-privileges:true`, `label=disable`: with `=`, as the engine keeps them."""
    if not isinstance(value, list):
        return value
    return [_option(item) if isinstance(item, str) else item for item in value]


def _option(text: str) -> str:
    name, sign, rest = text.partition(":")
    if "=" not in name and sign:
        text = f"{name}={rest}"
    return "no-new-privileges" if text == "no-new-privileges=true" else text


Capabilities = Annotated[
    list[str] | None, BeforeValidator(_capabilities), BeforeValidator(forms.listed), Also(str), forms.SORTED, IMMUTABLE
]
Flag = Annotated[bool | None, IMMUTABLE]
Sorted = Annotated[list[str] | None, BeforeValidator(forms.listed), Also(str), forms.SORTED, IMMUTABLE]


Mode = Annotated[str | None, BeforeValidator(lambda value: value or None), IMMUTABLE]


class DeviceSpec(Model):
    """A device of the machine."""

    source: Annotated[str, Described(description="The device on the machine, or the name of a CDI device.")]
    target: Annotated[
        str | None, Described(description="Where the container has it; at the same path unless given.")
    ] = None
    permissions: Annotated[
        str | None, Described(description="What it may do: r(ead), w(rite), m(ake); rwm unless given.")
    ] = None


def device(text: str) -> dict[str, Any]:
    """`SOURCE[:TARGET][:PERMISSIONS]` as an object."""
    parts = text.split(":")
    if "=" in parts[0]:
        return {"source": text}
    if len(parts) > 3 or not all(parts):
        raise refuse(
            "docker/device",
            "Not a device",
            f"{text!r} is no device: SOURCE[:TARGET][:PERMISSIONS] is.",
            'Write it like "/dev/ttyUSB0:/dev/ttyUSB0:rwm".',
        )
    if len(parts) == 2 and not parts[1].startswith("/"):
        parts = [parts[0], parts[0], parts[1]]
    return dict(zip(("source", "target", "permissions"), parts, strict=False))


def _whole(devices: Any) -> Any:
    """With what the engine assumes."""
    for each in devices or ():
        if isinstance(each, DeviceSpec) and "=" not in str(each.source):
            each.target = each.target or each.source
            each.permissions = each.permissions or "rwm"
    return devices


class GpuSpec(Model):
    """A request for devices that a driver hands out, such as gpus."""

    driver: Annotated[str | None, Described(description="The driver, such as nvidia.")] = None
    count: Annotated[int | None, Described(ge=-1, description="How many; -1 is all of them.")] = None
    device_ids: Annotated[list[str] | None, Described(description="Which ones, instead of how many.")] = None
    capabilities: Annotated[list[str] | None, Described(description="What they have to be able to do.")] = None
    options: Annotated[
        dict[str, str] | None,
        BeforeValidator(text_map),
        Also(list[str]),
        Described(description="Options of the driver."),
    ] = None


def _gpus(value: Any) -> Any:
    """`all` is one request for all of them; each is for gpus unless it says otherwise."""
    if value == "all":
        value = [{"count": -1}]
    if not isinstance(value, list):
        return value
    return [_gpu(item) if isinstance(item, dict) else item for item in value]


def _gpu(item: dict[str, Any]) -> dict[str, Any]:
    found = {**item, "capabilities": item.get("capabilities") or ["gpu"]}
    if found.get("count") in ("all", None) and not found.get("device_ids"):
        found["count"] = -1
    return found


class Rights(Model):
    """Keys of a Compose service."""

    privileged: Annotated[Flag, Described(description="Give it nearly all that the machine's root may do.")] = None
    read_only: Annotated[Flag, Described(description="Nothing of its file system may be written but its mounts.")] = (
        None
    )
    cap_add: Annotated[Capabilities, Described(description="More capabilities of the kernel, such as NET_ADMIN.")] = (
        None
    )
    cap_drop: Annotated[Capabilities, Described(description="Capabilities that it does not get, such as ALL.")] = None
    security_opt: Annotated[
        list[str] | None,
        BeforeValidator(_security),
        forms.SORTED,
        IMMUTABLE,
        Described(description="Options of AppArmor, seccomp and SELinux, such as no-new-privileges:true."),
    ] = None
    group_add: Annotated[Sorted, Described(description="More groups of its user, by name or number.")] = None
    userns_mode: Annotated[Mode, Described(description="host: the machine's own users.")] = None
    cgroup: Annotated[
        Literal["host", "private"] | None, IMMUTABLE, Described(description="Whose control groups it sees.")
    ] = None
    cgroup_parent: Annotated[
        str | None, IMMUTABLE, Described(description="The control group that its own stands in.")
    ] = None
    devices: Annotated[
        list[Annotated[DeviceSpec, Also(str)]] | None,
        BeforeValidator(forms.each(device)),
        forms.AfterValidator(_whole),
        forms.SORTED,
        IMMUTABLE,
        Described(description="Devices of the machine, as SOURCE[:TARGET][:PERMISSIONS] or as objects."),
    ] = None
    device_cgroup_rules: Annotated[Sorted, Described(description="Rules for devices, such as c 1:3 mr.")] = None
    gpus: Annotated[
        list[GpuSpec] | None,
        BeforeValidator(_gpus),
        Also(str),
        IMMUTABLE,
        Described(description="all, or requests for devices that a driver hands out."),
    ] = None
    ipc: Annotated[
        str | None,
        IMMUTABLE,
        Described(description="Whose shared memory: none, private, shareable, host or container:NAME."),
    ] = None
    pid: Annotated[str | None, IMMUTABLE, Described(description="Whose processes it sees: host or container:NAME.")] = (
        None
    )
    uts: Annotated[Mode, Described(description="host: the machine's own name.")] = None
    isolation: Annotated[str | None, IMMUTABLE, Described(description="How it is kept apart, on Windows.")] = None
    runtime: Annotated[str | None, IMMUTABLE, Described(description="What runs it, such as runc.")] = None
    sysctls: Annotated[
        dict[str, str] | None,
        BeforeValidator(text_map),
        Also(list[str]),
        IMMUTABLE,
        Described(description="Parameters of the kernel, by name."),
    ] = None
