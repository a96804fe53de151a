"""One plan with every kind of change, from the case that the screens use too."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from reign.model.codec import decode
from reign.model.plan import Plan

RENDER = Path(__file__).parent.parent / "cases" / "render"


def plan_of(case: str) -> Plan:
    return decode(Plan, YAML(typ="safe").load((RENDER / f"{case}.yaml").read_text(encoding="utf-8"))["plan"])


@pytest.fixture(params=["example", "shapes", "folding", "no-changes", "long-values"])
def plan(request: pytest.FixtureRequest) -> Plan:
    return plan_of(request.param)


@pytest.fixture
def example() -> Plan:
    return plan_of("example")


@pytest.fixture
def shapes() -> Plan:
    return plan_of("shapes")
