"""`reign logs` and `reign inspect`: what a real engine says of what was made, and nothing in it of what is sensitive."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import CLEAN, REIGN
from tests.services.engine import PLAIN, Engine

pytestmark = pytest.mark.docker

PROJECT = f"""\
version: 1
project: NAME
secrets:
  long: {{env: LONG}}
  short: {{env: SHORT}}
resources:
  net: {{type: docker.network}}
  web:
    type: docker.container
    spec:
      image: {PLAIN}
      init: true
      stop_grace_period: 1s
      environment: {{LONG: "${{secret.long}}", SHORT: "${{secret.short}}", OPEN: value}}
      command: [sh, -c, "seq 1 200; echo it is $LONG; printf 'end\\n'; sleep 1000"]
  done:
    type: docker.container
    for_each: [a, b]
    spec: {{image: "{PLAIN}", command: [echo, "I was ${{each.key}}"], wait: completed}}
"""


class Project:
    """A folder, and the command line in it."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.folder = folder
        secrets = {"LONG": "quiet-please", "SHORT": "abc"}
        self.environ = {**CLEAN, **engine.environ, **secrets, "REIGN_TRUST": "1", "HOME": str(folder)}
        (folder / "reign.yaml").write_text(PROJECT.replace("NAME", engine.name), encoding="utf-8")

    def start(self, *words: str, **more: str) -> subprocess.Popen[str]:
        environ = {**self.environ, **more}
        pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
        return subprocess.Popen(
            [*REIGN, *words], cwd=self.folder, env=environ, stdin=nothing, stdout=pipe, stderr=pipe, text=True
        )

    def run(self, *words: str, code: int = 0, **more: str) -> str:
        with self.start(*words, **more) as running:
            out, said = running.communicate()
        assert running.returncode == code, out + said
        return out if code == 0 else out + said


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, services: object) -> Iterator[Project]:
    engine = Engine.of(services.daemon)  # type: ignore[attr-defined]
    made = Project(tmp_path_factory.mktemp("outside"), engine)
    made.run("apply", "--auto-approve")
    yield made
    engine.close()


def test_the_last_lines_of_a_container(project: Project) -> None:
    assert project.run("logs", "web").splitlines()[-3:] == ["200", "it is (sensitive)", "end"]
    for option in ("--lines", "--tail", "-n"):
        assert project.run("logs", "web", option, "2") == "it is (sensitive)\nend\n"
    assert len(project.run("logs", "web").splitlines()) == 100
    assert len(project.run("logs", "web", "-n", "1000").splitlines()) == 202
    assert project.run("logs", "web", "--tail", "0") == ""
    assert project.run("logs", "done[a]", "--tail", "0", "-f") == ""


def test_what_has_stopped_has_logs(project: Project) -> None:
    assert project.run("logs", "done[a]") == "I was a\n"
    assert project.run("logs", "done[b]", "-f") == "I was b\n", "it is followed to its end"


def test_ctrl_c_ends_following(project: Project) -> None:
    with project.start("logs", "web", "-f", "-n", "1") as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "end\n"
        running.send_signal(signal.SIGINT)
        out, said = running.communicate()
    assert (running.returncode, out, said.strip()) == (130, "", "")


@pytest.mark.parametrize(
    "reader", ["head -n 1", "sh -c 'head -n 201 | tail -n 1'"], ids=["at once", "at the last line"]
)
def test_who_reads_no_further_ends_following(project: Project, reader: str) -> None:
    """Also where no further line comes."""
    line = f"{' '.join(REIGN)} logs web -n 300 -f | {reader}; exit ${{PIPESTATUS[0]}}"
    seen = subprocess.run(
        ["bash", "-c", line], cwd=project.folder, env=project.environ, capture_output=True, text=True, check=False
    )
    assert seen.stdout.count("\n") == 1
    assert seen.stderr == ""
    assert seen.returncode == 0


def test_how_the_engine_describes_something(project: Project) -> None:
    web = json.loads(project.run("inspect", "web", "--json"))
    assert web["Config"]["Image"] == PLAIN
    assert {"LONG=(sensitive)", "SHORT=(sensitive)", "OPEN=value"} <= set(web["Config"]["Env"])
    assert json.loads(project.run("inspect", "web")) == web
    assert json.loads(project.run("inspect", "net", "--json"))["Driver"] == "bridge"


def test_what_cannot_be_told_is_said(project: Project) -> None:
    assert "docker.network.net is a docker.network" in project.run("logs", "net", code=1)
    assert "names 2 things" in project.run("logs", "done", code=1)
    assert 'Did you mean "web"?' in project.run("logs", "wbe", code=1)


def test_an_engine_that_the_environment_names_is_asked_without_trust_and_no_other(project: Project) -> None:
    assert project.run("logs", "done[a]", REIGN_TRUST="") == "I was a\n"
    said = project.run("logs", "web", code=4, REIGN_TRUST="", DOCKER_HOST="")
    assert "look/untrusted" in said


def test_an_engine_that_is_down_is_told(project: Project) -> None:
    said = project.run("logs", "web", code=1, DOCKER_HOST=f"unix://{project.folder}/nowhere.sock")
    assert "look/failed" in said


def test_what_is_listed_is_of_a_type_and_of_a_provider(project: Project) -> None:
    def listed(*words: str) -> list[str]:
        return [row["address"] for row in json.loads(project.run("state", "list", *words, "--json"))]

    assert listed("--type", "docker.network") == ["docker.network.net"]
    assert len(listed("--provider", "docker")) == 4
    assert listed("done[a]", "--provider", "docker") == ['docker.container.done["a"]']
    assert listed("--provider", "local") == []
    for option, name, meant in (("--type", "docker.netwrk", "docker.network"), ("--provider", "dokcer", "docker")):
        with project.start("state", "list", option, name) as running:
            assert f'Did you mean "{meant}"?' in running.communicate()[1]
