"""Every project in `plans/` does what its README promises of all of them: apply, nothing left to do, and gone again."""

import re
from collections.abc import Callable

import pytest

from tests.plans.conftest import PLANS, Copy, uses_docker

NAMES = sorted(path.parent.name for path in PLANS.glob("*/reign.yaml"))
MARKED = [pytest.param(name, marks=pytest.mark.docker) if uses_docker(PLANS / name) else name for name in NAMES]


def test_there_are_plans() -> None:
    assert "quickstart" in NAMES


@pytest.mark.parametrize("name", MARKED)
def test_a_plan_is_applied_and_leaves_nothing(name: str, copy: Callable[[str], Copy]) -> None:
    project = copy(name)
    before = project.files()
    assert "Success! The configuration is valid." in project.done("validate")

    planned = project.reign("plan", "--detailed-exitcode")
    assert planned.code == 2, planned.err
    [to_add] = re.findall(r"^Plan: (\d+) to add, 0 to change, 0 to destroy\.$", planned.out, re.MULTILINE)
    assert project.files() == before, "a plan writes nothing"

    applied = project.done("apply", "--auto-approve")
    assert f"Apply complete! Resources: {to_add} added, 0 changed, 0 destroyed." in applied
    assert project.files().keys() > before.keys() or uses_docker(project.folder)

    again = project.reign("plan", "--detailed-exitcode")
    assert (again.code, "No changes." in again.out) == (0, True), again.out

    destroyed = project.done("destroy", "--auto-approve")
    assert f"Destroy complete! Resources: {to_add} destroyed." in destroyed
    assert project.files() == before


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_has_a_readme(name: str) -> None:
    assert "reign apply" in (PLANS / name / "README.md").read_text()
