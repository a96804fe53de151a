"""Short and long forms of a container's keys: one is as good as the other, and what is neither is told."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from reign.model.errors import InvalidSpec
from reign.model.values import format_path
from tests.providers.docker.containers.acting import normal

CASES = Path(__file__).parents[3] / "cases" / "docker" / "containers.yaml"
TABLE = YAML(typ="safe", pure=True).load(CASES)


@pytest.mark.parametrize("case", TABLE["forms"], ids=str)
def test_short_forms(case: dict[str, Any]) -> None:
    for form in case["written"]:
        made = normal(form)

        assert {name: made.get(name) for name in case["meant"]} == case["meant"]
        assert normal(made) == made


@pytest.mark.parametrize("case", TABLE["refused"], ids=lambda case: case["code"])
def test_refused(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidSpec) as raised:
        normal(case["spec"])

    assert [(format_path(each.path), each.code) for each in raised.value.problems] == [(case["at"], case["code"])]
    assert all(each.detail and each.fix for each in raised.value.problems)
