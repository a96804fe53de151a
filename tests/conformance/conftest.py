"""The sample package on the path, once for the session."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.subjects import SUBJECTS, Subject
from tests.providers.sample import install


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    target = tmp_path_factory.mktemp("site") / "packages"
    install(target)
    sys.path.insert(0, str(target))
    yield target
    sys.path.remove(str(target))


@pytest.fixture(params=[pytest.param(make, id=name) for name, make in SUBJECTS.items()])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Subject:
    """Every type of every provider in turn, in a world of its own."""
    if request.param.__name__ == "note":
        request.getfixturevalue("sample")
    made: Subject = request.param(tmp_path)
    return made
