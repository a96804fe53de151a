"""Containers on a real engine that cannot be made, or do not work: what is told, and that nothing is left."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest
from docker.types import IPAMConfig, IPAMPool

from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.values import Spec
from reign.providers.docker.containers.kind import Containers
from reign.providers.docker.containers.looking import Eyes
from reign.providers.docker.containers.rejoining import rejoined
from reign.providers.docker.engine import engine_of
from tests.app.drifting_containers import PLATFORM_IMAGE, make_image_for
from tests.providers.docker.acting import Acting, held
from tests.services.between import CREATES, Between
from tests.services.engine import PLAIN, Engine

pytestmark = pytest.mark.docker

WEB = Address("docker.container", "web")
BASE: Spec = {"image": PLAIN, "command": ["sleep", "600"], "init": True, "stop_grace_period": "1s"}


@pytest.fixture
def acting(engine: Engine, tmp_path: Path) -> Acting:
    return Acting(engine.name, tmp_path, engine.address, lineage=f"{engine.name}-lineage")


def refused(acting: Acting, spec: Spec, key: str = "op-1", at: Address = WEB) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        acting.create(at, {**BASE, **spec}, key)
    return raised.value


def readiness(acting: Acting, spec: Spec, *, ends: bool = False) -> tuple[str, str]:
    """What is told in the end of a container that is made of `spec`; where it `ends`, after that."""
    call, kind = acting.call(), Containers()
    engine = engine_of(call)
    seen = kind.create(engine, acting.resource(WEB, {**BASE, **spec}), call)
    if ends:
        engine.api.wait(seen.external_id)
    while (answer := kind.ready(engine, seen, call)).status == "waiting":
        engine.remaining_s()
    return answer.status, answer.reason


def test_an_image_that_is_not_there(acting: Acting, engine: Engine) -> None:
    error = refused(acting, {"image": f"{engine.name}:none", "pull_policy": "never"})

    assert (error.kind, error.summary) == (ErrorKind.MISSING, "Image not found")
    assert engine.containers() == []


def test_an_image_of_another_platform(acting: Acting, engine: Engine) -> None:
    make_image_for(engine, "linux/amd64")
    image = f"{engine.name}/{PLATFORM_IMAGE}"

    for policy in ("missing", "never"):
        error = refused(acting, {"image": image, "platform": "linux/arm64", "pull_policy": policy})

        assert (error.kind, error.summary) == (ErrorKind.INVALID, "Image of another platform")
        assert ("could not be pulled" in error.detail) is (policy == "missing")
    assert engine.containers() == []


def test_a_command_that_is_not_there(acting: Acting, engine: Engine) -> None:
    error = refused(acting, {"command": ["/nowhere"], "init": False})

    assert (error.kind, error.summary) == (ErrorKind.INVALID, "Command that cannot be run")
    assert "/nowhere" in error.detail
    assert engine.containers() == []


def test_a_network_that_is_not_there(acting: Acting, engine: Engine) -> None:
    error = refused(acting, {"networks": [f"{engine.name}-none"]})

    assert (error.kind, error.summary) == (ErrorKind.INVALID, "Network not found")
    assert engine.containers() == []


@pytest.mark.parametrize(
    ("ipam", "address", "kind", "summary"),
    [
        ("10.214.8{at}.0/28", "10.214.8{at}.2", ErrorKind.CONFLICT, "Address taken"),
        ("10.214.8{at}.16/28", "10.1.1.1", ErrorKind.INVALID, "Address outside of the network"),
        ("", "10.1.1.1", ErrorKind.INVALID, "Fixed address in a network without a subnet of its own"),
    ],
)
@pytest.mark.parametrize("at", [0, 1])
def test_an_address_that_cannot_be_had(
    at: int, ipam: str, address: str, kind: ErrorKind, summary: str, acting: Acting, engine: Engine
) -> None:
    front, back = f"{engine.name}-front", f"{engine.name}-back"
    ipam, address = ipam.format(at=at), address.format(at=at)  # no two networks of an engine may overlap
    engine.api.create_network(front, ipam=IPAMConfig(pool_configs=[IPAMPool(subnet=ipam)]) if ipam else None)
    engine.api.create_network(back)
    acting.create(WEB, {**BASE, "networks": [front]})
    networks = [{"name": front, "ipv4_address": address, "priority": at}, {"name": back, "priority": 1 - at}]

    error = refused(acting, {"networks": networks}, "op-2", Address("docker.container", "other"))

    assert (error.kind, error.summary) == (kind, summary)
    assert len(engine.containers()) == 1


def test_where_a_network_could_not_be_joined_the_others_are_as_they_were(acting: Acting, engine: Engine) -> None:
    """The engine notes it all the same, and then says that it cannot be left."""
    front, back, ours = f"{engine.name}-front", f"{engine.name}-back", "10.214.77.34"
    engine.api.create_network(front, ipam=IPAMConfig(pool_configs=[IPAMPool(subnet="10.214.77.32/28")]))
    engine.api.create_network(back)
    spec: Spec = {**BASE, "networks": [{"name": front, "ipv4_address": ours}, {"name": back}]}
    made = acting.create(WEB, spec)
    other: Spec = {**spec, "networks": [{"name": front, "ipv4_address": "10.1.1.1"}, {"name": back, "aliases": ["b"]}]}

    with pytest.raises(ProviderError) as raised:
        acting.provider.update(acting.resource(WEB, other), made, acting.call())
    seen = acting.seen(WEB, spec, made)
    mended = acting.provider.update(acting.resource(WEB, spec), made, acting.call())

    assert raised.value.summary == "Address outside of the network"
    assert raised.value.detail.endswith("Its networks are as they were.")
    assert seen is not None
    assert seen.spec["networks"] == made.spec["networks"]
    assert mended.outputs["addresses"][front] == ours


def test_a_network_that_it_cannot_be_put_back_into_is_named(acting: Acting, engine: Engine) -> None:
    """Its old address was taken by somebody in the moment in which it was out."""
    front, ours = f"{engine.name}-front", "10.214.77.50"
    engine.api.create_network(front, ipam=IPAMConfig(pool_configs=[IPAMPool(subnet="10.214.77.48/28")]))
    made = acting.create(WEB, {**BASE, "networks": [{"name": front, "ipv4_address": ours}]})
    engine.api.disconnect_container_from_network(made.external_id, front)
    taker: Spec = {**BASE, "networks": [{"name": front, "ipv4_address": ours}]}
    acting.create(Address("docker.container", "other"), taker, "op-2")
    eyes = Eyes(engine_of(acting.call()), acting.call())
    look = eyes.at(made.external_id, made.spec)
    assert look is not None
    before = replace(
        look, raw={**look.raw, "NetworkSettings": {"Networks": {front: {"IPAMConfig": {"IPv4Address": ours}}}}}
    )
    wanted: Spec = {**made.spec, "networks": [{"name": front, "ipv4_address": "10.1.1.1"}]}

    with pytest.raises(ProviderError, match=f"It is out of {front} until it is applied again"):
        rejoined(eyes.engine, before, wanted)


def test_a_port_that_a_container_has(acting: Acting, engine: Engine) -> None:
    port = free_port()
    acting.create(WEB, {**BASE, "ports": [f"{port}:80"]})

    error = refused(acting, {"ports": [f"{port}:80"]}, "op-2", Address("docker.container", "other"))

    assert (error.kind, error.summary) == (ErrorKind.CONFLICT, "Port taken")
    assert f"{port}" in error.detail
    assert f"the container {engine.name}-web" in error.detail
    assert len(engine.containers()) == 1


def test_a_port_that_a_program_has(acting: Acting, engine: Engine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        error = refused(acting, {"ports": [f"127.0.0.1:{port}:80"]})

    assert (error.kind, error.summary) == (ErrorKind.CONFLICT, "Port taken")
    assert f"port {port} of this machine is taken by" in error.detail
    assert engine.containers() == []


def test_a_name_that_somebody_has(acting: Acting, engine: Engine) -> None:
    stranger = engine.api.create_container(PLAIN, "true", name=f"{engine.name}-web")["Id"]

    error = refused(acting, {})

    assert error.kind is ErrorKind.CONFLICT
    assert f"{engine.name}-web (of the image {PLAIN}, created) stands on the engine already" in error.detail
    assert f"reign import docker.container.web {engine.name}-web" in error.fix
    assert [each["Id"] for each in engine.containers()] == [stranger]


def test_what_the_engine_leaves_out_is_told(acting: Acting, engine: Engine) -> None:
    error = refused(acting, {"cpu_percent": 10})

    assert (error.kind, error.summary) == (ErrorKind.INVALID, "Not kept by the engine")
    assert "cpu_percent" in error.detail
    assert engine.containers() == []


def test_a_container_that_ends_tells_its_last_words(acting: Acting) -> None:
    status, reason = readiness(acting, {"command": ["sh", "-c", "echo one; echo two >&2; exit 3"]}, ends=True)

    assert status == "failed"
    assert "exit code 3" in reason
    assert "one" in reason
    assert "two" in reason


def test_one_that_ended_well_is_told_how_to_say_so(acting: Acting) -> None:
    assert "wait: completed" in readiness(acting, {"command": ["true"]}, ends=True)[1]


def test_one_that_should_end_is_ready_when_it_has(acting: Acting) -> None:
    spec: Spec = {"command": ["sh", "-c", "echo done"], "wait": "completed"}

    assert readiness(acting, spec) == ("done", "")
    seen = acting.seen(WEB, {**BASE, **spec})
    assert seen is not None
    assert seen.spec["state"] == "completed"
    assert seen.outputs["exit_code"] == 0


def test_one_that_ends_otherwise_has_failed(acting: Acting) -> None:
    status, reason = readiness(acting, {"command": ["sh", "-c", "echo boom; exit 4"], "wait": "completed"})

    assert status == "failed"
    assert "exit code 4" in reason
    assert "boom" in reason


def test_an_out_of_memory_kill_is_told_as_such(acting: Acting) -> None:
    status, reason = readiness(
        acting, {"command": ["tail", "/dev/zero"], "mem_limit": "16m", "memswap_limit": "16m", "wait": "completed"}
    )

    assert status == "failed"
    assert "its memory was out" in reason


@pytest.mark.parametrize(("test", "status", "said"), [("true", "done", ""), ("echo sick; exit 1", "failed", "sick")])
def test_a_healthcheck_decides(test: str, status: str, said: str, acting: Acting) -> None:
    answer = readiness(acting, {"healthcheck": {"test": test, "interval": "1s", "retries": 1}})

    assert answer[0] == status
    assert said in answer[1]


def test_health_that_nobody_checks(acting: Acting) -> None:
    assert "healthcheck" in readiness(acting, {"wait": "healthy"})[1]


def test_a_create_whose_answer_was_lost_makes_no_second_one(acting: Acting, engine: Engine, between: Between) -> None:
    through = Acting(acting.project, acting.folder, between.address, acting.lineage)
    between.break_at(CREATES["docker.container"], 1, "after", "cut")

    with pytest.raises(ProviderError):
        through.create(WEB, BASE)
    between.mend()
    found = acting.seen(WEB, BASE, key="op-1")
    again = acting.create(WEB, BASE)

    assert found is not None
    assert found.external_id == again.external_id
    assert len(engine.containers()) == 1
    seen = acting.seen(WEB, BASE, again)
    assert seen is not None
    assert seen.spec["state"] == "running"


def test_import_and_delete(acting: Acting, engine: Engine) -> None:
    made = engine.api.create_container(PLAIN, ["sleep", "600"], name=f"{engine.name}-theirs", environment={"A": "1"})
    engine.api.start(made["Id"])
    provider, call = acting.provider, acting.call()

    taken = provider.adopt(WEB, f"{engine.name}-theirs", call)
    spec: Spec = {"image": PLAIN, "command": ["sleep", "600"], "environment": {"A": "1"}}
    snapshot = held(acting.resource(WEB, spec), taken, "op-1")
    seen = acting.seen(WEB, spec, snapshot)

    assert taken.spec["environment"] == {"A": "1"}
    assert seen is not None
    assert seen.owned
    assert {name: seen.spec.get(name) for name in snapshot.spec} == snapshot.spec
    with pytest.raises(ProviderError) as raised:
        provider.adopt(WEB, f"{engine.name}-nothing", call)
    assert raised.value.kind is ErrorKind.INVALID
    provider.delete(snapshot, call)
    provider.delete(snapshot, call)
    assert acting.seen(WEB, spec, snapshot) is None


def test_a_create_that_is_done_already_is_done(acting: Acting, engine: Engine) -> None:
    spec: Spec = {**BASE, "networks": [f"{engine.name}-front", f"{engine.name}-back"]}
    for name in ("front", "back"):
        engine.api.create_network(f"{engine.name}-{name}", check_duplicate=True)

    made, again = acting.create(WEB, spec), acting.create(WEB, spec)

    assert made.external_id == again.external_id
    assert len(engine.containers()) == 1


def test_what_others_made_is_not_ours(acting: Acting, engine: Engine) -> None:
    engine.api.create_container(PLAIN, "true", name=f"{engine.name}-web")

    seen = acting.seen(WEB, BASE)

    assert seen is not None
    assert not seen.owned


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
