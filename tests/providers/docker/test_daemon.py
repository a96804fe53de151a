"""An engine that is down, stopped, killed, full, or not for everybody: what is said, with which exit code; nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.services.between import CREATES, Between
from tests.services.daemon import Daemon
from tests.services.engine import PLAIN, Engine
from tests.services.machine import rooted, wait_for

pytestmark = pytest.mark.docker

CONTAINERS = 4


@dataclass
class Project:
    """A project of some containers, worked on through the real command line."""

    folder: Path
    name: str
    host: str

    def write(self, deadline: str = "60s") -> None:
        one = f"image: '{PLAIN}', command: [sleep, '100000'], network_mode: none, init: true, stop_grace_period: 1s"
        text = f"version: 1\nproject: {self.name}\nproviders: {{docker: {{host: '{self.host}'}}}}\nresources:\n"
        text += f"  it: {{type: docker.container, count: {CONTAINERS}, timeout: {deadline}, spec: {{{one}}}}}\n"
        text += f"  data: {{type: docker.volume, timeout: {deadline}}}\n"
        (self.folder / "reign.yaml").write_text(text, encoding="utf-8")

    def start(self, *words: str) -> subprocess.Popen[str]:
        environ = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "REIGN_TRUST": "1"}
        return subprocess.Popen(
            [sys.executable, "-m", "reign", *words], cwd=self.folder, env=environ, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def reign(self, *words: str) -> tuple[int, str]:
        """Its exit code, and all that it said."""
        process = self.start(*words)
        out, err = process.communicate()
        return process.returncode, out + err

    def rests(self) -> None:
        """All is there once, is what the state holds, and there is nothing to do."""
        code, told = self.reign("apply", "--auto-approve")
        assert code == 0, told
        code, told = self.reign("plan", "--detailed-exitcode")
        assert code == 0, told
        assert "No changes." in told
        code, told = self.reign("state", "list", "--json")
        assert len(json.loads(told)) == CONTAINERS + 1


@pytest.fixture
def project(tmp_path: Path, engine: Engine) -> Project:
    made = Project(tmp_path, engine.name, engine.address)
    made.write()
    return made


def says(told: str, *words: str) -> None:
    """In words, with what to do, and without a traceback."""
    for word in words:
        assert word.lower() in told.lower(), told
    assert "Traceback" not in told


def test_an_engine_that_is_not_there(project: Project) -> None:
    project.host = f"unix://{project.folder}/none.sock"
    project.write()
    code, told = project.reign("plan")
    assert code == 1, told
    says(told, "docker", "none.sock")
    code, told = project.reign("apply", "--auto-approve")
    assert code == 1, told


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """One that everybody may use: those that tests are given lie in one of this user's own."""
    folder = Path(tempfile.mkdtemp(prefix="reign-open-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can have a socket that it lets another user not use")
def test_a_socket_that_is_not_for_this_user(project: Project, open_folder: Path) -> None:
    shutil.copy(project.folder / "reign.yaml", open_folder)
    words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-m", "reign", "plan"]
    environ = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "REIGN_TRUST": "1"}
    environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    readable = subprocess.run([*words[:4], sys.executable, "-c", "import reign"], env=environ, capture_output=True)
    if readable.returncode:
        pytest.skip("another user may not read this checkout or its Python")
    ran = subprocess.run(words, cwd=open_folder, env=environ, capture_output=True, text=True)
    assert ran.returncode == 1
    says(ran.stdout + ran.stderr, "permission", "group")


def test_an_answer_that_never_comes_is_a_timeout_and_nothing_is_made_twice(
    project: Project, between: Between, engine: Engine
) -> None:
    project.host = between.address
    project.write(deadline="3s")
    between.break_at(CREATES["docker.container"], 2, "after", "withheld", 30)
    code, told = project.reign("apply", "--auto-approve")
    assert code in (7, 8), told
    says(told, "docker.container.it")
    between.mend()
    project.write()
    project.rests()
    assert len(engine.containers()) == CONTAINERS


@pytest.fixture
def own(lone_daemon: Daemon, tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path, "own", lone_daemon.address)
    made.write()
    yield made


def made_by_now(daemon: Daemon) -> int:
    api = daemon.api()
    try:
        return len(api.containers(all=True))
    finally:
        api.close()


def remove_unstarted(daemon: Daemon) -> None:
    """What it had begun to start as it was killed, and can never start again."""
    api = daemon.api()
    try:
        for each in api.containers(all=True, filters={"status": "created"}):
            api.remove_container(each["Id"], force=True)
    finally:
        api.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_engine_that_is_killed_in_the_middle(own: Project, lone_daemon: Daemon) -> None:
    running = own.start("apply", "--auto-approve", "--parallelism", "1")
    assert wait_for(lambda: made_by_now(lone_daemon) > 0, 60)
    rooted("kill", f"-{signal.SIGKILL:d}", str(lone_daemon.pid))
    out, err = running.communicate()
    assert running.returncode == 7, out + err
    says(out + err, "docker engine")
    lone_daemon.start()
    if "docker rm -f" in own.reign("apply", "--auto-approve")[1]:
        remove_unstarted(lone_daemon)
    own.rests()
    assert made_by_now(lone_daemon) == CONTAINERS


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_engine_that_is_stopped_in_the_middle(own: Project, lone_daemon: Daemon) -> None:
    own.write(deadline="5s")
    running = own.start("apply", "--auto-approve", "--parallelism", "1")
    assert wait_for(lambda: made_by_now(lone_daemon) > 0, 60)
    rooted("kill", "-STOP", str(lone_daemon.pid))
    try:
        out, err = running.communicate()
    finally:
        rooted("kill", "-CONT", str(lone_daemon.pid))
    assert running.returncode in (7, 8), out + err
    assert wait_for(lone_daemon.answers, 60)
    own.write()
    own.rests()
    assert made_by_now(lone_daemon) == CONTAINERS


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_engine_without_room(own: Project, lone_daemon: Daemon) -> None:
    full = lone_daemon.data / "full"
    ran = rooted("dd", "if=/dev/zero", f"of={full}", "bs=1M", check=False)
    if "No space left" not in ran.stderr:
        pytest.skip("the engine's data stands on no disk of its own")
    (own.folder / "context").mkdir()
    (own.folder / "context" / "Dockerfile").write_text(f"FROM {PLAIN}\nCOPY big /big\n")
    (own.folder / "context" / "big").write_bytes(os.urandom(1 << 20))
    with (own.folder / "reign.yaml").open("a") as text:
        text.write("  image: {type: docker.image, spec: {build: context}}\n")
    code, told = own.reign("apply", "--auto-approve")
    assert code == 7, told
    says(told, "no space left", "docker system df")
    rooted("rm", "-f", full)
    code, told = own.reign("apply", "--auto-approve")
    assert code == 0, told
