"""Containers on a real engine that others changed: each key of theirs is found, and what was left alone is quiet."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from docker.errors import APIError

from reign.model.address import Address
from reign.model.resource import Snapshot
from reign.model.values import Spec
from reign.ports import Call
from reign.providers.docker.containers.contents import put
from reign.providers.docker.containers.joining import join
from reign.providers.docker.containers.kind import Containers
from reign.providers.docker.containers.writing import request
from reign.providers.docker.engine import engine_of
from reign.providers.docker.marks import labels_of
from tests.providers.docker.acting import Acting, held
from tests.providers.docker.containers.acting import differing
from tests.providers.docker.containers.samples import NOT_EVERYWHERE, SAMPLES
from tests.services.engine import FURNISHED, HEALTHY, PLAIN, Engine

pytestmark = pytest.mark.docker

WEB = Address("docker.container", "web")
BASE: Spec = {"image": PLAIN, "command": ["sleep", "600"], "init": True, "stop_grace_period": "1s"}
SAMPLE = ("command", "environment", "networks", "ports", "volumes")
"""Tried each time; the rest of the keys in slow runs."""


@pytest.fixture
def acting(engine: Engine, tmp_path: Path) -> Iterator[Acting]:
    for name in ("front", "back"):
        engine.api.create_network(f"{engine.name}-{name}", check_duplicate=True)
    yield Acting(engine.name, tmp_path, engine.address, lineage=f"{engine.name}-lineage")


def here(value: Any, engine: Engine) -> Any:
    """A sample with the names of this test's own things in it."""
    if isinstance(value, dict):
        return {
            here(key, engine) if key in ("front", "back") else key: here(item, engine) for key, item in value.items()
        }
    if isinstance(value, list):
        return [here(item, engine) for item in value]
    if isinstance(value, str):
        if value in ("front", "back", "one", "two"):
            return f"{engine.name}-{value}"
        return value.replace("peer", f"{engine.name}-peer").replace("data:", f"{engine.name}-data:")
    return value


def made_by_hand(acting: Acting, spec: Spec, name: str = "") -> str:
    """A container as the engine makes it for anybody who asks, with our labels: its id."""
    call: Call = acting.call()
    engine = engine_of(call)
    asked = request(spec, labels_of(WEB, call), call.site.folder)
    url = engine.api._url("/containers/create")
    named = str(spec.get("name") or name or f"{acting.project}-web")
    id = engine.api._result(engine.api._post_json(url, asked.body, params={"name": named}), json=True)["Id"]  # noqa: A001
    for network, told in asked.joins:
        join(engine, id, network, told)
    put(engine, id, spec.get("files"))
    return str(id)


def known(acting: Acting, spec: Spec, made: str) -> Snapshot:
    desired = acting.resource(WEB, spec)
    return Snapshot(WEB, "docker", made, desired.spec, {"name": f"{acting.project}-web"}, create_key="op-1")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in SAMPLE else pytest.mark.slow)
        for name in SAMPLES
        if name not in NOT_EVERYWHERE
    ],
)
def test_every_key_that_was_changed_from_outside_is_found(name: str, acting: Acting, engine: Engine) -> None:
    """It is made anew with our labels, as somebody might who has the engine's interface, with this one key changed."""
    peer = engine.api.create_container(PLAIN, "sleep 600", name=f"{engine.name}-peer")["Id"]
    engine.api.start(peer)
    needed: Spec = {"mem_limit": "64m"} if name == "memswap_limit" else {}
    first, second = ({**BASE, **needed, name: here(value, engine)} for value in SAMPLES[name])
    recorded, changed = (acting.resource(WEB, spec).spec for spec in (first, second))
    before = made_by_hand(acting, recorded)
    snapshot = known(acting, first, before)

    for _ in range(3):
        seen = acting.seen(WEB, first, snapshot)
        assert seen is not None
        assert differing(recorded, seen.spec) == set()
    engine.api.remove_container(before, force=True)
    made_by_hand(acting, changed)
    seen = acting.seen(WEB, first, snapshot)

    assert seen is not None
    assert seen.owned
    assert differing(recorded, seen.spec) == {name}


