"""One plan with every kind of change, from the case that the screens use too."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from reign.model.codec import decode
from reign.model.plan import Plan
from reign.model.rewrite import rewritten
from reign.model.values import Secret, Sensitive

RENDER = Path(__file__).parent.parent / "cases" / "render"


def plan_of(case: str) -> Plan:
    return decode(Plan, YAML(typ="safe").load((RENDER / f"{case}.yaml").read_text(encoding="utf-8"))["plan"])


@pytest.fixture(params=["example", "shapes", "folding", "no-changes", "long-values", "sensitive", "untrusted"])
def plan(request: pytest.FixtureRequest) -> Plan:
    return plan_of(request.param)


@pytest.fixture
def example() -> Plan:
    return plan_of("example")


@pytest.fixture
def shapes() -> Plan:
    return plan_of("shapes")


@pytest.fixture(params=["as filed", "as planned"])
def sensitive(request: pytest.FixtureRequest) -> Plan:
    """A plan full of what must not be shown: concealed as in a plan file, and in clear as it is in memory."""
    filed = plan_of("sensitive")
    if request.param == "as filed":
        return filed
    return rewritten(filed, (Secret,), lambda part, _: Sensitive(f"hunter2-{part.hash}", part.template))
