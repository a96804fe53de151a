"""What a container sees at its paths: mounts, memory, and files that are put into it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic import Field as Described

from reign.providers.docker.containers import contents, forms, shapes
from reign.providers.docker.containers import mounts as mount_forms
from reign.providers.docker.containers.rights import Sorted
from reign.providers.spec import IMMUTABLE, OPAQUE, Also, Mark, Model

MOUNTS = Mark(immutable=True, holds=True)


class Storage(Model):
    """Keys of a Compose service, and `files`."""

    volumes: Annotated[
        list[Annotated[mount_forms.MountSpec, Also(str)]] | None,
        BeforeValidator(forms.each(mount_forms.written_out)),
        forms.SORTED,
        MOUNTS,
        Described(description="What it sees at its paths, as [SOURCE:]TARGET[:OPTIONS] or as objects."),
    ] = None
    volumes_from: Annotated[Sorted, Described(description="Containers whose mounts it gets, as NAME[:ro].")] = None
    tmpfs: Annotated[
        dict[str, str] | None,
        forms.made_by(shapes.memory_paths),
        BeforeValidator(forms.listed),
        Also(list[str], str),
        IMMUTABLE,
        Described(description="Paths that are kept in memory, each with its options: /run, or /tmp:size=64m."),
    ] = None
    files: contents.Files = None

    def in_memory(self) -> list[str]:
        """The paths that are kept in memory, as far as they are known."""
        mounts: Any = self.volumes or []
        mounted = [] if isinstance(mounts, OPAQUE) else [each for each in mounts if not isinstance(each, OPAQUE)]
        paths: Any = self.tmpfs or {}
        return [
            *([] if isinstance(paths, OPAQUE) else paths),
            *(each.target for each in mounted if each.type == "tmpfs"),
        ]
