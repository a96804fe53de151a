"""A project with every key of an image, and what the command makes of it on a real engine with a real registry."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.providers.docker.test_kept_project import Project
from tests.services.engine import PLAIN, Engine
from tests.services.registry import Registry

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(600)]

IMAGES = Path(__file__).parents[3] / "projects" / "images"
TOKEN = "canary-7d1f0a"


@pytest.fixture
def project(engine: Engine, registry: Registry, tmp_path: Path) -> Project:
    folder = tmp_path / "project"
    shutil.copytree(IMAGES, folder)
    found = Project(folder, engine.environ)
    found.environ |= {
        "DOCKER_CONFIG": str(registry.configuration(tmp_path / "docker")),
        "BUILD_TOKEN": TOKEN,
        "REIGN_VAR_prefix": engine.name,
        "REIGN_VAR_base": PLAIN,
        "REIGN_VAR_registry": registry.host,
    }
    return found


def test_every_key_is_made_seen_and_removed(project: Project, engine: Engine, registry: Registry) -> None:
    said = project.run("apply", "--auto-approve")
    names = [f"{engine.name}-{word}" for word in ("guarded:1", "isolated:1", "more:1", "web:stable")]
    pushed = f"{registry.host}/{engine.name}/web:1"
    there = sorted(name for each in engine.images() for name in each["RepoTags"])
    assert there == sorted([*names, pushed])
    for _ in range(3):
        said += project.run("plan", "--detailed-exitcode")
    (project.folder / "app" / "index.html").write_text("changed")
    said += project.run("plan", "--detailed-exitcode", code=2)
    assert said.count("context_sha256") >= 3
    said += project.run("apply", "--auto-approve") + project.run("destroy", "--auto-approve")
    assert engine.images() == []
    assert engine.api.inspect_image(PLAIN), "what was there before stays"
    written = b"".join(each.read_bytes() for each in (project.folder / ".reign").rglob("*") if each.is_file())
    assert TOKEN not in said
    for secret in (TOKEN, registry.password):
        assert secret.encode() not in written


def test_what_others_change_is_found_and_mended(project: Project, engine: Engine, registry: Registry) -> None:
    project.run("apply", "--auto-approve")
    web, isolated = f"{registry.host}/{engine.name}/web:1", f"{engine.name}-isolated:1"
    engine.api.remove_image(f"{engine.name}-web:stable")
    engine.api.remove_image(f"{engine.name}-more:1")
    engine.api.remove_image(isolated)
    said = project.run("drift", code=2)
    for word in ("tags", "current", "docker.image.isolated"):
        assert word in said
    project.run("apply", "--auto-approve")
    assert "No changes." in project.run("plan")
    engine.api.tag(PLAIN, isolated)
    assert "plan/made-anew" in project.run("plan", code=1)
    assert web in {name for each in engine.images() for name in each["RepoTags"]}
