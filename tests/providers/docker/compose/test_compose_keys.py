"""Every key of the published schema is taken, or refused by a finding of its own.

The schema is read where Go keeps the module that brings it, and is nowhere copied to.
"""

from __future__ import annotations

import json
import subprocess
import types
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from reign.providers.docker.compose import models, refusals
from reign.providers.docker.compose.keys import HERE, of_containers
from reign.providers.docker.containers.spec import ContainerSpec
from reign.providers.docker.specs.build import BuildSpec
from reign.providers.docker.specs.network import NetworkSpec
from reign.providers.docker.specs.volume import VolumeSpec
from tests.foreign import building
from tests.programs import missing

MODULE = "github.com/compose-spec/compose-go/v2@v2.16.2"


@cache
def schema() -> dict[str, Any]:
    try:
        words = [str(building.go()), "mod", "download", "-json", MODULE]
        ran = subprocess.run(words, capture_output=True, text=True, timeout=100, cwd="/", check=True)
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        missing("go", str(error))
    return json.loads((Path(json.loads(ran.stdout)["Dir"]) / "schema" / "compose-spec.json").read_text())


def keys(node: Any, depth: int = 0) -> Iterator[tuple[str, ...]]:
    """Every path of keys below a definition; of maps by free names and of lists, what each entry has."""
    if not isinstance(node, dict) or depth > 8:
        return
    if "$ref" in node:
        yield from keys(schema()["$defs"][node["$ref"].rpartition("/")[2]], depth + 1)
    for each in (*node.get("oneOf", ()), *node.get("anyOf", ()), *node.get("allOf", ())):
        yield from keys(each, depth + 1)
    for name, inner in node.get("properties", {}).items():
        yield (name,)
        yield from ((name, *path) for path in keys(inner, depth + 1))
    for pattern, inner in node.get("patternProperties", {}).items():
        if pattern != "^x-":
            yield from keys(inner, depth + 1)
    yield from keys(node.get("items"), depth + 1)


def models_in(hint: Any) -> Iterator[type[BaseModel]]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    for arg in get_args(hint) if get_origin(hint) in (Union, types.UnionType, list, dict) or get_args(hint) else ():
        yield from models_in(arg)


def is_told(model: type[BaseModel], path: tuple[str, ...]) -> bool:
    """Whether a model has the key, or refuses it; below what it refuses, and below free maps, everything is told."""
    name, rest = path[0], path[1:]
    if name in getattr(model, "refusals", {}):
        return True
    if name not in model.model_fields:
        return False
    inner = [*models_in(model.model_fields[name].annotation)]
    inner += [
        each
        for item in model.model_fields[name].metadata
        for hint in getattr(item, "hints", ())
        for each in models_in(hint)
    ]
    if not rest or not inner:
        return True
    return any(is_told(each, rest) for each in inner)


OWN = {
    "build": BuildSpec,
    "deploy": models.Deploy,
    "depends_on": models.Dependency,
    "configs": models.Grant,
    "secrets": models.Grant,
    "env_file": models.EnvFile,
    "extends": models.Extends,
}


def is_told_of_a_service(path: tuple[str, ...]) -> bool:
    name, rest = path[0], path[1:]
    if name in refusals.SERVICE or (name in ContainerSpec.refusals and name not in HERE):
        return True
    if path[:2] == ("build", "secrets"):
        return len(path) == 2 or is_told(models.Grant, path[2:])
    if name in OWN:
        return not rest or is_told(OWN[name], rest)
    if name == "networks" and rest[:1] and rest[0] in refusals.NETWORK:
        return True
    known = HERE | of_containers()
    return name in known and (not rest or name not in ContainerSpec.model_fields or is_told(ContainerSpec, path))


def test_every_key_of_a_service() -> None:
    found = sorted(set(keys(schema()["$defs"]["service"])))
    assert len(found) > 200
    assert [".".join(path) for path in found if not is_told_of_a_service(path)] == []


@pytest.mark.parametrize(
    ("definition", "model"),
    [
        ("network", NetworkSpec),
        ("volume", VolumeSpec),
        ("config", models.Config),
        ("secret", models.Secret),
        ("deployment", models.Deploy),
        ("include", models.Included),
    ],
)
def test_every_key_of_the_rest(definition: str, model: type[BaseModel]) -> None:
    found = sorted(set(keys(schema()["$defs"][definition])))
    assert found
    assert [".".join(path) for path in found if not is_told(model, path)] == []


def test_every_key_of_a_file() -> None:
    assert [name for name in schema()["properties"] if not is_told(models.Root, (name,))] == []


@pytest.mark.parametrize("name", sorted(refusals.SERVICE))
def test_each_refused_key_of_a_service_is_a_finding_of_its_own(refused: Any, name: str) -> None:
    problems = refused(f"services:\n  web:\n    image: x\n    {name}: {{}}\n")
    assert [(each.code, each.place.line, each.place.column) for each in problems] == [(refusals.CODE, 4, 5)]
    details = {each.detail + each.fix for each in refusals.SERVICE.values()}
    assert problems[0].detail + problems[0].fix in details
