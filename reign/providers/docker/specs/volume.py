"""The spec of `docker.volume`: the keys of a Compose volume."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field as Described

from reign.model.schema import Kind, Output, When
from reign.providers.docker.specs.parts import EXTERNAL, NAMED_BY, Labels, Name, NamedSpec, Texts
from reign.providers.spec import IMMUTABLE, Model, Refusal, TypeSpec


class VolumeSpec(Model):
    """A volume for what containers keep."""

    refusals: ClassVar[Mapping[str, Refusal]] = {"external": EXTERNAL}

    name: Name = None
    driver: Annotated[str, IMMUTABLE, Described(min_length=1, description="The driver of the volume.")] = "local"
    driver_opts: Annotated[
        Texts, IMMUTABLE, Described(default_factory=dict, description="Options of that driver, as of mount(8).")
    ]
    labels: Annotated[Labels, IMMUTABLE, Described(default_factory=dict)]


_TEXT = Kind("string")
_OUTPUTS = {
    "name": Output(_TEXT, description="What it is called there."),
    "mountpoint": Output(_TEXT, description="Where it stands on the engine's machine."),
    "scope": Output(_TEXT, description="How far it reaches: local, or global."),
    "created_at": Output(_TEXT, description="When it was made."),
}

VOLUME = TypeSpec("docker.volume", VolumeSpec, _OUTPUTS, named_by=NAMED_BY, fills=When())


class LookedUpVolumeSpec(NamedSpec):
    """A volume that is there already."""


LOOKED_UP_VOLUME = TypeSpec(
    "data.docker.volume",
    LookedUpVolumeSpec,
    {
        **_OUTPUTS,
        "driver": Output(_TEXT, description="Its driver."),
        "driver_opts": Output(Kind("map", _TEXT), description="Options of that driver."),
        "labels": Output(Kind("map", _TEXT), description="Its labels."),
    },
    marked=False,
    named_by=NAMED_BY,
    data=True,
)
