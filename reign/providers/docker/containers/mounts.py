"""Volumes, folders of the machine and memory that a container sees: every form as one, and to the engine and back.

Folders of the machine and plain volumes go to the engine as `Binds`, which makes a folder that is missing, as the short
form promises; what a bind cannot say goes as `Mounts`. Both are read back from the container's configuration, so that what
the image brings is not taken for ours.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator
from pydantic import Field as Described

from reign.model.schema import Kind
from reign.model.values import Spec
from reign.providers.docker.containers import forms
from reign.providers.spec import Model, Reads, refuse

_PROPAGATION = ("rprivate", "private", "rshared", "shared", "rslave", "slave")
_WINDOWS = re.compile(r"[a-zA-Z]:[\\/]")

PAIRS = Kind("map", item=Kind("string"), also=(Kind("list", item=Kind("string")),))
"""A map, which may be written as a list of `K=V`."""
Size = Annotated[str, BeforeValidator(forms.size)]


def _octal(value: Any) -> Any:
    """Permissions as four octal digits; a number is one that YAML has read as such."""
    text = f"{value:o}" if isinstance(value, int) and not isinstance(value, bool) else str(value).removeprefix("0o")
    if not re.fullmatch(r"[0-7]{1,5}", text):
        raise refuse("docker/mount", "Not a file mode", f"The mode {text!r} is none.", 'Write it like "1777".')
    return text.lstrip("0").zfill(4)


class BindOptions(Model):
    """What only a folder of the machine has."""

    propagation: Annotated[
        Literal["rprivate", "private", "rshared", "shared", "rslave", "slave"] | None,
        Described(description="How mounts made later inside of it are seen on the other side."),
    ] = None
    create_host_path: Annotated[
        bool, Described(description="Make the folder where it is missing; false: that is an error.")
    ] = True
    recursive: Annotated[
        Literal["enabled", "disabled", "writable", "readonly"] | None,
        Described(description="Whether mounts inside of it come along, and as what. Needs an engine of API 1.44."),
    ] = None
    selinux: Annotated[
        Literal["z", "Z"] | None, Described(description="Relabel it: z to be shared, Z for this container alone.")
    ] = None


class VolumeOptions(Model):
    """What only a volume has."""

    nocopy: Annotated[bool, Described(description="Do not fill a new volume with what the image has there.")] = False
    subpath: Annotated[str | None, Described(description="Only this folder of it. Needs an engine of API 1.45.")] = None
    labels: Annotated[
        dict[str, str] | None,
        BeforeValidator(forms.pairs),
        Reads(PAIRS),
        Described(description="Labels of a volume that is made for this mount."),
    ] = None


class TmpfsOptions(Model):
    """What only memory has."""

    size: Annotated[Size | None, Described(description="How much it may hold, such as 64m.")] = None
    mode: Annotated[str | None, BeforeValidator(_octal), Described(description="Its permissions in octal digits.")] = (
        None
    )


class ImageOptions(Model):
    """What only an image has."""

    subpath: Annotated[str | None, Described(description="Only this folder of it. Needs an engine of API 1.48.")] = None


class MountSpec(Model):
    """Something that the container sees at a path."""

    type: Annotated[
        Literal["bind", "volume", "tmpfs", "image", "npipe", "cluster"],
        Described(description="bind (a folder of the machine), volume, tmpfs (memory), image, npipe or cluster."),
    ]
    source: Annotated[
        str | None,
        Described(
            description="The folder, relative to the project's, the volume or the image; a nameless volume unless given."
        ),
    ] = None
    target: Annotated[str, Described(description="Where the container sees it.")]
    read_only: Annotated[bool, Described(description="Nothing may be written there.")] = False
    consistency: Annotated[str | None, Described(description="A hint for Docker Desktop; others ignore it.")] = None
    bind: Annotated[BindOptions | None, Described(description="More about a folder of the machine.")] = None
    volume: Annotated[VolumeOptions | None, Described(description="More about a volume.")] = None
    tmpfs: Annotated[TmpfsOptions | None, Described(description="More about memory.")] = None
    image: Annotated[ImageOptions | None, Described(description="More about an image.")] = None

    @model_validator(mode="after")
    def _one_kind(self) -> MountSpec:
        for name in ("bind", "volume", "tmpfs", "image"):
            if (
                getattr(self, name) is not None
                and self.type in ("bind", "volume", "tmpfs", "image")
                and self.type != name
            ):
                raise refuse(
                    "docker/mount",
                    "Options of another mount",
                    f"{name!r} tells more about a {name}, and this is a {self.type}.",
                    f"Remove it, or write type: {name}.",
                )
        if self.type == "bind":
            if self.source is None:
                raise refuse("docker/mount", "Mount of nothing", "A bind needs a source.", "Name the folder.")
            self.bind = self.bind or BindOptions()
        return self


def written_out(text: str) -> dict[str, Any]:
    """`[SOURCE:]TARGET[:OPTIONS]` as an object. What looks like a path is a folder of the machine, else it is a volume."""
    drive, rest = (text[:2], text[2:]) if _WINDOWS.match(text) else ("", text)
    parts = rest.split(":")
    parts[0] = drive + parts[0]
    if len(parts) > 3 or not all(parts):
        raise refuse(
            "docker/mount",
            "Not a mount",
            f"{text!r} is no mount: [SOURCE:]TARGET[:OPTIONS] is.",
            'Write it like "data:/var/lib/data" or "./web:/srv:ro".',
        )
    if len(parts) == 1:
        return {"type": "volume", "target": parts[0]}
    source, target, options = parts[0], parts[1], parts[2].split(",") if len(parts) == 3 else []
    is_path = source[0] in "./~\\" or bool(drive)
    found: dict[str, Any] = {"type": "bind" if is_path else "volume", "source": source, "target": target}
    for option in options:
        _add(found, option, text)
    return found


def _add(found: dict[str, Any], option: str, text: str) -> None:
    inner = found.setdefault(found["type"], {})
    if option in ("ro", "rw"):
        found["read_only"] = option == "ro"
    elif option in ("z", "Z") and found["type"] == "bind":
        inner["selinux"] = option
    elif option == "nocopy" and found["type"] == "volume":
        inner["nocopy"] = True
    elif option in _PROPAGATION and found["type"] == "bind":
        inner["propagation"] = option
    elif option in ("cached", "delegated", "consistent"):
        found["consistency"] = option
    else:
        raise refuse(
            "docker/mount",
            "Not a mount",
            f"{text!r} ends with the option {option!r}, which a {found['type']} does not have.",
            "Options are ro, rw, z, Z, nocopy, cached, and how mounts are propagated (rprivate, rshared, rslave, ...).",
        )
    if not inner:
        found.pop(found["type"])


# To the engine


def on_machine(source: str, folder: str) -> str:
    """The path that the source of a bind names on the machine; `folder` is the project's."""
    if source.startswith("~"):
        return str(Path(source).expanduser())
    is_whole = source.startswith(("/", "\\")) or _WINDOWS.match(source)
    return source if is_whole else os.path.normpath(f"{folder}/{source}")