def test_another_image_is_found(acting: Acting, engine: Engine) -> None:
    recorded = {**BASE, "image": PLAIN}
    snapshot = known(acting, recorded, made_by_hand(acting, acting.resource(WEB, recorded).spec))
    engine.api.remove_container(snapshot.external_id, force=True)
    made_by_hand(acting, acting.resource(WEB, {**BASE, "image": HEALTHY}).spec)

    seen = acting.seen(WEB, recorded, snapshot)

    assert seen is not None
    assert differing(snapshot.spec, seen.spec) == {"image"}


@pytest.mark.parametrize("image", [PLAIN, FURNISHED, HEALTHY])
def test_three_quiet_looks_whatever_the_image_brings(image: str, acting: Acting) -> None:
    own: Spec = {"command": ["sleep", "600"]} if image == PLAIN else {}
    spec: Spec = {
        "image": image,
        **own,
        "init": True,
        "stop_grace_period": "1s",
        "environment": {"MINE": "1"},
        "labels": {"mine": "1"},
        "ports": ["127.0.0.1::80"],
        "volumes": ["/mine"],
        "networks": {f"{acting.project}-front": {"aliases": ["web"]}, f"{acting.project}-back": None},
        "mem_limit": "64m",
        "restart": "unless-stopped",
    }
    snapshot = acting.create(WEB, spec)

    for _ in range(3):
        seen = acting.seen(WEB, spec, snapshot)
        assert seen is not None
        assert seen.owned
        assert {name: seen.spec.get(name) for name in snapshot.spec} == snapshot.spec
    acting.provider.delete(snapshot, acting.call())


def paused(engine: Engine, made: str) -> None:
    """It is paused; an engine sometimes says of a busy machine that it cannot, and then can."""
    for _ in range(20):
        with contextlib.suppress(APIError):
            engine.api.pause(made)
            return
    pytest.fail("the engine cannot pause it")


BY_HAND: dict[str, tuple[str, Callable[[Engine, str], object]]] = {
    "stopped": ("state", lambda engine, made: engine.api.stop(made, timeout=0)),
    "paused": ("state", paused),
    "killed": ("state", lambda engine, made: engine.api.kill(made)),
    "renamed": ("state", lambda engine, made: engine.api.rename(made, f"{engine.name}-other")),
    "limited": (
        "mem_limit",
        lambda engine, made: engine.api.update_container(made, mem_limit="32m", memswap_limit="64m"),
    ),
    "slowed": ("state", lambda engine, made: engine.api.update_container(made, cpu_shares=200, cpuset_cpus="0")),
    "kept alive": ("state", lambda engine, made: engine.api.update_container(made, restart_policy={"Name": "always"})),
    "disconnected": (
        "networks",
        lambda engine, made: engine.api.disconnect_container_from_network(made, f"{engine.name}-front"),
    ),
    "joined": ("networks", lambda engine, made: engine.api.connect_container_to_network(made, f"{engine.name}-back")),
}


@pytest.mark.parametrize("how", BY_HAND)
def test_what_was_changed_by_hand_is_mended_where_it_stands(how: str, acting: Acting, engine: Engine) -> None:
    spec: Spec = {**BASE, "mem_limit": "64m", "networks": [f"{engine.name}-front"]}
    snapshot = acting.create(WEB, spec)
    field, change = BY_HAND[how]

    change(engine, snapshot.external_id)
    drifted = acting.seen(WEB, spec, snapshot)
    mended = acting.provider.update(acting.resource(WEB, spec), snapshot, acting.call("op-2"))
    after = acting.seen(WEB, spec, held(acting.resource(WEB, spec), mended, "op-1"))

    assert drifted is not None
    assert after is not None
    assert {name for name in snapshot.spec if drifted.spec.get(name) != snapshot.spec[name]} == {field}
    assert {name: after.spec.get(name) for name in snapshot.spec} == snapshot.spec
    assert mended.external_id == snapshot.external_id


