"""Two at once: a sample of R7, which `python -m tests.state.pairs FOLDER 100` counts."""

from pathlib import Path

import pytest

from tests.state.pairs import pairs


@pytest.mark.parametrize("count", [2, pytest.param(100, marks=pytest.mark.slow)])
def test_of_two_applies_at_once_one_runs(tmp_path: Path, count: int) -> None:
    found = pairs(tmp_path, count)
    assert [each for each in found if not each.held] == []
    assert len(found) == count
