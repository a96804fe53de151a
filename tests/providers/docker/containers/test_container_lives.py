"""Containers in a project, over the command line: what comes between a plan and its apply, and between a create and its end."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.providers.docker.test_kept_project import Project
from tests.services.between import Between
from tests.services.engine import PLAIN, Engine

pytestmark = [pytest.mark.docker, pytest.mark.slow]

RUNS: dict[str, Any] = {"image": PLAIN, "command": ["sleep", "100000"], "init": True, "stop_grace_period": "1s"}


class Lives(Project):
    """A project with one container, `web`."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        super().__init__(folder, engine.environ)
        self.engine = engine

    def declare(
        self, lifecycle: dict[str, Any] | None = None, beside: dict[str, Any] | None = None, **spec: Any
    ) -> None:
        web = {"type": "docker.container", "spec": {**RUNS, **spec}, "lifecycle": lifecycle or {}}
        told = {"version": 1, "project": self.engine.name, "resources": {"web": web, **(beside or {})}}
        (self.folder / "reign.yaml").write_text(json.dumps(told))

    def ids(self) -> list[str]:
        return [each["Id"] for each in self.engine.containers()]

    def web(self) -> dict[str, Any]:
        (there,) = self.ids()
        told: dict[str, Any] = self.engine.api.inspect_container(there)
        return told

    def rests(self) -> None:
        self.run("apply", "--auto-approve")
        assert "No changes." in self.run("plan", "--detailed-exitcode")
        assert self.web()["State"]["Running"]


@pytest.fixture
def project(engine: Engine, tmp_path: Path) -> Lives:
    made = Lives(tmp_path, engine)
    made.declare()
    return made


@pytest.mark.parametrize("request_", ["create", "start"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_one_whose_making_was_killed_is_finished(request_: str, moment: Any, project: Lives, between: Between) -> None:
    between.break_at(rf"^POST .*/containers/(\w+/)?{request_}\b", 1, moment, "kill")
    project.run("apply", "--auto-approve", code=-9, DOCKER_HOST=between.address)
    left = project.ids()

    project.rests()

    assert len(left) == (0 if (request_, moment) == ("create", "before") else 1)
    assert left in ([], project.ids())


def test_one_that_is_removed_between_plan_and_apply(project: Lives, engine: Engine) -> None:
    project.run("apply", "--auto-approve")
    project.declare(mem_limit="64m")
    project.run("plan", "--out", "planned")
    engine.api.remove_container(f"{engine.name}-web", force=True)

    told = project.run("apply", "planned", "--auto-approve", code=6)

    assert "docker.container.web" in told
    assert project.ids() == []
    project.rests()


def test_an_image_that_vanishes_between_plan_and_apply(project: Lives, engine: Engine) -> None:
    name = f"{engine.name}/short-lived"
    engine.api.tag(PLAIN, name, "1")
    project.declare(image=f"{name}:1", pull_policy="never")
    project.run("plan", "--out", "planned")
    engine.api.remove_image(f"{name}:1")

    told = project.run("apply", "planned", "--auto-approve", code=7)

    assert "Image not found" in told
    assert project.ids() == []
    engine.api.tag(PLAIN, name, "1")
    project.rests()


def test_one_that_is_left_over_is_told(project: Lives, engine: Engine) -> None:
    project.run("apply", "--auto-approve")
    assert "doctor/orphan" not in project.run("doctor")
    project.run("state", "rm", "web", "--auto-approve")

    told = project.run("doctor")

    assert "doctor/orphan" in told
    assert f"docker container rm --force {engine.name}-web" in told


def test_one_after_the_other_under_names_of_their_own(project: Lives, engine: Engine) -> None:
    project.declare({"create_before_destroy": True}, environment={"COLOUR": "red"})
    project.run("apply", "--auto-approve")
    first = project.web()
    project.declare({"create_before_destroy": True}, environment={"COLOUR": "blue"})

    project.rests()

    second = project.web()
    assert first["Id"] != second["Id"]
    for each in (first, second):
        assert each["Name"].startswith(f"/{engine.name}-web-")
        assert len(each["Name"]) == len(f"/{engine.name}-web-") + 4


def test_one_is_restarted_where_it_stands_when_something_else_changes(project: Lives) -> None:
    def conf(text: str) -> dict[str, Any]:
        return {"conf": {"type": "local.file", "spec": {"path": "web.conf", "content": text}}}

    project.declare({"restart_triggered_by": ["conf"]}, conf("red"))
    project.run("apply", "--auto-approve")
    before = project.web()
    project.declare({"restart_triggered_by": ["conf"]}, conf("blue"))
    assert "conf changes, which restarts it" in project.run("plan")

    project.rests()

    after = project.web()
    assert after["Id"] == before["Id"]
    assert after["State"]["StartedAt"] != before["State"]["StartedAt"]


def test_a_name_that_another_program_took(project: Lives, engine: Engine) -> None:
    stranger = engine.api.create_container(PLAIN, "true", name=f"{engine.name}-web")["Id"]

    assert "plan/not-ours" in project.run("plan", code=1)
    assert project.ids() == [stranger]
