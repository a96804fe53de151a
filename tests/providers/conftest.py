"""A bench to try providers on: one project folder, one registry."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reign.model.address import parse_address
from reign.model.errors import InvalidSpec, ProviderError
from reign.model.resource import Observation, Resource, Snapshot
from reign.model.values import Spec, Value
from reign.ports import Call, Connection, Site, Wanted
from reign.providers.registry import Registry


@dataclass
class Bench:
    """Makes resources and calls in `project`, which stands in `top` beside what must not be touched."""

    top: Path
    settings: dict[str, Value] = field(default_factory=dict)
    registry: Registry = field(default_factory=Registry)

    @property
    def project(self) -> Path:
        return self.top / "project"

    def call(self, key: str = "op-1", lineage: str = "ours", deadline_s: float = 30.0) -> Call:
        folder = str(self.project)
        site = Site(folder, folder, str(self.project / ".reign"), lineage)
        return Call(key, Connection("local", self.settings), site, deadline_s=deadline_s)

    def resource(self, address: str, spec: Spec) -> Resource:
        where = parse_address(address)
        return Resource(where, self.registry.normalize(where.type, spec), where.provider)

    def create(self, address: str, spec: Spec, key: str = "op-1") -> Snapshot:
        desired = self.resource(address, spec)
        provider = self.registry.provider(desired.address.provider)
        return self.recorded(desired, provider.create(desired, self.call(key)))

    def update(self, prior: Snapshot, spec: Spec) -> Snapshot:
        desired = self.resource(str(prior.address), spec)
        provider = self.registry.provider(desired.address.provider)
        return self.recorded(desired, provider.update(desired, prior, self.call("op-2")))

    def delete(self, prior: Snapshot) -> None:
        self.registry.provider(prior.address.provider).delete(prior, self.call("op-3"))

    def observe(self, address: str, spec: Spec, known: Snapshot | None = None) -> Observation | ProviderError | None:
        desired = self.resource(address, spec)
        provider = self.registry.provider(desired.address.provider)
        return provider.observe([Wanted(desired.address, desired, known)], self.call())[desired.address]

    def recorded(self, desired: Resource, seen: Observation) -> Snapshot:
        return Snapshot(desired.address, "", seen.external_id, desired.spec, seen.outputs)

    def refused(self, type: str, spec: dict[str, Any]) -> list[tuple[object, str]]:
        """What is wrong with a spec: path and code of each problem."""
        with pytest.raises(InvalidSpec) as raised:
            self.registry.normalize(type, spec)
        return [(problem.path, problem.code) for problem in raised.value.problems]

    def failed(self, spec: dict[str, Any], address: str = "shell.command.a") -> ProviderError:
        """How a create fails that must."""
        with pytest.raises(ProviderError) as raised:
            self.create(address, spec)
        assert raised.value.summary
        assert raised.value.fix
        return raised.value

    def acts(self, spec: dict[str, Any], field: str) -> str:
        """What the planner would do for a change of `field` of a `shell.command`."""
        schema = self.registry.schema("shell.command")
        assert schema is not None
        meaning = schema.fields[field]
        if meaning.recorded:
            return "recorded"
        return "replace" if meaning.replaces(self.registry.normalize("shell.command", spec)) else "update"

    def tree(self) -> dict[str, str]:
        """What stands in `top`, the state aside: path -> content, mode and kind."""
        found = {}
        for path in sorted(self.top.rglob("*")):
            if ".reign" not in path.parts:
                kind = f"-> {path.readlink()}" if path.is_symlink() else "folder" if path.is_dir() else path.read_text()
                found[str(path.relative_to(self.top))] = kind
        return found

    def marks(self) -> int:
        folder = self.project / ".reign" / "marks"
        return len(list(folder.iterdir())) if folder.is_dir() else 0


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    (tmp_path / "project").mkdir()
    return Bench(tmp_path)