def to_engine(
    mounts: Iterable[Mapping[str, Any]], folder: str
) -> tuple[list[str], list[dict[str, Any]], dict[str, Any]]:
    """HostConfig.Binds, HostConfig.Mounts and Config.Volumes."""
    binds: list[str] = []
    rest: list[dict[str, Any]] = []
    nameless: dict[str, Any] = {}
    for mount in mounts:
        source = on_machine(mount["source"], folder) if mount["type"] == "bind" else mount.get("source")
        if _is_nameless(mount):
            nameless[mount["target"]] = {}
        elif source is not None and _fits_a_line(mount, source):
            binds.append(_line(mount, source))
        else:
            rest.append(_object(mount, source))
    return binds, rest, nameless


def _is_nameless(mount: Mapping[str, Any]) -> bool:
    said = {name for name, value in mount.items() if value}
    return mount["type"] == "volume" and said == {"type", "target"}


def _fits_a_line(mount: Mapping[str, Any], source: str) -> bool:
    if ":" in mount["target"] or (":" in source and not _WINDOWS.match(source)):
        return False
    if mount["type"] == "bind":
        options = mount.get("bind") or {}
        return bool(options.get("create_host_path", True)) and "recursive" not in options
    return mount["type"] == "volume" and not {"subpath", "labels"} & set(mount.get("volume") or {})


