"""The plan that the README shows is the one that comes out, line for line; `[...]` stands for what it leaves out."""

from collections.abc import Callable
from pathlib import Path

from tests.plans.conftest import Copy

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_plan_in_the_readme_is_real(copy: Callable[[str], Copy]) -> None:
    project = copy("quickstart")
    project.done("apply", "--auto-approve")
    project.replace("reign.yaml", "us: 8082}", "us: 8082, ap: 8083}")
    planned = project.done("plan")
    _, _, rest = README.read_text(encoding="utf-8").partition("```text\n$ reign plan\n")
    parts = rest.partition("```\n")[0].split("[...]\n")
    assert len(parts) > 1
    at = 0
    for part in parts:
        at = planned.find(part, at)
        assert at >= 0, f"not in the plan, or not in this order:\n{part}\n{planned}"
        at += len(part)
