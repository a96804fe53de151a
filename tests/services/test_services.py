"""The services themselves: what they leave, and what they survive."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from docker import APIClient
from docker.errors import APIError, ImageNotFound
from requests import RequestException

from tests.services.between import CREATES, Between
from tests.services.daemon import Daemon
from tests.services.engine import FURNISHED, HEALTHY, PLAIN, Engine
from tests.services.lease import Lease
from tests.services.machine import lives, rooted, wait_for
from tests.services.registry import Registry

pytestmark = pytest.mark.docker
TOP = Path(__file__).parents[2]


def run(engine: Engine, name: str, *words: str, image: str = PLAIN, **more: object) -> str:
    """A container of this test's, started: its id."""
    made = engine.api.create_container(image, list(words) or None, name=f"{engine.name}-{name}", **more)
    engine.api.start(made["Id"])
    return str(made["Id"])


def test_the_images_are_there_with_their_settings_and_without(engine: Engine) -> None:
    plain, furnished = (engine.api.inspect_image(name)["Config"] for name in (PLAIN, FURNISHED))
    assert not any(plain.get(key) for key in ("Cmd", "Entrypoint", "Env", "Labels", "User", "Volumes", "Healthcheck"))
    assert all(furnished.get(key) for key in ("Cmd", "Entrypoint", "Env", "Labels", "User", "Volumes", "Healthcheck"))


def test_containers_run_and_find_each_other_by_name(engine: Engine) -> None:
    network = engine.api.create_network(f"{engine.name}-net", check_duplicate=True)["Id"]
    within = engine.api.create_networking_config({network: engine.api.create_endpoint_config(aliases=["web"])})
    run(engine, "web", image=HEALTHY, networking_config=within)
    beside = engine.api.create_networking_config({network: engine.api.create_endpoint_config()})
    script = "until wget -q -O - http://web:8080/; do sleep 0.1; done"
    asking = run(engine, "asking", "sh", "-c", script, networking_config=beside)
    assert engine.api.wait(asking, timeout=60)["StatusCode"] == 0
    assert b"it works" in engine.api.logs(asking)


def test_nothing_is_left_of_a_test(services: Lease) -> None:
    engine = Engine.of(services.daemon)
    run(engine, "it", "true", volumes=["/data"])
    engine.api.create_network(f"{engine.name}_default")
    engine.api.create_volume(f"{engine.name}-data", labels={"reign.project": engine.name})
    engine.api.tag(PLAIN, f"127.0.0.1:1/{engine.name}/it", "1")
    left = Engine(services.daemon, engine.name, services.daemon.api())
    assert [len(each) for each in (left.containers(), left.networks(), left.volumes(), left.images())] == [1, 1, 1, 1]
    engine.close()
    assert not any([left.containers(), left.networks(), left.volumes(), left.images()])
    left.api.close()


def test_the_registry_asks_for_its_password(engine: Engine, registry: Registry) -> None:
    name = f"{registry.host}/{engine.name}/it"
    engine.api.tag(PLAIN, name, "1")
    assert not registry.answers("wrong")
    wrong = "".join(engine.api.push(name, "1", auth_config={"username": registry.user, "password": "wrong"}))
    assert "errorDetail" in wrong
    given = {"username": registry.user, "password": registry.password}
    assert "errorDetail" not in "".join(engine.api.push(name, "1", auth_config=given))
    engine.api.remove_image(f"{name}:1")
    with pytest.raises((APIError, ImageNotFound)):
        engine.api.pull(name, "1")
    engine.api.pull(name, "1", auth_config=given)


def test_an_answer_is_lost_after_the_engine_has_done_it(engine: Engine, between: Between) -> None:
    line = APIClient(between.address, version="1.41")
    between.break_at(CREATES["docker.network"], 2, "after", "cut")
    line.create_network(f"{engine.name}-1")
    with pytest.raises(RequestException):
        line.create_network(f"{engine.name}-2")
    between.break_at(CREATES["docker.network"], 1, "before", "cut")
    with pytest.raises(RequestException):
        line.create_network(f"{engine.name}-3")
    assert between.fired() == 2
    assert len([asked for asked in between.asked() if "networks/create" in asked]) == 3
    between.mend()
    assert sorted(each["Name"] for each in line.networks(names=[engine.name])) == [
        f"{engine.name}-1",
        f"{engine.name}-2",
    ]
    line.close()


def test_a_command_runs_beside_the_services_and_ends_alone(services: Lease) -> None:
    begun = [sys.executable, "-m", "tests.services"]
    assert subprocess.run([*begun, "sh", "-c", "exit 3"], cwd=TOP).returncode == 3
    with subprocess.Popen(
        [*begun, "sh", "-c", "echo here; exec sleep 1000"], cwd=TOP, stdout=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"here\n"
        running.terminate()
        assert running.wait() == -signal.SIGTERM % 256
    assert services.daemon.answers(), "others hold it"


@pytest.mark.slow
def test_an_engine_that_was_killed_is_there_again_and_leaves_nothing(lone_daemon: Daemon) -> None:
    api = lone_daemon.api()
    made = api.create_container(PLAIN, ["sleep", "1000"], host_config=api.create_host_config(network_mode="none"))
    api.start(made["Id"])
    slept = api.inspect_container(made["Id"])["State"]["Pid"]
    api.close()
    killed = lone_daemon.pid
    rooted("kill", f"-{signal.SIGKILL:d}", str(killed))
    assert wait_for(lambda: not lives(killed), 30)
    lone_daemon.start()
    assert lone_daemon.pid not in (0, killed)
    rooted("kill", f"-{signal.SIGKILL:d}", str(lone_daemon.pid))
    assert wait_for(lambda: not lone_daemon.pid, 30)
    lone_daemon.stop()
    assert wait_for(lambda: not lives(slept), 30)
    assert not lone_daemon.answers()


@pytest.mark.slow
def test_what_is_required_fails_where_it_cannot_be_had(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 120)
    environ = {**os.environ, "XDG_CACHE_HOME": str(long), "REIGN_TEST_REQUIRE": ""}
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "0", "-k", "settings", __file__]
    for required, code, told in (("", 0, "1 skipped"), ("docker", 1, "too long")):
        ran = subprocess.run(
            words, cwd=TOP, env={**environ, "REIGN_TEST_REQUIRE": required}, capture_output=True, text=True
        )
        assert ran.returncode == code, ran.stdout
        assert told in ran.stdout
