"""Every attribute of a container on a real engine: made and quiet, changed, changed by hand and mended, imported."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.providers.docker.containers.measuring import Measured, documented, measure
from tests.providers.docker.containers.rows import rows
from tests.services.engine import Engine

pytestmark = pytest.mark.docker

DOCUMENTED = documented((Path(__file__).parents[4] / "docs" / "docker.md").read_text())
IN_PLACE = {
    *("cpu_period", "cpu_quota", "cpu_rt_period", "cpu_rt_runtime", "cpu_shares", "cpus", "cpuset"),
    *("mem_limit", "mem_reservation", "memswap_limit", "name", "networks", "pids_limit", "restart"),
}
SAMPLE = ("environment", "mem_limit", "mem_swappiness", "networks", "wait")
WORDS = {
    "recorded, nothing is called": "recorded",
    DOCUMENTED["blkio_config"][0]: "replace",
}
"""What is said at greater length. Of `blkio_config` the sample changes a part that is replaced."""
BY_HAND_ALONE = {"state"}
"""Nobody declares it: see what was changed by hand in `test_container_drift`."""


def expected(name: str, told: Mapping[str, tuple[str, str, str]]) -> Measured:
    """What the documentation says of it."""
    change, drift, taken = told[name]
    change = WORDS.get(change, change.removeprefix("by itself: "))
    assert taken == ("as declared" if change == "recorded" else "compared")
    return Measured(name, change=change, drift="found, mended" if drift == "found" else drift)


def test_every_attribute_has_a_row_and_is_documented() -> None:
    assert DOCUMENTED.keys() == {row.field for row in rows()} | BY_HAND_ALONE


def test_what_changes_in_place_is_documented_as_such() -> None:
    assert {name for name, (change, *_) in DOCUMENTED.items() if change == "update"} == IN_PLACE


def test_a_sample_of_attributes(engine: Engine, tmp_path: Path) -> None:
    assert measure(engine, tmp_path, SAMPLE) == [expected(name, DOCUMENTED) for name in SAMPLE]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_attribute(engine: Engine, tmp_path: Path) -> None:
    found = {each.field: each for each in measure(engine, tmp_path, [row.field for row in rows()])}

    assert found == {row.field: expected(row.field, DOCUMENTED) for row in rows()}
