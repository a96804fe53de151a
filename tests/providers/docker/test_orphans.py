"""What was made and is in no state any more: `reign doctor` finds all of it, wherever it was made, and says how it goes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.providers.docker.command import Project
from tests.services.between import CREATES, Between
from tests.services.daemon import Daemon
from tests.services.engine import PLAIN, Engine

pytestmark = pytest.mark.docker

BLOCKS = {
    "docker.container": f"""\
  box:
    type: docker.container
    for_each: ["a b"]
    spec: {{image: "{PLAIN}", command: [sleep, "1000"], init: true, stop_grace_period: 1s, network_mode: none}}
""",
    "docker.image": f"""\
  img: {{type: docker.image, spec: {{name: "NAME-img:1", build: {{dockerfile_inline: "FROM {PLAIN}", context: app}}}}}}
""",
    "docker.network": "  net: {type: docker.network}\n",
    "docker.volume": "  vol: {type: docker.volume}\n",
}
NOTHING = "resources: {}\n"


@pytest.fixture
def project(engine: Engine, tmp_path: Path) -> Project:
    return Project(tmp_path, engine.environ)


def orphans(told: str) -> list[str]:
    """The addresses that something is told to have been made for."""
    return sorted(re.findall(r"carries the mark of this state, for (.+), and the state", told))


def removals(told: str) -> list[str]:
    return re.findall(r"Else remove it: (docker .+)", told)


@pytest.mark.slow
@pytest.mark.parametrize("connected", [False, True])
def test_each_kind_is_found_where_nothing_is_declared_any_more(
    project: Project, engine: Engine, connected: bool
) -> None:
    head, over = f"project: {engine.name}\n", {}
    if connected:  # over settings that nobody may see, and that nothing but the history tells any more
        head += "secrets: {where: {env: WHERE}}\nproviders: {docker: {host: '${secret.where}'}}\n"
        over = {"WHERE": engine.address, "DOCKER_HOST": ""}
    (project.folder / "app").mkdir()
    project.write(head + "resources:\n" + "".join(BLOCKS.values()).replace("NAME", engine.name))
    project.run("apply", "--auto-approve", **over)
    assert orphans(project.run("doctor", DOCKER_HOST="" if connected else engine.address)) == []
    project.run("state", "rm", "net", "vol", "img", "box", "--auto-approve", **over)
    project.write(f"project: {engine.name}\n{NOTHING}")
    told = project.run("doctor", DOCKER_HOST="" if connected else engine.address)
    assert orphans(told) == [
        'docker.container.box["a b"]',
        "docker.image.img",
        "docker.network.net",
        "docker.volume.vol",
    ]
    assert engine.address not in told
    assert "reign import 'docker.container.box[\"a b\"]'" in told, "as a shell takes it"
    if shutil.which("docker") and not connected:
        for line in removals(told):
            subprocess.run(["sh", "-c", line], check=True, capture_output=True, env=project.environ)
        assert "doctor/" not in project.run("doctor")


def test_what_is_declared_and_used_by_nothing_is_not_asked(project: Project, engine: Engine) -> None:
    one = "resources: {net: {type: docker.network}}\n"
    project.write(f"project: {engine.name}\nproviders: {{docker.far: {{host: 'unix:///no/such.sock'}}}}\n{one}")
    project.run("apply", "--auto-approve")
    assert "doctor/" not in project.run("doctor")


@pytest.mark.slow
def test_what_is_seen_over_two_connections_is_one(project: Project, engine: Engine, between: Between) -> None:
    again = f"providers: {{docker.again: {{host: '{between.address}'}}}}\n"
    blocks = "resources: {net: {type: docker.network}, vol: {type: docker.volume, provider: docker.again}}\n"
    project.write(f"project: {engine.name}\n{again}{blocks}")
    project.run("apply", "--auto-approve")
    assert "doctor/" not in project.run("doctor")
    project.run("state", "rm", "net", "vol", "--auto-approve")
    assert orphans(project.run("doctor")) == ["docker.network.net", "docker.volume.vol"]


@pytest.mark.parametrize(
    "type", ["docker.network", *(pytest.param(each, marks=pytest.mark.slow) for each in sorted(BLOCKS)[:2])]
)
def test_a_lost_answer_leaves_nothing_though_the_block_is_gone(
    project: Project, engine: Engine, between: Between, type: str
) -> None:
    """The command is killed once the engine has made it; then nothing of it is declared any more."""
    (project.folder / "app").mkdir()
    project.write(f"project: {engine.name}\nresources:\n{BLOCKS[type].replace('NAME', engine.name)}")
    between.break_at(CREATES[type], 1, "after", "kill")
    project.run("apply", "--auto-approve", code=-9, DOCKER_HOST=between.address)
    listed = {
        "network": engine.networks,
        "volume": engine.volumes,
        "image": engine.images,
        "container": engine.containers,
    }
    assert len(listed[type.partition(".")[2]]()) == 1
    project.write(f"project: {engine.name}\n{NOTHING}")
    assert type in project.run("doctor"), "the call without an answer is told"
    project.run("apply", "--auto-approve")
    assert listed[type.partition(".")[2]]() == []
    assert "doctor/" not in project.run("doctor")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_engines_may_each_have_something_of_one_name(project: Project, engine: Engine, lone_daemon: Daemon) -> None:
    far = f"providers: {{docker.far: {{host: '{lone_daemon.address}'}}}}\n"
    vol = f"type: docker.volume, spec: {{name: {engine.name}-same}}"
    project.write(
        f"project: {engine.name}\n{far}resources:\n  near: {{{vol}}}\n  far: {{{vol}, provider: docker.far}}\n"
    )
    project.run("apply", "--auto-approve")
    assert "doctor/" not in project.run("doctor")
    project.run("state", "rm", "far", "--auto-approve")
    told = project.run("doctor")
    assert orphans(told) == ["docker.volume.far"]
    assert "seen over the connection docker.far" in told
    assert f"docker -H {lone_daemon.address} volume rm {engine.name}-same" in told
