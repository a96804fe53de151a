"""A project with images: its folder, and calls of it to the engine of the tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reign.model.address import Address
from reign.model.resource import Observation, Resource, Snapshot
from reign.model.values import Spec
from reign.ports import Call, Connection, Site, Wanted
from reign.providers.docker import Docker

if TYPE_CHECKING:
    from tests.services.engine import Engine


class World:
    """One project. `engine`: that of the tests."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.folder, self.engine, self.docker = folder, engine, Docker()
        site = Site(str(folder), str(folder), str(folder / ".reign"), engine.name, project=engine.name)
        self.call = Call("key-1", Connection("docker"), site, deadline_s=300)

    def resource(self, spec: Spec, name: str = "web") -> Resource:
        """A declared image, as a plan has it."""
        block = Resource(Address("docker.image", name), self.docker.normalize("docker.image", spec), "docker")
        (found,) = self.docker.expand(block, self.call)
        return found

    def container(self, address: Address, spec: Spec) -> Resource:
        """A declared container."""
        return Resource(address, self.docker.normalize(address.type, spec), "docker")

    def create(self, spec: Spec, name: str = "web", **call: object) -> Snapshot:
        """Make it, and say what the state has then."""
        desired = self.resource(spec, name)
        seen = self.docker.create(desired, replace(self.call, **call))  # type: ignore[arg-type]
        return self.held(desired, seen)

    def update(self, prior: Snapshot, spec: Spec) -> Snapshot:
        """Change it."""
        desired = self.resource(spec, prior.address.name)
        return self.held(desired, self.docker.update(desired, prior, replace(self.call, key="key-2")))

    def held(self, desired: Resource, seen: Observation) -> Snapshot:
        """What the state has of it: as declared, where the engine cannot tell."""
        spec = {**desired.spec, **seen.spec}
        return Snapshot(
            desired.address, "docker", seen.external_id, spec, seen.outputs, found=seen.found, create_key="key-1"
        )

    def look(self, known: Snapshot | None, spec: Spec | None = None, key: str = "", name: str = "web") -> Observation:
        """What is there. Raises what cannot be told; fails for nothing."""
        found = self.look_or_none(known, spec, key, name)
        assert found is not None
        return found

    def look_or_none(
        self, known: Snapshot | None, spec: Spec | None = None, key: str = "", name: str = "web"
    ) -> Observation | None:
        """As `look`; None for nothing."""
        desired = self.resource(spec, name) if spec is not None else None
        address = known.address if known else Address("docker.image", name)
        found = self.docker.observe([Wanted(address, desired, known, key)], self.call)[address]
        if isinstance(found, Exception):
            raise found
        return found

    def write(self, path: str, text: str | bytes) -> Path:
        """A file of the project."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    def read(self, image: str, path: str) -> bytes:
        """A file in an image."""
        import io
        import tarfile

        api = self.engine.api
        made = api.create_container(image, ["/nothing"], labels={"reign.test": self.engine.name})["Id"]
        try:
            chunks, _ = api.get_archive(made, path)
            with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
                file = tar.extractfile(tar.getmembers()[0])
                return file.read() if file else b""
        finally:
            api.remove_container(made)


@pytest.fixture
def world(tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> World:
    """A project on the engine of the tests, signed in nowhere."""
    monkeypatch.setenv("DOCKER_HOST", engine.address)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    (tmp_path / "project").mkdir()
    return World(tmp_path / "project", engine)


@pytest.fixture
def app(world: World) -> Callable[[], Spec]:
    """A context that builds in a moment; its spec."""
    world.write("app/Dockerfile", "FROM scratch\nCOPY . /app/\n")
    world.write("app/index.html", "hello")
    return lambda: {"build": {"context": "app"}}
