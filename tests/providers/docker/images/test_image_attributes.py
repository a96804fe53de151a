"""Each attribute of `docker.image` on a real engine: made, seen as it is, changed and seen again; what comes of a change."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reign.providers.docker.specs.build import REFUSED
from reign.providers.docker.specs.image import IMAGE
from tests.providers.docker.images.conftest import World
from tests.services.engine import PLAIN

if TYPE_CHECKING:
    from tests.services.registry import Registry

pytestmark = pytest.mark.docker

DOCKERFILE = f"FROM {PLAIN} AS one\nARG V=none\nRUN echo $V > /told\nFROM one AS two\nRUN echo two > /told\n"


@dataclass(frozen=True)
class Row:
    """`is_anew`: whether another image comes of the change; None where the engine's cache decides."""

    first: Any
    second: Any
    is_anew: bool | None = True


BUILD = {
    "context": Row("app", "other"),
    "dockerfile": Row("Dockerfile", "../Beside"),
    "dockerfile_inline": Row(DOCKERFILE, f"{DOCKERFILE}ENV A=b\n"),
    "args": Row({"V": "1"}, {"V": "2"}),
    "labels": Row({"a": "b"}, {"a": "c"}),
    "target": Row("one", None),
    "tags": Row(["TEST-a:1"], ["TEST-b:1", "TEST-c:1"], is_anew=False),
    "cache_from": Row([], [PLAIN], is_anew=None),
    "no_cache": Row(False, True),
    "network": Row(None, "none", is_anew=None),
    "extra_hosts": Row([], ["db:10.0.0.1"], is_anew=None),
    "shm_size": Row("64m", "32m", is_anew=None),
    "ulimits": Row({}, {"nofile": 64}, is_anew=None),
    "platforms": Row([], ["linux/amd64"], is_anew=None),
    "isolation": Row(None, "default", is_anew=None),
}
"""Keys of `build` that an engine without BuildKit and without a registry takes."""
ELSEWHERE = {"pull": "a registry", "secrets": "BuildKit", "ssh": "BuildKit"}
OFF = ("privileged", "provenance", "sbom")
ROWS = {
    "tags": Row(["TEST-a:1"], ["TEST-b:1"], is_anew=False),
    "platform": Row(None, "linux/amd64", is_anew=None),
    "keep": Row(None, True, is_anew=False),
    "triggers": Row({"a": "1"}, {"a": "2"}, is_anew=None),
}
OWN_TESTS = ("name", "build", "push", "pull_policy", "context_sha256", "current")
SAMPLE = ("build.args", "tags")
CASES = {**{f"build.{name}": row for name, row in BUILD.items()}, **ROWS}


def test_every_attribute_has_a_row_or_a_reason() -> None:
    fields = IMAGE.schema().fields
    build = fields["build"].kind.fields or {}
    assert set(ROWS) | set(OWN_TESTS) == set(fields)
    assert set(BUILD) | set(ELSEWHERE) | set(OFF) == set(build) - set(REFUSED)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in SAMPLE else pytest.mark.slow) for name in CASES]
)
def test_it_is_made_seen_and_changed(name: str, world: World) -> None:
    row = CASES[name]
    world.write("app/Dockerfile", DOCKERFILE)
    world.write("other/Dockerfile", DOCKERFILE)
    world.write("other/more", "more")
    world.write("Beside", f"{DOCKERFILE}ENV C=d\n")
    first, second = (declared(name, named(value, world.engine.name)) for value in (row.first, row.second))

    made = world.create(first)
    quiet(world, made, first)
    changed = world.update(made, second)
    quiet(world, changed, second)

    assert row.is_anew is None or (made.outputs["id"] != changed.outputs["id"]) is row.is_anew
    world.docker.delete(changed, world.call)
    assert world.engine.images() == [] or second.get("keep")


@pytest.mark.slow
def test_push_is_made_seen_and_changed(world: World, registry: Registry, tmp_path: Path) -> None:
    registry.configuration(tmp_path / "docker")
    world.write("app/Dockerfile", DOCKERFILE)
    spec: dict[str, Any] = {"name": f"{registry.host}/{world.engine.name}/web:1", "build": "app"}
    made = world.create(spec)
    assert world.look(made, {**spec, "push": True}).spec["push"] is False
    changed = world.update(made, {**spec, "push": True})
    quiet(world, changed, {**spec, "push": True})
    assert changed.outputs["id"] == made.outputs["id"]
    assert str(changed.outputs["reference"]).startswith(f"{registry.host}/{world.engine.name}/web@sha256:")


def quiet(world: World, known: Any, spec: Any) -> None:
    """Three looks find nothing that differs."""
    for _ in range(3):
        seen = world.look(known, spec)
        assert seen.owned
        assert {name: value for name, value in seen.spec.items() if known.spec.get(name) != value} == {}
        assert seen.outputs == known.outputs


def declared(name: str, value: Any) -> dict[str, Any]:
    """An image with this one attribute."""
    front, _, key = name.partition(".")
    build = {"context": "app", **({key: value} if key and value is not None else {})}
    return {"build": build, **({} if key or value is None else {front: value})}


def named(value: Any, project: str) -> Any:
    """With names of this test's own."""
    return [item.replace("TEST", project) for item in value] if isinstance(value, list) else value
