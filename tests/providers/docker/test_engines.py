"""Several engines in one project, each reached in its own way, by the command line."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.providers.docker.command import Project
from tests.providers.docker.test_connections import BRIDGE
from tests.services.daemon import Daemon
from tests.services.engine import PLAIN, Engine
from tests.services.machine import rooted
from tests.services.registry import free_port

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass(frozen=True)
class Open(Daemon):
    """One that listens on a port of this machine as well, without TLS."""

    port: int = 0

    @property
    def tcp(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def _words(self) -> list[str | Path]:
        return [*super()._words(), "--host", self.tcp, "--tls=false"]


@pytest.fixture
def far(services: object) -> Iterator[Engine]:
    daemon = Open(Path(tempfile.mkdtemp(prefix="reign-far-")), is_lonely=True, port=free_port())
    daemon.start()
    daemon.furnish()
    engine = Engine.of(daemon)
    yield engine
    engine.close()
    daemon.stop()
    rooted("rm", "-rf", daemon.folder)


@pytest.fixture
def project(engine: Engine, far: Engine, tmp_path: Path) -> Project:
    """One whose ssh leads to the far engine: the other end of a real one needs an account."""
    made = Project(tmp_path, engine.environ)
    ssh = tmp_path / "bin" / "ssh"
    ssh.parent.mkdir()
    ssh.write_text(f"#!{sys.executable}\n{BRIDGE}\n")
    ssh.chmod(0o700)
    (ssh.parent / "socket").write_text(str(far.daemon.socket))
    made.environ["PATH"] = f"{ssh.parent}:{made.environ['PATH']}"
    assert isinstance(far.daemon, Open)
    made.write(
        f"""\
project: {engine.name}
providers:
  docker.unix: {{host: "{far.daemon.socket}"}}
  docker.tcp: {{host: "{far.daemon.tcp}"}}
  docker.ssh: {{host: "ssh://me@far"}}
resources:
  near: {{type: docker.volume}}
  by-unix: {{type: docker.volume, provider: docker.unix}}
  by-tcp: {{type: docker.network, provider: docker.tcp, spec: {{driver: bridge, internal: true}}}}
  by-ssh:
    type: docker.container
    provider: docker.ssh
    spec:
      image: "{PLAIN}"
      command: [sh, -c, "echo here I am; sleep 1000"]
      init: true
      stop_grace_period: 1s
      network_mode: none
      volumes: ["${{resources.by-unix.name}}:/data"]
"""
    )
    return made


def test_each_engine_has_its_own(project: Project, engine: Engine, far: Engine) -> None:
    name, api = engine.name, far.api
    project.run("apply", "--auto-approve")
    assert [each["Name"] for each in engine.volumes()] == [f"{name}-near"]
    assert [each["Name"] for each in api.volumes()["Volumes"]] == [f"{name}-by-unix"]
    assert [each["Names"] for each in api.containers()] == [[f"/{name}-by-ssh"]]
    assert f"{name}-by-tcp" in [each["Name"] for each in api.networks()]
    assert "No changes." in project.run("plan", "--detailed-exitcode")
    assert "here I am" in project.run("logs", "by-ssh")
    assert f'"Name": "{name}-by-tcp"' in project.run("inspect", "by-tcp")
    assert "doctor/" not in project.run("doctor")
    api.remove_network(f"{name}-by-tcp")
    engine.api.remove_volume(f"{name}-near")
    assert "2 to add, 0 to change, 0 to destroy" in project.run("plan")
    project.run("apply", "--auto-approve")
    project.run("destroy", "--auto-approve")
    assert (engine.volumes(), api.volumes()["Volumes"] or [], api.containers(all=True)) == ([], [], [])


def test_one_that_is_down_keeps_nobody_from_the_others(project: Project, far: Engine, engine: Engine) -> None:
    """What stands on it is told as not looked at; with a target, the others are changed all the same."""
    project.run("apply", "--auto-approve")
    far.daemon.stop()
    said = project.run("plan", code=1)
    assert "Docker Engine not reached" in said
    assert "over ssh" in said
    engine.api.remove_volume(f"{engine.name}-near")
    project.run("apply", "--auto-approve", "--target", "near")
    assert [each["Name"] for each in engine.volumes()] == [f"{engine.name}-near"]
    told = project.run("doctor")
    assert told.count("doctor/not-asked") == 3
    far.daemon.start()
