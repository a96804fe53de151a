"""The sample package, installed once for the session, and on the path for the tests that are about it alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.engine import ASKED_OF_AN_ENGINE, AT_A_REGISTRY, ON_AN_ENGINE
from tests.conformance.subjects import QUESTIONS, SUBJECTS, Question, Subject
from tests.providers.sample import install


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site") / "packages"
    install(target)
    return target


def docker(makers: Mapping[str, Any]) -> list[Any]:
    """What needs an engine, as parameters."""
    return [pytest.param(make, id=name, marks=pytest.mark.docker) for name, make in makers.items()]


@pytest.fixture(
    params=[
        *(pytest.param(make, id=name) for name, make in SUBJECTS.items()),
        *docker({**ON_AN_ENGINE, **AT_A_REGISTRY}),
    ]
)
def subject(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Subject:
    """Every type of every provider in turn, in a world of its own."""
    if request.param.__name__ == "note":
        monkeypatch.syspath_prepend(request.getfixturevalue("sample"))
    needs = ["engine"] if request.param in ON_AN_ENGINE.values() else []
    if request.param in AT_A_REGISTRY.values():
        needs = ["engine", "registry"]
        config = request.getfixturevalue("registry").configuration(tmp_path / "docker")
        monkeypatch.setenv("DOCKER_CONFIG", str(config))
    made: Subject = request.param(tmp_path, *map(request.getfixturevalue, needs))
    return made


@pytest.fixture(
    params=[*(pytest.param(make, id=name) for name, make in QUESTIONS.items()), *docker(ASKED_OF_AN_ENGINE)]
)
def question(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Question:
    """Every type of data in turn."""
    if request.param.__name__ == "shelf":
        monkeypatch.syspath_prepend(request.getfixturevalue("sample"))
    engine = [request.getfixturevalue("engine")] if request.param in ASKED_OF_AN_ENGINE.values() else []
    made: Question = request.param(tmp_path, *engine)
    return made
