"""The readers, built when a test asks; what takes minutes only where it is required, or was built before."""

import os
from pathlib import Path

import pytest

from tests.foreign import building
from tests.programs import missing


@pytest.fixture(scope="session")
def reader() -> Path:
    return _built("go", building.reader)


@pytest.fixture(scope="session")
def conftest() -> Path:
    if not building.is_built("conftest") and "conftest" not in os.environ.get("REIGN_TEST_REQUIRE", ""):
        missing("conftest", "conftest is not built; `python -m tests.foreign` builds it, in some minutes")
    return _built("conftest", building.conftest)


def _built(name: str, build: building.Build) -> Path:
    try:
        return build()
    except (OSError, RuntimeError) as error:
        missing(name, str(error))