def _line(mount: Mapping[str, Any], source: str) -> str:
    bind, volume = mount.get("bind") or {}, mount.get("volume") or {}
    options = ["ro" if mount.get("read_only") else "rw"]
    options += [bind[name] for name in ("selinux", "propagation") if name in bind]
    options += ["nocopy"] if volume.get("nocopy") else []
    return ":".join([source, mount["target"], *([",".join(options)] if options != ["rw"] else [])])


def _object(mount: Mapping[str, Any], source: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {"Type": mount["type"], "Target": mount["target"]}
    found.update({"Source": source} if source is not None else {})
    found.update({"ReadOnly": True} if mount.get("read_only") else {})
    options = mount.get(mount["type"]) or {}
    match mount["type"]:
        case "bind":
            found["BindOptions"] = _bind_options(options)
        case "volume":
            told = {"NoCopy": options.get("nocopy"), "Subpath": options.get("subpath"), "Labels": options.get("labels")}
            found["VolumeOptions"] = {name: value for name, value in told.items() if value}
        case "tmpfs":
            told = {}
            if "size" in options:
                told["SizeBytes"] = forms.size_bytes(options["size"])
            if "mode" in options:
                told["Mode"] = int(str(options["mode"]), 8)
            found["TmpfsOptions"] = told
        case "image":
            found["ImageOptions"] = {"Subpath": options["subpath"]} if "subpath" in options else {}
    return found


_RECURSIVE = {"disabled": "NonRecursive", "writable": "ReadOnlyNonRecursive", "readonly": "ReadOnlyForceRecursive"}


def _bind_options(options: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"Propagation": options["propagation"]} if "propagation" in options else {}
    if options.get("create_host_path", True):
        found["CreateMountpoint"] = True
    if options.get("recursive") in _RECURSIVE:
        found[_RECURSIVE[options["recursive"]]] = True
    return found


# From the engine


def from_engine(
    binds: Iterable[str] | None,
    mounts: Iterable[Mapping[str, Any]] | None,
    nameless: Iterable[str],
    told: Any,
    folder: str,
) -> list[Spec]:
    """The inverse of `to_engine`. `told` is how the same mounts are declared: a path that leads to the same folder is
    told as it is written there.
    """
    found: list[Spec] = [{**written_out(bind)} for bind in binds or ()]
    found += [_of_object(mount) for mount in mounts or ()]
    found += [{"type": "volume", "target": target} for target in nameless]
    places = {mount.get("target"): mount for mount in told or () if isinstance(mount, dict)}
    return [_as_told(mount, places.get(mount["target"]), folder) for mount in found]


def _as_told(mount: Spec, told: Mapping[str, Any] | None, folder: str) -> Spec:
    if told is None or told.get("type") != mount["type"]:
        return mount
    extra = {"consistency": told["consistency"]} if "consistency" in told and "consistency" not in mount else {}
    source = told.get("source")
    if mount["type"] == "bind" and isinstance(source, str) and on_machine(source, folder) == mount.get("source"):
        extra["source"] = source
    kind = str(mount["type"])
    if kind in told and kind not in mount:
        extra[kind] = {}
    return {**mount, **extra}


def _of_object(mount: Mapping[str, Any]) -> Spec:
    kind = str(mount["Type"])
    found: Spec = {"type": kind, "target": mount["Target"], "read_only": bool(mount.get("ReadOnly"))}
    if mount.get("Source"):
        found["source"] = mount["Source"]
    options = _options(kind, mount)
    if options or kind == "bind":
        found[kind] = options
    return found


def _options(kind: str, mount: Mapping[str, Any]) -> Spec:
    told: Mapping[str, Any] = mount.get(f"{kind.capitalize()}Options") or {}
    found: Spec = {}
    if kind == "bind":
        found["create_host_path"] = bool(told.get("CreateMountpoint"))
        found["recursive"] = next((word for word, name in _RECURSIVE.items() if told.get(name)), None)
        found["propagation"] = told.get("Propagation") or None
    elif kind == "volume":
        found = {"nocopy": bool(told.get("NoCopy")), "subpath": told.get("Subpath"), "labels": told.get("Labels")}
    elif kind == "tmpfs":
        found["size"] = str(told["SizeBytes"]) if told.get("SizeBytes") else None
        found["mode"] = f"{told['Mode']:04o}" if told.get("Mode") else None
    elif kind == "image":
        found["subpath"] = told.get("Subpath")
    return {name: value for name, value in found.items() if value} if kind != "bind" else found
