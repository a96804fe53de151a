"""The plan that the README shows is the one that comes out. REIGN_ACCEPT=1 writes it anew."""

import os
from collections.abc import Callable
from pathlib import Path

from tests.plans.conftest import Copy

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "```text\n$ reign plan\n", "```\n"


def test_the_plan_in_the_readme_is_real(copy: Callable[[str], Copy]) -> None:
    project = copy("quickstart")
    project.done("apply", "--auto-approve")
    project.replace("reign.yaml", "us: 8082}", "us: 8082, ap: 8083}")
    planned = project.done("plan")
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    shown, _, after = rest.partition(END)
    if os.environ.get("REIGN_ACCEPT") == "1":
        README.write_text(before + BEGIN + planned + END + after, encoding="utf-8")
        shown = planned
    assert shown == planned
