"""Findings for people: what they say of how the project is reached."""

import pytest

from reign.model.finding import Finding
from reign.render.finding import reached


@pytest.mark.parametrize(
    ("fix", "told"),
    [
        ("List: reign state list", "List: reign --env prod state list"),
        ("reign plan --out F, then reign apply F", "reign --env prod plan --out F, then reign --env prod apply F"),
        ("reign --env prod plan", "reign --env prod plan"),
        ("Edit reign.yaml, .reign back and ./reign run", "Edit reign.yaml, .reign back and ./reign run"),
        ("", ""),
    ],
)
def test_the_commands_of_a_fix_lead_to_the_same_project(fix: str, told: str) -> None:
    assert reached(Finding("a/b", "S", fix=fix), "reign --env prod").fix == told
    assert reached(Finding("a/b", "S", fix=fix), "reign").fix == fix
