"""What one test has of the engine: names of its own, and nothing left of them afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from docker import APIClient

from tests.services.daemon import Daemon, remove
from tests.services.images import FURNISHED, HEALTHY, PLAIN

__all__ = ["FURNISHED", "HEALTHY", "PLAIN", "Engine"]


@dataclass(frozen=True)
class Engine:
    """A Docker Engine, and `name`, with which the names begin of all that a test makes there: a project of that name will
    do. `api` is a client beside Reign's.
    """

    daemon: Daemon
    name: str
    api: APIClient

    @classmethod
    def of(cls, daemon: Daemon) -> Engine:
        """With a new name."""
        return cls(daemon, f"t{uuid4().hex[:8]}", daemon.api())

    @property
    def address(self) -> str:
        """What DOCKER_HOST names."""
        return self.daemon.address

    @property
    def environ(self) -> dict[str, str]:
        """What a command is given to find it."""
        return {"DOCKER_HOST": self.address}

    def is_ours(self, listed: dict[str, Any]) -> bool:
        """Whether something that the engine lists is this test's, by its name or by a label that names its project."""
        names = [listed.get("Name") or "", *(listed.get("Names") or ()), *(listed.get("RepoTags") or ())]
        labels = listed.get("Labels") or {}
        told = [re.sub("^/", "", name) for name in names] + [str(value) for value in labels.values()]
        return any(re.match(rf"(.*[/_-])?{self.name}", each) for each in told)

    def containers(self) -> list[dict[str, Any]]:
        """This test's, also those that do not run, as the engine lists them."""
        return [each for each in self.api.containers(all=True) if self.is_ours(each)]

    def networks(self) -> list[dict[str, Any]]:
        """The same of networks."""
        return [each for each in self.api.networks() if self.is_ours(each)]

    def volumes(self) -> list[dict[str, Any]]:
        """The same of volumes."""
        return [each for each in self.api.volumes()["Volumes"] or () if self.is_ours(each)]

    def images(self) -> list[dict[str, Any]]:
        """The same of images, by their tags or labels."""
        return [each for each in self.api.images() if self.is_ours(each)]

    def close(self) -> None:
        """Remove all of it."""
        try:
            remove(self.api, self.is_ours)
        finally:
            self.api.close()
