"""A project in which every key of a container stands: valid as a whole, and at work as far as any engine goes."""

import shutil
from pathlib import Path

import pytest

from tests.providers.docker.test_kept_project import Project
from tests.services.engine import PLAIN, Engine

pytestmark = [pytest.mark.docker, pytest.mark.slow]

CONTAINERS = Path(__file__).parents[3] / "projects" / "containers"


@pytest.fixture
def project(engine: Engine, tmp_path: Path) -> Project:
    folder = tmp_path / "project"
    shutil.copytree(CONTAINERS, folder)
    found = Project(folder, engine.environ)
    found.environ |= {"REIGN_VAR_prefix": engine.name, "REIGN_VAR_image": PLAIN}
    return found


def test_every_key_is_made_quiet_and_removed(project: Project, engine: Engine) -> None:
    project.run("validate", "--var", "everything=true")
    project.run("apply", "--auto-approve")
    for _ in range(3):
        project.run("plan", "--detailed-exitcode")
    (project.folder / "reign.yaml").write_text(
        (project.folder / "reign.yaml").read_text().replace("colour = red", "colour = blue")
    )
    began = engine.api.inspect_container(f"{engine.name}-web")["State"]["StartedAt"]
    project.run("apply", "--auto-approve")

    assert engine.api.inspect_container(f"{engine.name}-web")["State"]["StartedAt"] == began, (
        "a signal restarts nothing"
    )
    engine.api.pause(f"{engine.name}-web")
    engine.api.remove_container(f"{engine.name}-job", force=True)
    said = project.run("drift", code=2)
    assert "paused" in said
    assert "docker.container.job" in said
    project.run("apply", "--auto-approve")
    project.run("plan", "--detailed-exitcode")
    project.run("destroy", "--auto-approve")
    assert engine.containers() == []
