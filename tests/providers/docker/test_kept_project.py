"""A project with every key of a network and a volume, and others of the command's own life, on a real engine."""

from pathlib import Path

import pytest

from tests.providers.docker.command import Project
from tests.services.engine import Engine

pytestmark = pytest.mark.docker

KEPT = Path(__file__).parents[2] / "projects" / "kept" / "reign.yaml"


@pytest.fixture
def project(engine: Engine, tmp_path: Path) -> Project:
    return Project(tmp_path, engine.environ)


def names(engine: Engine) -> list[str]:
    return sorted(each["Name"] for each in [*engine.networks(), *engine.volumes()])


@pytest.mark.slow
def test_every_key_is_made_seen_and_removed(project: Project, engine: Engine) -> None:
    (project.folder / "reign.yaml").write_text(KEPT.read_text())
    project.environ["REIGN_VAR_prefix"] = engine.name
    project.run("apply", "--auto-approve")
    assert names(engine) == [f"{engine.name}-front", f"{engine.name}-scratch"]
    for _ in range(3):
        assert "No changes." in project.run("plan", "--detailed-exitcode")
    engine.api.remove_network(f"{engine.name}-front")
    assert "1 to add" in project.run("plan")
    project.run("apply", "--auto-approve")
    project.run("destroy", "--auto-approve")
    assert names(engine) == []


@pytest.mark.slow
def test_without_trust_only_the_engine_of_the_environment_is_asked(project: Project, engine: Engine) -> None:
    text = (
        f"version: 1\nproject: {engine.name}\nproviders: {{docker.other: {{host: '{engine.address}'}}}}\nresources:\n"
    )
    (project.folder / "reign.yaml").write_text(
        f"{text}  net: {{type: docker.network}}\n  far: {{type: docker.network, provider: docker.other}}\n"
    )
    del project.environ["REIGN_TRUST"]
    assert "not looked at: connection docker.other\n" in project.run("plan")
    assert "docker.network.net" in project.run("plan", DOCKER_HOST="").partition("not looked at:")[2].partition("\n")[0]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_is_there_is_imported_and_what_was_left_is_told(project: Project, engine: Engine) -> None:
    file = project.folder / "reign.yaml"
    file.write_text(f"version: 1\nproject: {engine.name}\nresources: {{data: {{type: docker.volume}}}}\n")
    engine.api.create_volume(f"{engine.name}-data")
    assert "plan/not-ours" in project.run("plan", code=1)
    project.run("import", "data", f"{engine.name}-data", "--auto-approve")
    assert "No changes." in project.run("plan")
    project.run("destroy", "--auto-approve")
    assert names(engine) == []
    project.run("apply", "--auto-approve")
    project.run("state", "rm", "data", "--auto-approve")
    told = project.run("doctor")
    assert "doctor/orphan" in told
    assert f"docker volume rm {engine.name}-data" in told
    assert "doctor/not-asked" in project.run("doctor", DOCKER_HOST="unix:///no/such.sock")
    assert "doctor/orphan" not in project.run("doctor", DOCKER_HOST="unix:///no/such.sock")
    project.run("apply", "--auto-approve")
    assert "doctor/orphan" not in project.run("doctor")


def test_a_daemon_that_is_down_is_one_finding(project: Project) -> None:
    (project.folder / "reign.yaml").write_text("version: 1\nproject: p\nresources: {net: {type: docker.network}}\n")
    told = project.run("plan", code=1, DOCKER_HOST="unix:///no/such.sock")
    assert "Docker Engine not reached" in told
    assert "systemctl start docker" in told
    assert "Traceback" not in told
