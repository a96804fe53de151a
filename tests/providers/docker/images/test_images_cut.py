"""Reign killed, or its connection cut, before, while and after an engine pulls, builds, names and pushes: nothing comes twice,
the next apply brings it to its end, and after that there is nothing to do.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.services.engine import PLAIN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services.between import Between
    from tests.services.engine import Engine
    from tests.services.registry import Registry

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

STEPS = {"pull": "/images/create", "build": "/build", "tag": "/images/[^/]+/tag", "push": "/push"}
MOMENTS: tuple[Literal["before", "during", "after"], ...] = ("before", "during", "after")
SAMPLE = (("build", "after", "kill"), ("push", "during", "cut"))
CASES = [
    pytest.param(*case, id="-".join(case), marks=() if case in SAMPLE else pytest.mark.slow)
    for case in product(STEPS, MOMENTS, ("kill", "cut"))
]


@dataclass
class Project:
    """One image that is pulled, and one that is built, named and pushed."""

    folder: Path
    environ: dict[str, str]

    def reign(self, *words: str) -> tuple[int, str]:
        """Its exit code, and all that it said."""
        ran = subprocess.run(
            [sys.executable, "-m", "reign", *words], cwd=self.folder, env=self.environ, capture_output=True, text=True
        )
        assert "Traceback" not in ran.stdout + ran.stderr
        return ran.returncode, ran.stdout + ran.stderr

    def write(self, change: str, engine: Engine, registry: Registry) -> None:
        """Its files."""
        names = f"{registry.host}/{engine.name}"
        pulled = f"type: docker.image, spec: {{name: '{names}/base:1', keep: false}}"
        build = f"build: {{context: app, no_cache: true}}, tags: ['{engine.name}-more:1'], push: true"
        built = f"type: docker.image, spec: {{name: '{names}/web:1', {build}}}"
        text = f"version: 1\nproject: {engine.name}\nresources: {{base: {{{pulled}}}, web: {{{built}}}}}\n"
        (self.folder / "app").mkdir(exist_ok=True)
        (self.folder / "app" / "Dockerfile").write_text(f"FROM {PLAIN}\nCOPY . /app/\n")
        (self.folder / "app" / "word").write_text(change)
        (self.folder / "reign.yaml").write_text(text)


@pytest.fixture
def project(engine: Engine, registry: Registry, between: Between, tmp_path: Path) -> Project:
    environ = {"HOME": str(tmp_path), "REIGN_TRUST": "1", "DOCKER_HOST": between.address}
    environ["DOCKER_CONFIG"] = str(registry.configuration(tmp_path / "docker"))
    (tmp_path / "project").mkdir()
    made = Project(tmp_path / "project", environ)
    made.write("one", engine, registry)
    base, auth = f"{registry.host}/{engine.name}/base", {"username": registry.user, "password": registry.password}
    engine.api.tag(PLAIN, base, "1")
    for told in engine.api.push(base, "1", stream=True, decode=True, auth_config=auth):
        assert "error" not in told
    engine.api.remove_image(f"{base}:1")
    return made


@pytest.mark.parametrize(("step", "moment", "way"), CASES)
def test_nothing_is_lost_and_nothing_made_twice(
    step: str, moment: Any, way: Any, project: Project, engine: Engine, registry: Registry, between: Between
) -> None:
    between.break_at(f"^POST .*{STEPS[step]}", 1, moment, way)
    code, told = project.reign("apply", "--auto-approve")
    assert between.fired() == 1
    assert code == (-signal.SIGKILL if way == "kill" else 0), told
    rests(project, engine, registry)

    if step != "pull":
        between.mend()
        project.write("two", engine, registry)
        between.break_at(f"^POST .*{STEPS['build' if step == 'tag' else step]}", 1, moment, way)
        code, told = project.reign("apply", "--auto-approve")
        assert code == (-signal.SIGKILL if way == "kill" else 0), told
        rests(project, engine, registry)
    code, told = project.reign("destroy", "--auto-approve")
    assert code == 0, told
    assert engine.images() == []


def rests(project: Project, engine: Engine, registry: Registry) -> None:
    """All is there once, is what the state holds, and there is nothing to do."""
    code, told = project.reign("apply", "--auto-approve")
    assert code == 0, told
    code, told = project.reign("plan", "--detailed-exitcode")
    assert code == 0, told
    code, told = project.reign("state", "list", "--json")
    assert len(json.loads(told)) == 2
    web = f"{registry.host}/{engine.name}/web:1"
    [built] = [each for each in engine.images() if each["Labels"]]
    assert sorted(built["RepoTags"]) == sorted([web, f"{engine.name}-more:1"])
    assert engine.api.inspect_image(web)["RepoDigests"]
