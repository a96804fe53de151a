"""The rows of `docker.*` in the table of `drifting`: what somebody does who has the engine's own interface."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

from docker.types import IPAMConfig, IPAMPool

from reign.providers.docker.containers.writing import request
from reign.providers.docker.marks import PREFIX
from reign.providers.registry import Registry as Types
from tests.app.drifting_rows import GONE, Do, Row, void
from tests.providers.docker.containers.samples import NOT_EVERYWHERE, SAMPLES
from tests.services.engine import FURNISHED, HEALTHY, PLAIN, Engine
from tests.services.lease import Lease
from tests.services.registry import Registry

ELSEWHERE: Mapping[str, str] = {
    **{f"docker.container.{name}": needs for name, needs in NOT_EVERYWHERE.items()},
    "docker.network.driver": "a driver of the kernel's that not every machine has",
    "docker.network.enable_ipv4": "API 1.47",
    "docker.volume.driver": "a plugin",
}
"""What takes more than an engine: how it is read is tried beside the provider."""

BASE: Mapping[str, Any] = {
    "image": PLAIN,
    "command": ["sleep", "100000"],
    "init": True,
    "stop_grace_period": "1s",
    "wait": "started",
}
STARTED: Mapping[str, tuple[Any, Any]] = {
    "entrypoint": (["/bin/sh", "-c", "sleep 100000"], ["/bin/sh", "-c", "sleep 200000"]),
    "image": (PLAIN, FURNISHED),
}
"""In place of the samples: what runs until it is told to end."""
BESIDE: Mapping[str, Mapping[str, Any]] = {"memswap_limit": {"mem_limit": "64m"}}
PEERS = ("peer",)
NETWORKS = ("front", "back")


def furnish(engine: Engine) -> None:
    """Have the things there that rows name and do not make."""
    for name in NETWORKS:
        engine.api.create_network(f"{engine.name}-{name}", check_duplicate=True)
    for name in PEERS:
        engine.api.start(engine.api.create_container(PLAIN, ["sleep", "100000"], name=f"{engine.name}-{name}")["Id"])


def rows_on(engine: Engine | None = None, registry: Registry | None = None) -> tuple[Row, ...]:
    """All of them, under names of the engine's test; without an engine they can only be read."""
    on = engine or Engine(Lease.daemon, "t", None)
    return (*networks(on), *volumes(on), *images(on, registry), *containers(on), *composed(on))


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


def marks_of(labels: Mapping[str, str]) -> dict[str, str]:
    """What says whose it is."""
    return {name: value for name, value in labels.items() if name.startswith(PREFIX)}


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


# Containers


def containers(engine: Engine) -> Iterator[Row]:
    """A row for each key: made anew with our mark and another value of it. And what is done to one that stands."""
    for field, (first, second) in {**SAMPLES, **STARTED}.items():
        if field not in NOT_EVERYWHERE:
            name, beside = f"{engine.name}-of-{field}", BESIDE.get(field, {})
            specs = [{**BASE, **beside, "name": name, field: here(value, engine)} for value in (first, second)]
            yield Row("docker.container", specs[0], again_container(engine, specs[0], specs[1]), frozenset({field}))
    by_hand: dict[str, tuple[str, Callable[[str], object]]] = {
        "stopped": ("state", lambda name: engine.api.stop(name, timeout=0)),
        "paused": ("state", lambda name: void(engine.api.pause(name))),
        "limited": ("state", lambda name: engine.api.update_container(name, pids_limit=50)),
        "gone": (GONE, lambda name: engine.api.remove_container(name, force=True)),
    }
    for how, (field, act) in by_hand.items():
        name = f"{engine.name}-is-{how}"
        yield Row("docker.container", {**BASE, "name": name}, by_name(act, name), frozenset({field}))
    yield from filed(engine)


def by_name(act: Callable[[str], object], name: str) -> Do:
    return lambda _: void(act(name))


