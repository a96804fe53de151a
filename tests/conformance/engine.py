"""The subjects and questions that stand on a real Docker Engine, under names of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from reign.model.values import Spec, Value
from reign.providers.registry import Registry
from tests.conformance.subjects import Question, Subject
from tests.services.engine import PLAIN, Engine
from tests.services.registry import Registry as AtRegistry

NOWHERE: Mapping[str, Value] = {"host": "unix:///nowhere/docker.sock"}
WORDS = ["sleep", "100000"]


def _subject(
    type: str, folder: Path, engine: Engine, declared: Spec, count: Callable[[], int], strange: Callable[[], Any],
    changed: Spec | None = None,
) -> Subject:  # fmt: skip
    return Subject(
        type, folder, Registry(), declared, declared if changed is None else changed, count, lambda: void(strange()),
        broken=NOWHERE, settings={"host": engine.address}, known_id=str(declared["name"]),
        unknown_id=f"{engine.name}-no-such-thing", takes_marks=False, lineage=engine.name,
    )  # fmt: skip


def void(_: object) -> None:
    """Nothing comes of it."""


def network(folder: Path, engine: Engine) -> Subject:
    name = f"{engine.name}-it"
    declared: Spec = {"name": name, "driver": "bridge", "internal": True, "labels": {"tier": "front"}}
    return _subject(
        "docker.network", folder, engine, declared,
        lambda: len(engine.networks()), lambda: engine.api.create_network(name),
    )  # fmt: skip


def volume(folder: Path, engine: Engine) -> Subject:
    name = f"{engine.name}-it"
    declared: Spec = {"name": name, "driver": "local", "driver_opts": {}, "labels": {"tier": "front"}}
    return _subject(
        "docker.volume", folder, engine, declared,
        lambda: len(engine.volumes()), lambda: engine.api.create_volume(name),
    )  # fmt: skip


def container(folder: Path, engine: Engine) -> Subject:
    name = f"{engine.name}-it"
    declared: Spec = {
        "name": name,
        "image": PLAIN,
        "command": list(WORDS),
        "environment": {"A": "b"},
        "labels": {"tier": "front"},
        "network_mode": "none",
        "init": True,
        "stop_grace_period": "1s",
        "mem_limit": "64m",
        "restart": "no",
    }
    changed: Spec = {**declared, "mem_limit": "96m", "restart": "on-failure:3"}
    return _subject(
        "docker.container", folder, engine, declared,
        lambda: len(engine.containers()), lambda: engine.api.create_container(PLAIN, WORDS, name=name), changed,
    )  # fmt: skip


def built_image(folder: Path, engine: Engine) -> Subject:
    (folder / "context").mkdir()
    (folder / "context" / "Dockerfile").write_text(f"FROM {PLAIN}\nCOPY word /word\n")
    (folder / "context" / "word").write_text(f"{engine.name}\n")  # no layer that another test takes away
    name = f"docker.io/{engine.name}/it:1"
    declared: Spec = {"name": name, "build": {"context": "context"}, "triggers": {"a": "b"}}
    return _subject(
        "docker.image", folder, engine, declared,
        lambda: len(engine.images()), lambda: engine.api.tag(PLAIN, f"{engine.name}/it", "1"),
        {**declared, "tags": [f"{engine.name}/it:2"]},
    )  # fmt: skip


def pulled_image(folder: Path, engine: Engine, registry: AtRegistry) -> Subject:
    """Of the registry of the tests, where DOCKER_CONFIG lets one in."""
    repository = f"{registry.host}/{engine.name}/it"
    auth = {"username": registry.user, "password": registry.password}
    engine.api.tag(PLAIN, repository, "1")
    for told in engine.api.push(repository, "1", stream=True, decode=True, auth_config=auth):
        assert "error" not in told, told
    engine.api.remove_image(f"{repository}:1")
    more: Spec = {"pull_policy": "missing", "platform": "linux/amd64", "keep": False, "triggers": {"a": "b"}}
    declared: Spec = {"name": f"{repository}:1", "tags": [f"{repository}:2"], "push": False, **more}
    made = _subject(
        "docker.image", folder, engine, declared,
        lambda: len(engine.images()), lambda: engine.api.tag(PLAIN, repository, "1"),
        {**declared, "tags": [f"{repository}:3"], "push": True},
    )  # fmt: skip
    return replace(made, is_everybodys=True)


ON_AN_ENGINE: dict[str, Callable[[Path, Engine], Subject]] = {
    "docker.network": network,
    "docker.volume": volume,
    "docker.container": container,
    "docker.image": built_image,
}
AT_A_REGISTRY: dict[str, Callable[[Path, Engine, AtRegistry], Subject]] = {"docker.image-pulled": pulled_image}


def _question(type: str, folder: Path, engine: Engine, spec: Spec, told: Spec) -> Question:
    missing: Spec = {**spec, "name": f"{engine.name}-no-such-thing"}
    return Question(type, folder, Registry(), spec, told, missing, {"host": engine.address})


def shared_network(folder: Path, engine: Engine) -> Question:
    name = f"{engine.name}-shared"
    engine.api.create_network(name, labels={"a": "b"}, internal=True)
    told = engine.api.inspect_network(name)
    [pool] = told["IPAM"]["Config"]
    outputs: Spec = {
        "id": told["Id"],
        "name": name,
        "scope": "local",
        "subnets": [pool["Subnet"]],
        "gateways": [pool["Gateway"]],
        "driver": "bridge",
        "internal": True,
        "labels": {"a": "b"},
    }
    return _question("data.docker.network", folder, engine, {"name": name}, outputs)


def shared_volume(folder: Path, engine: Engine) -> Question:
    name = f"{engine.name}-shared"
    engine.api.create_volume(name, labels={"a": "b"})
    told = engine.api.inspect_volume(name)
    outputs: Spec = {
        "name": name,
        "mountpoint": told["Mountpoint"],
        "scope": "local",
        "created_at": told["CreatedAt"],
        "driver": "local",
        "driver_opts": {},
        "labels": {"a": "b"},
    }
    return _question("data.docker.volume", folder, engine, {"name": name}, outputs)


def image_there(folder: Path, engine: Engine) -> Question:
    told = engine.api.inspect_image(PLAIN)
    outputs: Spec = {
        "name": PLAIN,
        "digest": None,
        "reference": told["Id"],
        "platforms": [f"{told['Os']}/{told['Architecture']}"],
    }
    return _question("data.docker.image", folder, engine, {"name": PLAIN, "source": "engine"}, outputs)


ASKED_OF_AN_ENGINE: dict[str, Callable[[Path, Engine], Question]] = {
    "data.docker.network": shared_network,
    "data.docker.volume": shared_volume,
    "data.docker.image": image_there,
}
