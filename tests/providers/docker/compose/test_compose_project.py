"""A project of a compose file at work: made in order, given what is secret as files, scaled, broken by hand and mended."""

import shutil
from pathlib import Path

import pytest

from tests.providers.docker.test_kept_project import Project
from tests.services.engine import PLAIN, Engine

pytestmark = [pytest.mark.docker, pytest.mark.slow]

COMPOSED = Path(__file__).parents[3] / "projects" / "composed"


@pytest.fixture
def project(engine: Engine, tmp_path: Path) -> Project:
    folder = tmp_path / "project"
    shutil.copytree(COMPOSED, folder)
    found = Project(folder, engine.environ)
    found.environ |= {"REIGN_VAR_prefix": engine.name, "REIGN_VAR_image": PLAIN}
    return found


def names(engine: Engine) -> set[str]:
    return {each["Names"][0].removeprefix(f"/{engine.name}-") for each in engine.containers()}


def read(engine: Engine, name: str, path: str) -> str:
    started = engine.api.exec_create(f"{engine.name}-{name}", ["cat", path])
    return str(engine.api.exec_start(started["Id"]).decode())


def change(project: Project, name: str, old: str, new: str) -> None:
    text = (project.folder / name).read_text()
    assert old in text
    (project.folder / name).write_text(text.replace(old, new))


def test_a_shop_is_made_scaled_broken_and_mended(project: Project, engine: Engine) -> None:
    project.run("apply", "--auto-approve")
    project.run("plan", "--detailed-exitcode")
    assert names(engine) == {"first-1", "shop-1", "shop-2", "more-1"}
    token = read(engine, "shop-2", "/run/secrets/token")
    assert (len(token), read(engine, "shop-1", "/etc/greeting")) == (24, "Hello")
    assert token not in str(engine.api.inspect_container(f"{engine.name}-shop-1"))

    engine.api.exec_start(engine.api.exec_create(f"{engine.name}-shop-1", ["rm", "/run/secrets/token"])["Id"])
    engine.api.stop(f"{engine.name}-more-1", timeout=0)
    said = project.run("drift", code=2)
    assert "/run/secrets/token" in said
    assert token not in said
    assert "more" in said
    project.run("apply", "--auto-approve")
    assert read(engine, "shop-1", "/run/secrets/token") == token
    project.run("plan", "--detailed-exitcode")

    change(project, "shop.yaml", "scale: 2", "scale: 3")
    change(project, "reign.yaml", "profiles: [more]", "profiles: []")
    change(project, "shop.env", "Hello", "Welcome")
    project.run("apply", "--auto-approve")
    assert names(engine) == {"first-1", "shop-1", "shop-2", "shop-3"}
    assert read(engine, "shop-3", "/etc/greeting") == "Welcome"
    project.run("destroy", "--auto-approve")
    assert engine.containers() == []
