"""What an engine refuses, row by row: the kind of the error, its message, and what to do, as a real engine tells it."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.values import Spec
from reign.providers.docker.containers.kind import Containers
from reign.providers.docker.engine import engine_of
from tests.providers.docker.acting import Acting
from tests.services.daemon import Daemon
from tests.services.engine import PLAIN, Engine
from tests.services.machine import rooted
from tests.services.registry import Registry, free_port

pytestmark = pytest.mark.docker

WEB, NET, DATA = (Address(f"docker.{kind}", kind) for kind in ("container", "network", "volume"))
BASE: Spec = {
    "image": PLAIN,
    "command": ["sleep", "600"],
    "init": True,
    "network_mode": "none",
    "stop_grace_period": "1s",
}
NOBODY = 65534


@dataclass(frozen=True)
class Case:
    """Where a row takes place: the engine, and one project's way to it."""

    engine: Engine
    acting: Acting


Row = tuple[Callable[[Case], object], ErrorKind, str, str, str]
"""What is done, the kind, the summary, and words of the detail and of the fix; NAME stands for the project's."""


def daemon_down(case: Case) -> None:
    replace(case.acting, host=f"unix://{case.acting.folder}/none.sock").seen(NET, {})


def daemon_down_over_tcp(case: Case) -> None:
    replace(case.acting, host=f"tcp://127.0.0.1:{free_port()}").seen(NET, {})


def socket_of_others(case: Case) -> None:
    case.acting.seen(NET, {})  # with everything imported that only its owner may read
    near = case.acting.folder / "near.sock"
    near.symlink_to(case.engine.daemon.socket)
    with nobody():
        replace(case.acting, host=f"unix://{near}").seen(NET, {})


@contextmanager
def nobody() -> Iterator[None]:
    """As a user who may nothing."""
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("only root can be somebody else for a while")
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def image_not_found(case: Case) -> None:
    case.acting.create(WEB, {**BASE, "image": f"{case.engine.name}:none", "pull_policy": "never"})


def port_of_a_container(case: Case) -> None:
    ports: Spec = {**BASE, "network_mode": "bridge", "ports": [f"{free_port()}:80"]}
    case.acting.create(WEB, ports)
    case.acting.create(replace(WEB, name="other"), ports, "op-2")


def port_of_a_program(case: Case) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ports: Spec = {**BASE, "network_mode": "bridge", "ports": [f"127.0.0.1:{server.getsockname()[1]}:80"]}
        case.acting.create(WEB, ports)


def container_of_others(case: Case) -> None:
    case.engine.api.create_container(PLAIN, "true", name=f"{case.engine.name}-container")
    case.acting.create(WEB, BASE)


def network_of_others(case: Case) -> None:
    case.engine.api.create_network(f"{case.engine.name}-network")
    case.acting.create(NET, {})


def volume_of_others(case: Case) -> None:
    case.engine.api.create_volume(f"{case.engine.name}-volume")
    case.acting.create(DATA, {})


def network_in_use(case: Case) -> None:
    known, api = case.acting.create(NET, {}), case.engine.api
    settings = api.create_host_config(network_mode=known.external_id)
    made = api.create_container(PLAIN, "sleep 600", name=f"{case.engine.name}-user", host_config=settings)
    api.start(made)
    case.acting.provider.delete(known, case.acting.call("op-2"))


def volume_in_use(case: Case) -> None:
    known, api = case.acting.create(DATA, {}), case.engine.api
    settings = api.create_host_config(binds=[f"{known.external_id}:/data"])
    api.create_container(PLAIN, "true", name=f"{case.engine.name}-user", host_config=settings)
    case.acting.provider.delete(known, case.acting.call("op-2"))


