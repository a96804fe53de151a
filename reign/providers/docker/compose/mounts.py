"""What the containers of a service see of the machine: its volumes, and folders and files."""

from __future__ import annotations

import posixpath

from pydantic_core import PydanticCustomError

from reign.model.address import Address
from reign.model.values import Spec, Value
from reign.providers.docker.compose.project import Project
from reign.providers.docker.compose.shapes import as_list
from reign.providers.docker.compose.stores import Stores
from reign.providers.docker.compose.tree import value_of
from reign.providers.docker.containers.mounts import written_out
from reign.yaml.nodes import Mapping, Node


class Mounts:
    """Makes them for one service at a time."""

    def __init__(self, project: Project, volumes: Stores) -> None:
        self._project, self._volumes = project, volumes

    def of(self, node: Mapping, needs: list[Address]) -> list[Value]:
        """The long form of each; the volumes that are made go into `needs`."""
        written = node.get("volumes")
        found = [self._mount(item, needs) for item in (as_list(written).items if written is not None else ())]
        return [mount for mount in found if mount is not None]

    def _mount(self, item: Node, needs: list[Address]) -> Value:
        value = value_of(item)
        mount = self._written_out(item, value) if isinstance(value, str) else value
        if not isinstance(mount, dict):
            return mount
        source, target = mount.get("source"), mount.get("target")
        if isinstance(target, str) and target.startswith("/"):
            mount = {**mount, "target": posixpath.normpath(target)}
        if isinstance(source, str) and source.startswith("~"):
            self._home(item)
        if mount.get("type") == "volume" and isinstance(source, str) and source:
            store = self._volumes.use(source, item)
            if store is not None:
                needs += [store.address] if store.address is not None else []
                return {**mount, "source": store.name}
        return mount

    def _written_out(self, item: Node, text: str) -> Spec | None:
        try:
            return written_out(text)
        except PydanticCustomError as error:
            said = error.context or {}
            self._project.problems.at(item, said["code"], said["summary"], said["detail"], said["fix"])
            return None

    def _home(self, item: Node) -> None:
        self._project.problems.at(
            item,
            "docker/compose-home",
            "Folder of whoever runs this",
            "~ is another folder for everybody who applies this, and the environment is not read.",
            "Write ${HOME}, and give HOME under `environment` of the block; or a path inside the project.",
        )
