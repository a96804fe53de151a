"""When a container on a real engine is ready, and what is told where it never is."""

import time
from pathlib import Path

import pytest

from reign.model.address import Address
from reign.model.resource import Observation, Readiness
from reign.model.values import Spec, Value
from reign.providers.docker.containers.kind import Containers
from reign.providers.docker.containers.looking import Eyes
from reign.providers.docker.containers.making import remove
from reign.providers.docker.containers.waiting import readiness
from reign.providers.docker.engine import engine_of
from tests.providers.docker.acting import Acting
from tests.services.engine import HEALTHY, PLAIN, Engine

pytestmark = pytest.mark.docker

WEB = Address("docker.container", "web")
BASE: Spec = {"image": PLAIN, "init": True, "stop_grace_period": "1s"}
PORT: Value = ["127.0.0.1::8080"]


@pytest.fixture
def acting(engine: Engine, tmp_path: Path) -> Acting:
    return Acting(engine.name, tmp_path, engine.address, lineage=f"{engine.name}-lineage")


def made(acting: Acting, spec: Spec) -> Observation:
    call = acting.call()
    return Containers().create(engine_of(call), acting.resource(WEB, {**BASE, **spec}), call)


def answer(acting: Acting, seen: Observation, deadline_s: float = 100.0) -> Readiness:
    """One, to somebody who waits for so long."""
    return readiness(Eyes(engine_of(acting.call()), acting.call(deadline_s=deadline_s)), seen)


def at_last(acting: Acting, seen: Observation) -> Readiness:
    engine = engine_of(acting.call())
    while (told := answer(acting, seen)).status == "waiting":
        engine.remaining_s()
    return told


def ended(acting: Acting, seen: Observation) -> Readiness:
    """The answer once it does not run any more, however late a busy machine came to start its program."""
    engine = engine_of(acting.call())
    while engine.api.inspect_container(seen.external_id)["State"]["Running"]:
        engine.remaining_s()
    return answer(acting, seen)


def test_one_whose_port_takes_connections_is_reachable(acting: Acting) -> None:
    seen = made(acting, {"image": HEALTHY, "ports": PORT, "wait": "reachable"})

    assert at_last(acting, seen).status == "done"


def test_one_behind_whose_port_nothing_listens_is_waited_for(acting: Acting) -> None:
    spec: Spec = {"command": ["sh", "-c", "echo lost; exec sleep 600"], "ports": PORT, "wait": "reachable"}
    seen = made(acting, spec)

    told = answer(acting, seen)
    engine = engine_of(acting.call())
    while "lost" not in (late := answer(acting, seen, deadline_s=0)).reason:
        engine.remaining_s()

    assert told.status == late.status == "waiting"
    assert "which leads to 8080/tcp, is not answered in the container" in told.reason
    assert "lost" not in told.reason
    assert "Its last lines:\n  lost" in late.reason


def test_one_that_ended_is_not_waited_for(acting: Acting) -> None:
    told = at_last(acting, made(acting, {"command": ["sh", "-c", "exit 3"], "ports": PORT, "wait": "reachable"}))

    assert told.status == "failed"
    assert "exit code 3" in told.reason


def test_one_that_was_seen_to_run_for_half_a_second_is_ready(acting: Acting) -> None:
    """The engine tells whole seconds, by which half of them would be waited for a second longer."""
    for _ in range(3):
        seen = made(acting, {"command": ["sleep", "600"]})
        answer(acting, seen)
        time.sleep(0.5)

        assert answer(acting, seen).status == "done"
        remove(engine_of(acting.call()), seen.external_id)


def test_one_that_is_started_again_and_again_tells_why(acting: Acting) -> None:
    spec: Spec = {"command": ["sh", "-c", "echo no database; exit 3"], "restart": "always", "wait": "completed"}
    seen = made(acting, spec)
    engine = engine_of(acting.call())
    while "starts it again" not in (told := answer(acting, seen, deadline_s=0)).reason:
        engine.remaining_s()

    assert "exit code 3" in told.reason
    assert "no database" in told.reason


def test_a_program_for_another_machine_is_told_as_such(acting: Acting) -> None:
    program = acting.folder / "program"
    program.write_bytes(b"\x7fELF\2\1\1\0")
    program.chmod(0o755)

    told = ended(acting, made(acting, {"command": ["/program"], "init": False, "volumes": [f"{program}:/program"]}))

    assert told.status == "failed"
    assert "made for another processor" in told.reason
    assert "exec format error" in told.reason


def test_one_that_was_just_awakened_is_waited_for_until_its_next_check(acting: Acting, engine: Engine) -> None:
    """An engine calls one that it does not check unhealthy."""
    check: Value = {"test": ["CMD", "true"], "interval": "2s", "retries": 1}
    seen = made(acting, {"command": ["sleep", "600"], "healthcheck": check})
    assert at_last(acting, seen).status == "done"
    engine.api.pause(seen.external_id)
    assert engine.api.inspect_container(seen.external_id)["State"]["Health"]["Status"] == "unhealthy"
    engine.api.unpause(seen.external_id)

    assert at_last(acting, seen).status == "done"
