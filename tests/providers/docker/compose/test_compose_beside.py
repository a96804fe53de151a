"""Compose files as `docker compose` reads them: each case of tests/cases/compose.yaml stands for the same to both."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from reign.model.errors import InvalidSpec
from tests.foreign.building import docker_compose, is_built
from tests.programs import missing
from tests.providers.docker.compose.beside import canonical, parts_of

CASES: dict[str, Any] = YAML(typ="safe").load(
    (Path(__file__).parents[3] / "cases" / "compose.yaml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def command() -> Path:
    found = docker_compose() if is_built("docker-compose") else shutil.which("docker-compose")
    return Path(found or missing("docker-compose", "docker-compose is not installed, and was not built"))


@pytest.mark.parametrize("name", CASES)
def test_a_file_stands_for_what_compose_makes_of_it(name: str, command: Path, tmp_path: Path) -> None:
    case, folder = CASES[name], tmp_path / "shop"
    for path, text in case["files"].items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    given = {"files": case["order"]} if "order" in case else {}
    profiles = case.get("profiles", [])
    if case.get("refused"):
        with pytest.raises(subprocess.CalledProcessError):
            canonical(command, folder, case.get("order", []), profiles)
        with pytest.raises(InvalidSpec) as caught:
            parts_of(folder, {**given, "profiles": profiles})
        assert case["refused"] in [problem.code for problem in caught.value.problems]
        return
    ours = parts_of(folder, {**given, "profiles": profiles})
    theirs = canonical(command, folder, case.get("order", []), profiles)
    printed = {
        "files": [theirs],
        "profiles": profiles,
        "env_file": case.get("env_file", []),
        "ignore": ["deploy.placement"],
    }
    assert ours == parts_of(folder, printed)
