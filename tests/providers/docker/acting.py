"""What tests of the docker provider need to call it as the executor does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reign.model.address import Address
from reign.model.resource import Lifecycle, Observation, Resource, Snapshot
from reign.model.values import Spec, Value
from reign.ports import Call, Connection, Provider, Site, Wanted
from reign.providers.registry import Registry


@dataclass
class Acting:
    """One project's way to one engine."""

    project: str
    folder: Path
    host: str
    lineage: str = "lineage-1"

    @property
    def provider(self) -> Provider:
        return Registry().provider("docker")

    def call(self, key: str = "op-1", deadline_s: float = 100.0, settings: Mapping[str, Value] | None = None) -> Call:
        site = Site(str(self.folder), str(self.folder), str(self.folder / ".reign"), self.lineage, self.project)
        used = {"host": self.host} if settings is None else settings
        return Call(key, Connection("docker", dict(used)), site, deadline_s=deadline_s)

    def resource(self, address: Address, spec: Spec, first: bool = False) -> Resource:
        normalised = Registry().normalize(address.type, spec)
        return Resource(address, normalised, "docker", lifecycle=Lifecycle(create_before_destroy=first))

    def create(self, address: Address, spec: Spec, key: str = "op-1", first: bool = False) -> Snapshot:
        desired = self.resource(address, spec, first)
        return held(desired, self.provider.create(desired, self.call(key)), key)

    def seen(self, address: Address, spec: Spec, known: Snapshot | None = None, key: str = "") -> Observation | None:
        wanted = Wanted(address, self.resource(address, spec), known, key)
        answer = self.provider.observe([wanted], self.call())[address]
        assert not isinstance(answer, Exception), answer
        return answer


def held(desired: Resource, seen: Observation, key: str) -> Snapshot:
    return Snapshot(desired.address, "docker", seen.external_id, desired.spec, seen.outputs, create_key=key)