ROWS: dict[str, Row] = {
    "daemon down": (
        daemon_down, ErrorKind.TRANSIENT, "Docker Engine not reached", "none.sock could not be used", "systemctl start docker",
    ),
    "daemon down, over tcp": (
        daemon_down_over_tcp, ErrorKind.TRANSIENT, "Docker Engine not reached", "Connection refused", "DOCKER_HOST",
    ),
    "no permission on the socket": (
        socket_of_others, ErrorKind.DENIED, "No permission on the engine's socket", "Permission denied", "group docker",
    ),
    "image not found": (image_not_found, ErrorKind.MISSING, "Image not found", "NAME:none", "Check its name"),
    "port taken by a container": (
        port_of_a_container, ErrorKind.CONFLICT, "Port taken", "taken by the container NAME-container",
        "stop the container NAME-container",
    ),
    "port taken by a program": (port_of_a_program, ErrorKind.CONFLICT, "Port taken", "is taken by", "Publish another port"),
    "name taken by a container": (
        container_of_others, ErrorKind.CONFLICT, "Already there, and not made by this project", "NAME-container",
        "reign import docker.container.container NAME-container",
    ),
    "name taken by a network": (
        network_of_others, ErrorKind.CONFLICT, "Already there, and not made by this project", "NAME-network",
        "reign import docker.network.network NAME-network",
    ),
    "name taken by a volume": (
        volume_of_others, ErrorKind.CONFLICT, "Already there, and not made by this project", "NAME-volume",
        "reign import docker.volume.volume NAME-volume",
    ),
    "network in use": (
        network_in_use, ErrorKind.CONFLICT, "Network in use", "removing the network NAME-network",
        "docker network disconnect",
    ),
    "volume in use": (
        volume_in_use, ErrorKind.CONFLICT, "Volume in use", "removing the volume NAME-volume", "stopped ones too",
    ),
}  # fmt: skip


@pytest.fixture
def case(engine: Engine, tmp_path: Path) -> Case:
    return Case(engine, Acting(engine.name, tmp_path, engine.address, lineage=f"{engine.name}-lineage"))


def told(error: ProviderError, row: Row, name: str) -> None:
    _, kind, summary, detail, fix = row
    assert (error.kind, error.summary) == (kind, summary), error.detail
    assert detail.replace("NAME", name) in error.detail
    assert fix.replace("NAME", name) in error.fix
    assert error.detail.endswith(".")


@pytest.mark.parametrize("what", ROWS)
def test_what_an_engine_refuses(what: str, case: Case) -> None:
    with pytest.raises(ProviderError) as raised:
        ROWS[what][0](case)
    told(raised.value, ROWS[what], case.engine.name)


@pytest.mark.parametrize("password", [None, "wrong"])
def test_what_a_registry_refuses(
    case: Case, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, password: str | None
) -> None:
    folder = tmp_path / "docker"
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    if password:
        registry.configuration(folder, password)
    with pytest.raises(ProviderError) as raised:
        case.acting.create(Address("docker.image", "it"), {"name": f"{registry.host}/{case.engine.name}:1"})
    row = (print, ErrorKind.DENIED, "Not authorised by the registry", registry.host, "docker login")
    told(raised.value, row, case.engine.name)
    assert "wrong" not in raised.value.detail


def test_what_the_kernel_kills(case: Case) -> None:
    """No call fails: what waits for the container is told why it never gets ready."""
    call, kind = case.acting.call(), Containers()
    engine = engine_of(call)
    limits: Spec = {"command": ["tail", "/dev/zero"], "mem_limit": "16m", "memswap_limit": "16m", "wait": "completed"}
    seen = kind.create(engine, case.acting.resource(WEB, {**BASE, **limits}), call)
    while (answer := kind.ready(engine, seen, call)).status == "waiting":
        engine.remaining_s()
    assert answer.status == "failed"
    assert "killed because its memory was out (exit code 137); give it more: mem_limit" in answer.reason


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_a_full_disk_refuses(lone_daemon: Daemon, tmp_path: Path) -> None:
    ran = rooted("dd", "if=/dev/zero", f"of={lone_daemon.data / 'full'}", "bs=1M", check=False)
    if "No space left" not in ran.stderr:
        pytest.skip("the engine's data stands on no disk of its own")
    with pytest.raises(ProviderError) as raised:
        Acting("full", tmp_path, lone_daemon.address).create(WEB, BASE)
    row = (print, ErrorKind.EXHAUSTED, "No space left on the engine's disk", "no space left", "docker system df")
    told(raised.value, row, "full")