def test_limits_networks_and_name_change_where_it_stands(acting: Acting, engine: Engine) -> None:
    snapshot = acting.create(WEB, {**BASE, "mem_limit": "64m", "networks": [f"{engine.name}-front"]})
    changed: Spec = {
        **BASE,
        "name": f"{engine.name}-renamed",
        "mem_limit": "128m",
        "memswap_limit": "256m",
        "cpus": "0.25",
        "pids_limit": 40,
        "restart": "on-failure:2",
        "networks": {f"{engine.name}-front": {"aliases": ["web"]}, f"{engine.name}-back": None},
    }

    seen = acting.provider.update(acting.resource(WEB, changed), snapshot, acting.call("op-2"))
    there = engine.api.inspect_container(snapshot.external_id)

    assert differing(acting.resource(WEB, changed).spec, seen.spec) == set()
    assert there["Name"] == f"/{engine.name}-renamed"
    assert there["HostConfig"]["Memory"] == 128 << 20
    assert "web" in there["NetworkSettings"]["Networks"][f"{engine.name}-front"]["Aliases"]
    assert there["RestartCount"] == 0


def test_a_limit_that_is_declared_no_more_is_lifted(acting: Acting) -> None:
    snapshot = acting.create(WEB, {**BASE, "mem_limit": "64m", "cpus": "0.5", "cpu_shares": 200, "restart": "always"})

    seen = acting.provider.update(acting.resource(WEB, BASE), snapshot, acting.call("op-2"))

    assert seen.spec["state"] == "running"


def test_a_trigger_restarts_whatever_else_changes(acting: Acting, engine: Engine) -> None:
    snapshot = acting.create(WEB, {**BASE, "mem_limit": "64m"})
    changed = acting.resource(WEB, {**BASE, "mem_limit": "128m"})
    began = engine.api.inspect_container(snapshot.external_id)["State"]["StartedAt"]

    acting.provider.update(changed, snapshot, acting.call("op-2"))
    kept = engine.api.inspect_container(snapshot.external_id)["State"]["StartedAt"]
    acting.provider.update(changed, snapshot, replace(acting.call("op-3"), restarts=True))
    anew = engine.api.inspect_container(snapshot.external_id)["State"]["StartedAt"]

    assert kept == began
    assert anew != began


@pytest.mark.parametrize(
    "told", [{"signal": "SIGHUP"}, {"command": ["touch", "/tmp/asked"]}], ids=["signal", "command"]
)
def test_a_trigger_may_do_something_else(told: Spec, acting: Acting, engine: Engine) -> None:
    spec: Spec = {
        **BASE,
        "command": ["sh", "-c", "trap 'touch /tmp/asked' HUP; touch /tmp/begun; while :; do sleep 0.1; done"],
        "healthcheck": {"test": ["CMD", "test", "-e", "/tmp/begun"], "interval": "1s"},
        "on_change": told,
    }
    snapshot = acting.create(WEB, spec)
    began = engine.api.inspect_container(snapshot.external_id)["State"]["StartedAt"]
    ready(acting, snapshot)

    acting.provider.update(acting.resource(WEB, spec), snapshot, replace(acting.call("op-2"), restarts=True))

    asked = engine.api.exec_create(snapshot.external_id, ["sh", "-c", "until test -e /tmp/asked; do sleep 0.1; done"])
    engine.api.exec_start(asked["Id"])
    assert engine.api.exec_inspect(asked["Id"])["ExitCode"] == 0
    assert engine.api.inspect_container(snapshot.external_id)["State"]["StartedAt"] == began


def ready(acting: Acting, snapshot: Snapshot) -> str:
    """Asked until it is told."""
    kind, call = Containers(), acting.call()
    seen = acting.seen(WEB, snapshot.spec, snapshot)
    assert seen is not None
    engine = engine_of(call)
    while (answer := kind.ready(engine, seen, call)).status == "waiting":
        engine.remaining_s()
    return answer.reason or answer.status
