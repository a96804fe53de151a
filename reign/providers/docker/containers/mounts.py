"""Volumes, folders of the machine and memory that a container sees: every form as one. See `mounting`."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator
from pydantic import Field as Described

from reign.model.schema import Kind
from reign.providers.docker.containers import forms
from reign.providers.spec import Model, Reads, refuse

_PROPAGATION = ("rprivate", "private", "rshared", "shared", "rslave", "slave")
WINDOWS = re.compile(r"[a-zA-Z]:[\\/]")

PAIRS = Kind("map", item=Kind("string"), also=(Kind("list", item=Kind("string")),))
"""A map, which may be written as a list of `K=V`."""
Size = Annotated[str, BeforeValidator(forms.size)]


def octal(value: Any) -> Any:
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
    mode: Annotated[str | None, BeforeValidator(octal), Described(description="Its permissions in octal digits.")] = (
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
    drive, rest = (text[:2], text[2:]) if WINDOWS.match(text) else ("", text)
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
