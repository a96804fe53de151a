"""Whatever a plan says: its page is whole, is no longer than it may be, and shows text as text."""

import re
from dataclasses import replace

import pytest

from reign.model.address import Address
from reign.model.finding import Finding
from reign.model.plan import Action, Change, Plan
from reign.model.values import Sensitive
from reign.render.change import rank
from reign.render.markdown import LIMIT, markdown
from reign.render.view import View
from reign.render.words import one_line, safe
from tests.bench.rendering import PLANS
from tests.render.hostile import Hostile
from tests.render.shown import Node, tree

SOME = [range(first, first + 40) for first in range(0, 160, 40)]
MANY = [pytest.param(range(first, first + 300), marks=pytest.mark.slow) for first in range(1000, 1900, 300)]
NUMBERS = pytest.mark.parametrize("numbers", [*SOME, *MANY], ids=lambda numbers: f"from {numbers[0]}")
COUNTED = re.compile(
    r"\A(?:\S+ )?(no-op|move|import|read|create|update|replace|delete|forget)(?: ([\d,]+)(?: of ([\d,]+))?:)?"
)


@NUMBERS
def test_a_page_is_whole_and_everything_is_in_it(numbers: range) -> None:
    for number in numbers:
        some = Hostile(number)
        look(some.plan(), some.view())


def look(plan: Plan, view: View) -> None:
    page = markdown(plan, view)
    assert safe(page) == page
    shown = tree(page)
    assert shown.children[0].tag == "h3"
    assert len(shown.all("h3")) == 1
    assert all(len(row.children) == 3 for row in shown.all("tr"))
    assert all(fold in shown.children and fold.children[0].tag == "summary" for fold in shown.all("details"))
    if len(page.encode()) < LIMIT // 2:
        for change in plan.actions():
            subject = change.address if rank(change) is not Action.MOVE else change.previous_address
            assert one_line(str(subject)) in shown.text
    assert counted(shown, plan)


@NUMBERS
def test_no_page_is_too_long(numbers: range) -> None:
    for number in numbers:
        some = Hostile(number)
        plan, view, limit = some.plan(), some.view(), some.random.randint(15_000, 20_000)
        page = markdown(plan, view, limit)
        assert len(page.encode()) <= limit
        assert counted(tree(page), plan)


def counted(shown: Node, plan: Plan) -> bool:
    """Whether what is shown and what is left out are together what there is, action by action."""
    expected = [rank(change).value for change in plan.actions()]
    told: list[str] = []
    for fold in shown.all("details"):
        label = fold.children[0]
        if label.children and label.children[0].tag == "b":
            found = COUNTED.match(label.text)
            assert found, label.text
            told += [found[1]] * int((found[2] or "1").replace(",", ""))
    last = next((node.text for node in reversed(shown.children) if "left out" in node.text), "0 resources left out")
    told += [
        word
        for number, word in re.findall(r"([\d,]+) ([a-z-]+?)s?(?=[,\s]|\Z)", last.partition("left out:")[2])
        for _ in range(int(number.replace(",", "")))
    ]
    return sorted(told) == sorted(expected)


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("full", [False, True])
def test_a_huge_plan_is_cut_where_it_is_harmless(name: str, full: bool) -> None:
    plan = PLANS[name]()
    page = markdown(plan, View(full=full))
    shown = tree(page)
    assert len(page.encode()) <= LIMIT
    assert counted(shown, plan)
    if full or name != "folded creates":
        assert len(page) > LIMIT * 0.8
        assert page == markdown(plan, View(full=full))


def test_what_destroys_stays_and_what_is_left_out_of_it_is_named() -> None:
    """A thousand creates make room for two deletes; a delete that fills a page alone is named in the warning."""
    creates = [_change(f"new-{n}", Action.CREATE, "x" * 90) for n in range(1000)]
    deletes = [_change("old", Action.DELETE, "x"), _change("older", Action.DELETE, "x")]
    monster = _change("monster", Action.DELETE, [f"word {n} " * 8 for n in range(2000)])
    page = tree(markdown(_plan(*creates, *deletes, monster), View()))
    warning = page.all("blockquote")[0]
    assert "No room was left here for 1 delete: value.monster." in warning.text
    assert [row.children[1].text for row in page.all("tr")[1:]] == ["value.old", "value.older"]
    labels = [fold.children[0].text for fold in page.all("details")]
    assert labels[0] == "- delete 2 of 3: value.old, value.older"
    assert re.fullmatch(r"\+ create \d+ of 1,000: .*", labels[1])
    assert re.fullmatch(r"\d+ resources left out: 1 delete, \d+ creates", page.children[-2].text)


def test_a_page_full_of_findings_still_shows_what_is_destroyed() -> None:
    findings = [Finding(f"rule/n{n}", "Something is so", "For this reason. " * 20) for n in range(500)]
    refusals = [Finding(f"refused/n{n}", "Something is not allowed", "For this reason. " * 20) for n in range(500)]
    plan = replace(_plan(_change("old", Action.DELETE, "x")), findings=tuple(findings))
    page = markdown(plan, View(refusals=refusals))
    shown = tree(page)
    assert len(page.encode()) <= LIMIT
    assert "- delete value.old" in [fold.children[0].text for fold in shown.all("details")]
    assert re.search(r"What was found \(\d+ of 500 shown\)", shown.text)
    assert re.search(r"apply will refuse this plan \(\d+ of 500 shown\):", shown.text)
    assert "500 findings (500 error)" in shown.text


def test_nothing_sensitive_is_in_it() -> None:
    before, after = {"a": Sensitive("S3CRET-1"), "n": 1}, {"a": Sensitive("S3CRET-2"), "n": 2}
    change = Change(Address("value", "x"), Action.UPDATE, "value", before=before, after=after)
    page = markdown(_plan(change), View(full=True))
    assert "S3CRET" not in page
    assert "!   a: (sensitive value, changed)" in tree(page).text


def _change(name: str, action: Action, value: object) -> Change:
    spec = {"value": value}
    before, after = (spec, None) if action is Action.DELETE else (None, spec)
    return Change(Address("value", name), action, "value", before=before, after=after)  # type: ignore[arg-type]


def _plan(*changes: Change) -> Plan:
    return replace(PLANS["mixed"](0), changes=changes, findings=(), outputs=())
