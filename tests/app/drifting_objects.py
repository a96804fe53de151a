"""The rows of `docker.*` in the table of `drifting`: what somebody does who has the engine's own interface."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

from docker.types import IPAMConfig, IPAMPool

from tests.app.drifting_containers import BASE, containers, doubtful, marks_of
from tests.app.drifting_images import images
from tests.app.drifting_rows import GONE, Do, Row
from tests.services.engine import FURNISHED, HEALTHY, PLAIN, Engine
from tests.services.lease import Lease
from tests.services.registry import Registry

ELSEWHERE: Mapping[str, str] = {
    "docker.network.driver": "a driver of the kernel's that not every machine has",
    "docker.network.enable_ipv4": "API 1.47",
    "docker.volume.driver": "a plugin",
}
"""What takes more than an engine: how it is read is tried beside the provider."""


def rows_on(engine: Engine, registry: Registry | None = None) -> tuple[Row, ...]:
    """Those that can be tried on any engine."""
    return (
        *networks(engine),
        *volumes(engine),
        *images(engine, registry),
        *containers(engine),
        *composed(engine),
    )


def every_row() -> tuple[Row, ...]:
    """All of them, only to be read."""
    on = Engine(Lease.daemon, "t", None)
    return (*rows_on(on), *doubtful(on))


PARTS = 12
"""Into so many projects they are dealt out: more than a few containers at once take their time."""


def part_of(engine: Engine, registry: Registry, part: int) -> tuple[Row, ...]:
    """The rows of one of them."""
    return rows_on(engine, registry)[part::PARTS]


def quiet_on(engine: Engine) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What is easily taken for another thing than it is: what an image brings, and what the engine writes otherwise."""
    for image in (FURNISHED, HEALTHY):
        yield "docker.container", {"image": image, "init": True, "stop_grace_period": "1s"}
    forms = {
        "mem_limit": "0.0625gb",
        "cpus": 0.5,
        "ports": ["127.0.0.1::8080-8081", {"target": 53, "protocol": "udp"}],
        "environment": ["A=b=c", "EMPTY=", "N=1.0"],
        "labels": {"n": 1, "on": True, "é": '"\\'},
        "tmpfs": "/run",
        "ulimits": {"nofile": 1024},
        "extra_hosts": ["host:host-gateway"],
        "healthcheck": {"test": "true", "interval": "1s"},
        "networks": {f"{engine.name}-front": {"aliases": ["b", "a"]}, f"{engine.name}-back": None},
    }
    yield "docker.container", {**BASE, **forms, "restart": "unless-stopped"}
    yield "docker.network", {"enable_ipv6": True, "ipam": {"config": [{"subnet": f"fd00:{hashed(engine):x}::/64"}]}}
    yield "docker.volume", {"driver_opts": {"type": "tmpfs", "device": "tmpfs", "o": "size=1m"}}


# Networks and volumes


def networks(engine: Engine) -> Iterator[Row]:
    """Made anew with our mark, and one thing otherwise: the engine changes none."""
    first, second = subnets(engine)
    changes: dict[str, tuple[Any, dict[str, Any]]] = {
        "driver_opts": ({"com.docker.network.bridge.enable_icc": "false"}, {}),
        "ipam": ({"config": [{"subnet": first}]}, {"ipam": IPAMConfig(pool_configs=[IPAMPool(subnet=second)])}),
        "internal": (False, {"internal": True}),
        "attachable": (True, {"attachable": False}),
        "enable_ipv6": (False, {"enable_ipv6": True, "ipam": ipv6(engine)}),
        "labels": ({"a": "b"}, {"labels": {"a": "c"}}),
    }
    for field, (value, other) in changes.items():
        name = f"{engine.name}-net-{field}"
        yield Row(
            "docker.network", {"name": name, field: value}, again_network(engine, name, other), frozenset({field})
        )
    name = f"{engine.name}-net-gone"
    gone = lambda _: engine.api.remove_network(name)  # noqa: E731
    yield Row("docker.network", {"name": name}, gone, frozenset({GONE}), shows=frozenset({"name"}))


def hashed(engine: Engine) -> int:
    """A number of its test's own, up to 65,535."""
    return crc32(engine.name.encode()) & 0xFFFF


def subnets(engine: Engine) -> tuple[str, str]:
    """Two of what the engine does not give out by itself."""
    third, part = 128 + hashed(engine) % 120, hashed(engine) // 120 % 4 * 64
    return f"10.213.{third}.{part}/28", f"10.213.{third}.{part + 16}/28"


def ipv6(engine: Engine) -> IPAMConfig:
    """A subnet of IPv6."""
    return IPAMConfig(pool_configs=[IPAMPool(subnet=f"fd01:{hashed(engine):x}::/64")])


def again_network(engine: Engine, name: str, other: Mapping[str, Any]) -> Do:
    """Another network of this name, with the mark of the one before."""

    def do(_: Path) -> None:
        marks = marks_of(engine.api.inspect_network(name)["Labels"])
        engine.api.remove_network(name)
        given = {**other, "labels": {**marks, **other.get("labels", {})}}
        engine.api.create_network(name, check_duplicate=True, **given)

    return do


def volumes(engine: Engine) -> Iterator[Row]:
    """As networks."""
    tmpfs = {"type": "tmpfs", "device": "tmpfs", "o": "size=1m"}
    changes: dict[str, tuple[Any, dict[str, Any]]] = {
        "driver_opts": (tmpfs, {"driver_opts": {**tmpfs, "o": "size=2m"}}),
        "labels": ({"a": "b"}, {"labels": {}}),
    }
    for field, (value, other) in changes.items():
        name = f"{engine.name}-vol-{field}"
        yield Row("docker.volume", {"name": name, field: value}, again_volume(engine, name, other), frozenset({field}))
    name = f"{engine.name}-vol-gone"
    gone = lambda _: engine.api.remove_volume(name)  # noqa: E731
    yield Row("docker.volume", {"name": name}, gone, frozenset({GONE}), shows=frozenset({"name"}))


def again_volume(engine: Engine, name: str, other: Mapping[str, Any]) -> Do:
    """Another volume of this name, with the mark of the one before."""

    def do(_: Path) -> None:
        marks = marks_of(engine.api.inspect_volume(name)["Labels"])
        engine.api.remove_volume(name)
        given = {**other, "labels": {**marks, **other.get("labels", {})}}
        engine.api.create_volume(name, **given)

    return do


# What stands for others

COMPOSED = frozenset({"files", "project", "project_directory", "profiles", "environment", "env_file", "ignore"})
FILE = f"services: {{web: {{image: '{PLAIN}', command: [sleep, '100000'], init: true, stop_grace_period: 1s}}}}\n"


def composed(engine: Engine) -> Iterator[Row]:
    """What became of a compose file: each is what it would be by itself."""
    spec = {"files": ["compose.yaml"], "project": f"{engine.name}-composed"}
    web = f"{engine.name}-composed-web-1"
    yield Row(
        "docker.compose", spec, lambda _: engine.api.remove_container(web, force=True), frozenset({GONE}),
        of='docker.container.NAME["web"]', shows=COMPOSED, files={"compose.yaml": FILE.encode()},
    )  # fmt: skip
