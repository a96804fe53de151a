"""Builds by BuildKit, from the command line: who sees their secrets, and what a kill leaves of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.services.engine import PLAIN, Engine
from tests.services.machine import wait_for

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

CANARY = "canary-9b41f7c2"
WAITS_S = 60


@dataclass
class Project:
    """An image whose build reads a secret, says a word, and waits until it is ended or its file is there."""

    folder: Path
    engine: Engine

    @property
    def word(self) -> str:
        """What is in the command line of the step, and in no other."""
        return f"word-{self.engine.name}"

    def write(self, seconds: int) -> None:
        """Its files."""
        for name in ("app", "tmp"):
            (self.folder / name).mkdir(exist_ok=True)
        step = f"RUN --mount=type=secret,id=it sha256sum /run/secrets/it > /sum; sleep {seconds}; echo {self.word}"
        (self.folder / "app" / "Dockerfile").write_text(f"FROM {PLAIN}\n{step}\n")
        build = "{context: app, network: none, secrets: {it: {value: '${secret.it}'}}}"
        text = f"version: 1\nproject: {self.engine.name}\nsecrets: {{it: {{env: CANARY}}}}\nresources:\n"
        (self.folder / "reign.yaml").write_text(f"{text}  web: {{type: docker.image, spec: {{build: {build}}}}}\n")

    def start(self, *words: str) -> subprocess.Popen[str]:
        own = {"HOME": str(self.folder), "TMPDIR": str(self.folder / "tmp"), "REIGN_TRUST": "1", "CANARY": CANARY}
        return subprocess.Popen(
            [sys.executable, "-m", "reign", *words], cwd=self.folder, text=True,
            env={"PATH": os.environ["PATH"], **own, **self.engine.environ},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def reign(self, *words: str, code: int = 0) -> str:
        """What it said."""
        running = self.start(*words)
        said, _ = running.communicate()
        assert running.returncode == code, said
        return said

    def building(self) -> subprocess.Popen[str]:
        """An apply whose build has come to its step."""
        running = self.start("apply", "--auto-approve")
        if not wait_for(lambda: running.poll() is not None or runs(self.word), WAITS_S) or running.poll() is not None:
            running.kill()
            said, _ = running.communicate()
            if "BuildKit cannot be used" in said:
                pytest.skip("there is no docker command here that speaks to BuildKit")
            raise AssertionError(said)
        return running

    def scratch(self) -> list[Path]:
        """What stands in its folder for temporary files."""
        return [*(self.folder / "tmp").iterdir()]

    def kept(self) -> bytes:
        """All that stands in its folder by now."""
        return b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
def project(tmp_path: Path, engine: Engine) -> Iterator[Project]:
    made = Project(tmp_path / "project", engine)
    made.folder.mkdir()
    yield made


def runs(word: str) -> bool:
    """Whether a step runs that says it."""
    return any(word.encode() in line and b"/bin/sh" in line for _, line in told("cmdline"))


def told(what: str) -> Iterator[tuple[int, bytes]]:
    """Of every process that still runs."""
    for each in Path("/proc").glob(f"[0-9]*/{what}"):
        try:
            yield int(each.parent.name), each.read_bytes()
        except OSError:
            continue


def test_a_secret_is_seen_by_the_docker_command_alone(project: Project, engine: Engine) -> None:
    project.write(seconds=5)
    running = project.building()
    secret = CANARY.encode()
    in_words = [line for _, line in told("cmdline") if secret in line]
    given = {pid for pid, environ in told("environ") if secret in environ}
    words = dict(told("cmdline"))
    kept = project.kept()
    said, _ = running.communicate()

    assert running.returncode == 0, said
    assert in_words == []
    others = [words[pid] for pid in given - {running.pid} if b"build\0--progress=plain" not in words.get(pid, b"gone")]
    assert [each for each in others if b"docker-buildx" not in each and each != b"gone"] == []
    told_of = str(engine.api.inspect_image(f"{engine.name}-web:latest"))
    told_of += str(engine.api.history(f"{engine.name}-web:latest"))
    assert project.scratch() == []
    for text in (said, told_of, project.reign("plan", "--debug"), project.reign("show", "--json")):
        assert CANARY not in text
    assert secret not in kept + project.kept()


@pytest.mark.slow
def test_a_kill_ends_the_build_as_well(project: Project, engine: Engine) -> None:
    project.write(seconds=300)
    running = project.building()
    [left] = project.scratch()
    running.kill()
    running.communicate()
    assert wait_for(lambda: not runs(project.word), WAITS_S)
    assert engine.images() == []

    os.utime(left, (1, 1))
    project.write(seconds=0)
    project.reign("apply", "--auto-approve")
    assert project.scratch() == []
    assert len(engine.images()) == 1
    assert "No changes." in project.reign("plan", "--detailed-exitcode")
