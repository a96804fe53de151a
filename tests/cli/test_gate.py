"""What may be carried out: thresholds of the project, approved words, bounds."""

import pytest

from reign.cli.gate import Gate, is_over_threshold
from reign.config import Thresholds
from reign.model.finding import Finding, Severity
from tests.api.conftest import plan_of


def found(**numbers: int) -> list[Finding]:
    return [Finding("x/y", "Found", severity=Severity(name)) for name, number in numbers.items() for _ in range(number)]


@pytest.mark.parametrize(
    ("findings", "tolerated", "is_over"),
    [
        (found(), Thresholds(), False),
        (found(minor=500, info=500, medium=10), Thresholds(), False),
        (found(medium=11), Thresholds(), True),
        (found(major=1), Thresholds(), True),
        (found(major=2), Thresholds(major=2), False),
        (found(major=3), Thresholds(major=2), True),
        (found(major=3, medium=99), Thresholds(major=None, medium=None), False),
        (found(minor=1), Thresholds(minor=0), True),
        (found(error=1), Thresholds(major=None, medium=None, minor=None), True),
        (found(info=9), Thresholds(0, 0, 0), False),
    ],
)
def test_thresholds(findings: list[Finding], tolerated: Thresholds, is_over: bool) -> None:
    assert is_over_threshold(findings, tolerated) is is_over


def test_every_word_of_a_plan_is_needed() -> None:
    plan = plan_of("shapes")
    words = {"create", "update", "replace", "delete", "forget", "import", "move"}
    assert Gate(frozenset(words)).refusals(plan) == []
    for word in words - {"create"}:
        (refused,) = Gate(frozenset(words - {word})).refusals(plan)
        assert f"this plan would {word} " in refused.detail


def test_a_read_needs_no_approval() -> None:
    assert all("read" not in refused.detail.split() for refused in Gate(frozenset()).refusals(plan_of("shapes")))


def test_a_replace_counts_as_a_destroy() -> None:
    assert Gate(max_destroy=4).refusals(plan_of("shapes")) == []
    (refused,) = Gate(max_destroy=3).refusals(plan_of("shapes"))
    assert refused.code == "apply/too-many-destroyed"
