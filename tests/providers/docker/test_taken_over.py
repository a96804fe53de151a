"""What others made, by the command line: in the way of a plan, and taken over by `reign import`, of each type."""

from __future__ import annotations

from pathlib import Path

import pytest

from reign.providers.docker.marks import without_bookkeeping
from tests.providers.docker.command import Project
from tests.services.engine import PLAIN, Engine

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(600)]

BLOCKS = {
    "docker.network": "{type: docker.network, spec: {name: NAME-there}}",
    "docker.volume": "{type: docker.volume, spec: {name: NAME-there}}",
    "docker.container": """{type: docker.container,
    spec: {name: NAME-there, image: "IMAGE", command: [sleep, "1000"], network_mode: none}}""",
}


@pytest.fixture
def project(engine: Engine, tmp_path: Path) -> Project:
    return Project(tmp_path, engine.environ)


NOTES = {"com.docker.compose.config-hash": "37fa", "com.docker.compose.version": "2.40.3"}
"""What docker compose notes down of itself: nothing is made anew for it."""


def stranger(engine: Engine, type: str) -> str:
    """Somebody else makes it by hand: its id."""
    name, api = f"{engine.name}-there", engine.api
    if type == "docker.network":
        return str(api.create_network(name, labels=NOTES)["Id"])
    if type == "docker.volume":
        return str(api.create_volume(name, labels=NOTES)["Name"])
    made = api.create_container(
        PLAIN, ["sleep", "1000"], name=name, host_config=api.create_host_config(network_mode="none")
    )
    api.start(made)
    return str(made["Id"])


@pytest.mark.parametrize("by", ["id", "name"])
@pytest.mark.parametrize("type", BLOCKS)
def test_it_is_in_the_way_until_it_is_imported(project: Project, engine: Engine, type: str, by: str) -> None:
    made = stranger(engine, type)
    block = BLOCKS[type].replace("NAME", engine.name).replace("IMAGE", PLAIN)
    project.write(f"project: {engine.name}\nresources: {{it: {block}}}\n")
    said = project.run("plan", code=1)
    assert "plan/not-ours" in said
    assert f"take it over by imports (to: it), or: reign import {type}.it {made}\n" in said
    project.run("import", "it", made if by == "id" else f"{engine.name}-there", "--auto-approve")
    assert "No changes." in project.run("plan", "--detailed-exitcode")
    assert "doctor/" not in project.run("doctor")
    project.run("destroy", "--auto-approve")
    assert (engine.networks(), engine.volumes(), engine.containers()) == ([], [], [])


@pytest.mark.parametrize("type", BLOCKS)
def test_what_is_not_there_is_not_imported(project: Project, engine: Engine, type: str) -> None:
    block = BLOCKS[type].replace("NAME", engine.name).replace("IMAGE", PLAIN)
    project.write(f"project: {engine.name}\nresources: {{it: {block}}}\n")
    assert "plan/import-missing" in project.run("import", "it", "nothing-here", "--auto-approve", code=1)


@pytest.mark.parametrize(
    "more", ["", ", pull_policy: never", ", pull_policy: missing, keep: true, tags: [], triggers: {}"]
)
def test_an_image_that_is_imported_is_as_declared(project: Project, engine: Engine, more: str) -> None:
    project.write(
        f'project: {engine.name}\nresources: {{it: {{type: docker.image, spec: {{name: "{PLAIN}"{more}}}}}}}\n'
    )
    said = project.run("import", "it", PLAIN, "--auto-approve")
    assert "It is as declared" in said
    assert "No changes." in project.run("plan", "--detailed-exitcode")


def test_what_compose_notes_is_compared_where_it_is_declared() -> None:
    assert without_bookkeeping({**NOTES, "tier": "front", "reign.key": "k"}, None) == {"tier": "front"}
    assert without_bookkeeping(NOTES, {**NOTES}) == NOTES
