"""What may be carried out: thresholds of the project, approved words, bounds."""

import json
from pathlib import Path

import pytest

from reign.cli.again import Again
from reign.cli.gate import WORDS, Gate, is_over_threshold, over_threshold
from reign.cli.main import Exit
from reign.config import Thresholds
from reign.model.finding import Finding, Severity
from tests.api.conftest import plan_of
from tests.cli.conftest import Run

AGAIN = Again("reign --env prod", "apply", ("--target web",))


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
    words = set(WORDS)
    assert Gate(frozenset(words)).refusals(plan, AGAIN) == []
    for word in words - {"create"}:
        (refused,) = Gate(frozenset(words - {word})).refusals(plan, AGAIN)
        assert f"this plan would {word} " in refused.detail


def test_a_read_needs_no_approval() -> None:
    assert all("read" not in refused.detail.split() for refused in Gate(frozenset()).refusals(plan_of("shapes"), AGAIN))


def test_a_replace_counts_as_a_destroy() -> None:
    assert Gate(max_destroy=4).refusals(plan_of("shapes"), AGAIN) == []
    (refused,) = Gate(max_destroy=3).refusals(plan_of("shapes"), AGAIN)
    assert refused.code == "apply/too-many-destroyed"
    assert refused.fix == "If that is meant: reign --env prod apply --target web --max-destroy 4"


def test_a_refusal_says_the_line_that_would_allow_it_all() -> None:
    refused = Gate(frozenset({"create", "forget"}), max_destroy=0).refusals(plan_of("shapes"), AGAIN)
    allowed = "reign --env prod apply --target web --auto-approve --max-destroy 4"
    assert {each.fix.split("\n")[0].partition(": ")[2] for each in refused} == {allowed}


def test_what_few_would_need_may_be_left_out_instead() -> None:
    gate = Gate(frozenset(WORDS) - {"import"}, max_destroy=9)
    (refused,) = gate.refusals(plan_of("shapes"), AGAIN)
    approved = "--auto-approve=create,update,replace,delete,forget,move --max-destroy 9"
    without = "--exclude value.c --exclude value.c2"
    assert refused.fix.split("\n")[1] == (f"Or leave it out: reign --env prod apply --target web {approved} {without}")
    (refused,) = gate.refusals(plan_of("shapes"), Again(file="my plan"))
    assert refused.fix == "Approve it as well: reign apply 'my plan' --auto-approve --max-destroy 9"


def test_too_much_found_says_what_would_be_tolerated() -> None:
    told = over_threshold(found(major=2, medium=1), Thresholds())
    assert told.detail.startswith("Found about this plan: 2 major, where 0 are tolerated ")
    assert told.fix.endswith("settings: {findings_thresholds: {major: 2}}")
    assert "Or tolerate" not in over_threshold(found(error=1), Thresholds()).fix


def test_a_plan_to_look_at_is_asked_for_in_the_same_words() -> None:
    again = Again("reign -C there", "destroy", ("--target web",))
    assert again.looked_at() == (
        "reign -C there plan --destroy --target web --out new.plan, then reign -C there apply new.plan"
    )
    assert Again(verb="apply", file="a b.plan").line("--auto-approve") == "reign apply 'a b.plan' --auto-approve"
    assert Again(file="a.plan").resume("8c20f7") == "reign runs resume 8c20f7"


OVER = """\
version: 1
project: shop
settings: {findings_thresholds: {minor: 0}}
resources:
  a: {type: local.file, spec: {path: a.txt, content: one}}
checks:
- {name: long, assert: "${(resources.a.path | length) > 9}", severity: minor}
"""


def test_a_plan_over_the_threshold_says_so_in_every_form(reign: Run, folder: Path) -> None:
    (folder / "reign.yaml").write_text(OVER)
    beside = ("--document-into", "d.json", "--markdown-into", "page.md", "--json-into", "lines.json", "--out", "x.plan")
    done = reign("plan", "--detailed-exitcode", *beside)
    assert done.returncode == Exit.OVER_THRESHOLD
    refused = done.stdout.partition("Apply will refuse this plan:\n")[2]
    assert "Found about this plan: 1 minor, where 0 are tolerated" in refused
    assert "Apply exactly this" not in refused
    document = json.loads((folder / "d.json").read_text())
    assert [each["x_reign"]["code"] for each in document["x_reign"]["refusals"]] == ["apply/over-threshold"]
    assert document["applyable"] is False
    page = (folder / "page.md").read_text()
    assert "`apply` will refuse this plan" in page
    assert "apply/over-threshold" in page
    assert "apply/over-threshold" in (folder / "lines.json").read_text()
    assert reign("apply", "x.plan").returncode == Exit.OVER_THRESHOLD


def test_of_several_refusals_the_first_of_the_table_counts_and_all_are_told(reign: Run, folder: Path) -> None:
    (folder / "reign.yaml").write_text(OVER)
    assert reign("apply", "--auto-approve").returncode == Exit.OVER_THRESHOLD
    for words, told in (((), "Nobody to ask"), (("--auto-approve=update",), "Action not approved")):
        done = reign("apply", *words)
        assert done.returncode == Exit.REFUSED
        assert told in done.stderr
        assert "More found than is tolerated" in done.stderr
    assert reign("plan", "--auto-approve=update").returncode == Exit.OVER_THRESHOLD
    assert not (folder / "a.txt").exists()
