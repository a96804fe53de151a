"""The sample package, installed once for the session, and on the path for the tests that are about it alone."""

from pathlib import Path

import pytest

from tests.conformance.subjects import QUESTIONS, SUBJECTS, Question, Subject
from tests.providers.sample import install


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site") / "packages"
    install(target)
    return target


@pytest.fixture(params=[pytest.param(make, id=name) for name, make in SUBJECTS.items()])
def subject(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Subject:
    """Every type of every provider in turn, in a world of its own."""
    if request.param.__name__ == "note":
        monkeypatch.syspath_prepend(request.getfixturevalue("sample"))
    made: Subject = request.param(tmp_path)
    return made


@pytest.fixture(params=[pytest.param(make, id=name) for name, make in QUESTIONS.items()])
def question(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Question:
    """Every type of data in turn."""
    if request.param.__name__ == "shelf":
        monkeypatch.syspath_prepend(request.getfixturevalue("sample"))
    made: Question = request.param(tmp_path)
    return made
