"""The rows of `docker.container` in the table of `drifting`: what somebody does who has the engine's own interface."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from reign.providers.docker.containers.contents import archive
from reign.providers.docker.containers.writing import request
from reign.providers.docker.marks import PREFIX
from reign.providers.registry import Registry as Types
from tests.app.drifting_rows import GONE, Do, Row, void
from tests.providers.docker.containers.samples import NOT_EVERYWHERE, SAMPLES
from tests.services.engine import FURNISHED, PLAIN, Engine
from tests.services.images import all_in_one_layer

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
BESIDE: Mapping[str, Mapping[str, Any]] = {
    "image": {"entrypoint": ["/bin/sh", "-c", "sleep 100000"]},
    "memswap_limit": {"mem_limit": "64m"},
}
PLATFORM_IMAGE = "of-two-platforms:1"
PEERS = ("peer",)
NETWORKS = ("front", "back")


def furnish(engine: Engine) -> None:
    """Have the things there that rows name and do not make."""
    for name in NETWORKS:
        engine.api.create_network(f"{engine.name}-{name}", check_duplicate=True)
    for name in PEERS:
        engine.api.start(engine.api.create_container(PLAIN, ["sleep", "100000"], name=f"{engine.name}-{name}")["Id"])
    make_image_for(engine, SAMPLES["platform"][0])


def containers(engine: Engine) -> Iterator[Row]:
    """A row for each key: made anew with our mark and another value of it. And what is done to one that stands."""
    for field in {**SAMPLES, **STARTED}:
        if field not in NOT_EVERYWHERE:
            yield attribute(engine, field)
    first, second = both(engine, "platform", {"image": f"{engine.name}/{PLATFORM_IMAGE}"})
    yield Row("docker.container", first, again_of_platform(engine, first, second), frozenset({"platform"}))
    by_hand: dict[str, tuple[str, Callable[[str], object]]] = {
        "stopped": ("state", lambda name: engine.api.stop(name, timeout=0)),
        "paused": ("state", lambda name: void(engine.api.pause(name))),
        "limited": ("state", lambda name: limit(engine, name)),
        "gone": (GONE, lambda name: engine.api.remove_container(name, force=True)),
    }
    for how, (field, act) in by_hand.items():
        name = f"{engine.name}-is-{how}"
        yield Row("docker.container", {**BASE, "name": name}, by_name(act, name), frozenset({field}))
    yield from filed(engine)


def doubtful(engine: Engine) -> tuple[Row, ...]:
    """A row for each key that not every machine takes: where this one does not, they are tried behind `Elsewhere`."""
    return tuple(attribute(engine, field) for field in NOT_EVERYWHERE if field != "platform")


def attribute(engine: Engine, field: str) -> Row:
    first, second = both(engine, field)
    return Row("docker.container", first, again_container(engine, first, second), frozenset({field}))


def both(engine: Engine, field: str, beside: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """One container with each of the two values of a key."""
    named = {"name": f"{engine.name}-of-{field}"}
    values = {**SAMPLES, **STARTED}[field]
    beside = beside or BESIDE.get(field, {})
    return [{**BASE, **named, **beside, field: here(value, engine)} for value in values]


def marks_of(labels: Mapping[str, str]) -> dict[str, str]:
    """What says whose it is."""
    return {name: value for name, value in labels.items() if name.startswith(PREFIX)}


def limit(engine: Engine, name: str) -> None:
    """What the client of the tests has no word for."""
    answer = engine.api._post_json(engine.api._url("/containers/{0}/update", name), {"PidsLimit": 50})
    engine.api._raise_for_status(answer)


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
        made_by_hand(engine, other, marks, folder)

    return do


def made_by_hand(engine: Engine, spec: Mapping[str, Any], labels: Mapping[str, str], folder: Path) -> str:
    """The id of a container that nobody started yet. Raises APIError."""
    meant = Types().normalize("docker.container", dict(spec))
    asked = request(meant, labels, str(folder))
    url = engine.api._url("/containers/create")
    made = engine.api._result(engine.api._post_json(url, asked.body, params={"name": spec["name"]}), json=True)
    for network, told in asked.joins:
        url = engine.api._url("/networks/{0}/connect", network)
        joined = engine.api._post_json(url, {"Container": made["Id"], "EndpointConfig": dict(told)})
        engine.api._raise_for_status(joined)
    if files := meant.get("files"):
        engine.api.put_archive(made["Id"], "/", archive(cast("dict[str, Any]", files)))
    return str(made["Id"])


def again_of_platform(engine: Engine, spec: Mapping[str, Any], other: Mapping[str, Any]) -> Do:
    """The same, of an image of that platform, which stands for the first one again afterwards."""
    again = again_container(engine, spec, other)

    def do(folder: Path) -> None:
        make_image_for(engine, other["platform"])
        again(folder)
        make_image_for(engine, spec["platform"])

    return do


def make_image_for(engine: Engine, platform: str) -> None:
    """The image stands for this platform; what is in it runs here, whatever it says of itself."""
    given = {"tag": f"{engine.name}/{PLATFORM_IMAGE}", "platform": platform, "custom_context": True, "nocache": True}
    told = [*engine.api.build(fileobj=all_in_one_layer(), rm=True, decode=True, **given)]
    if "error" in told[-1]:
        raise AssertionError(told[-1])