def filed(engine: Engine) -> Iterator[Row]:
    """What comes out of files is compared with what was read there."""
    name, files = f"{engine.name}-filed", {"of.env": b"COLOUR=red\n", "of.labels": b"tier=web\n"}
    spec = {**BASE, "name": name, "env_file": "of.env", "label_file": "of.labels"}
    other = {**BASE, "name": name, "environment": {"COLOUR": "blue"}, "labels": {"tier": "db"}}
    yield Row(
        "docker.container", spec, again_container(engine, spec, other), frozenset({"file_environment", "file_labels"}),
        shows=frozenset({"env_file", "label_file"}), files=files,
    )  # fmt: skip


def here(value: Any, engine: Engine) -> Any:
    """A sample with the names of this test's own things in it."""
    if isinstance(value, dict):
        return {here(key, engine) if key in NETWORKS else key: here(item, engine) for key, item in value.items()}
    if isinstance(value, list):
        return [here(item, engine) for item in value]
    if not isinstance(value, str):
        return value
    if value in NETWORKS or value in SAMPLES["name"]:
        return f"{engine.name}-{value}"
    return value.replace("peer", f"{engine.name}-peer").replace("data:", f"{engine.name}-data:")


def again_container(engine: Engine, spec: Mapping[str, Any], other: Mapping[str, Any]) -> Do:
    """Another container in its place, with the mark of the one before."""

    def do(folder: Path) -> None:
        marks = marks_of(engine.api.inspect_container(spec["name"])["Config"]["Labels"])
        engine.api.remove_container(spec["name"], force=True)
        asked = request(Types().normalize("docker.container", dict(other)), marks, str(folder))
        url = engine.api._url("/containers/create")
        made = engine.api._result(engine.api._post_json(url, asked.body, params={"name": other["name"]}), json=True)
        for network, told in asked.joins:
            url = engine.api._url("/networks/{0}/connect", network)
            joined = engine.api._post_json(url, {"Container": made["Id"], "EndpointConfig": dict(told)})
            engine.api._raise_for_status(joined)

    return do


# Images


def images(engine: Engine, registry: Registry | None) -> Iterator[Row]:
    """Built: what leads to them is taken away or led elsewhere."""
    context = {"context/Dockerfile": b"FROM scratch\nCOPY word /\n", "context/word": b"one\n"}

    def row(name: str, do: Do, *differs: str, **more: Any) -> Row:
        spec = {"name": f"{engine.name}-{name}:1", "build": {"context": "context"}, **more}
        return Row("docker.image", spec, do, frozenset(differs), files=context, shows=frozenset({"name"}))

    more, within = f"{engine.name}-more:1", f"{engine.name}-within:1"
    yield row("tagged", lambda _: engine.api.remove_image(more), "tags", tags=[more])
    build = {"context": "context", "tags": [within]}
    yield row("current", lambda _: engine.api.remove_image(within), "current", build=build)
    yield row("image-gone", lambda _: engine.api.remove_image(f"{engine.name}-image-gone:1", force=True), GONE)
    yield row("another", again_image(engine, f"{engine.name}-another:1"), "context_sha256")
    yield row(
        "platform", again_image(engine, f"{engine.name}-platform:1", "linux/arm64"), "platform", platform="linux/amd64"
    )
    pushed = f"{registry.host if registry else '127.0.0.1:1'}/{engine.name}/pushed"
    spec = {"name": f"{pushed}:1", "build": {"context": "context"}, "push": True}
    gone = lambda _: registry.remove(pushed.partition("/")[2], "1") if registry else None  # noqa: E731
    yield Row("docker.image", spec, gone, frozenset({"push"}), files=context)


def again_image(engine: Engine, name: str, platform: str | None = None) -> Do:
    """Another image behind the name, built of something else, with the mark of the one before."""

    def do(folder: Path) -> None:
        labels = {**engine.api.inspect_image(name)["Config"]["Labels"]}
        labels = {key: "0" * 64 if key.endswith("context") else value for key, value in labels.items()}
        (folder / "by-hand").mkdir(exist_ok=True)
        (folder / "by-hand" / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
        given = {"path": str(folder / "by-hand"), "tag": name, "labels": labels, "platform": platform}
        assert "errorDetail" not in "".join(map(str, engine.api.build(**given)))

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
