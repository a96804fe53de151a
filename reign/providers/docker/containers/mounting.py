"""Mounts to the engine and back.

Folders of the machine and plain volumes go to the engine as `Binds`, which makes a folder that is missing, as the short
form promises; what a bind cannot say goes as `Mounts`. Both are read back from the container's configuration, so that what
the image brings is not taken for ours.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from reign.model.values import Spec
from reign.providers.docker.containers import forms
from reign.providers.docker.containers.mounts import WINDOWS, written_out

# To the engine


def on_machine(source: str, folder: str) -> str:
    """The path that the source of a bind names on the machine; `folder` is the project's."""
    if source.startswith("~"):
        return str(Path(source).expanduser())
    is_whole = source.startswith(("/", "\\")) or WINDOWS.match(source)
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
    if ":" in mount["target"] or (":" in source and not WINDOWS.match(source)):
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
