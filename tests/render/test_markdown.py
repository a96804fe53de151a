"""Pages of plans as files: a plan and a view in `NAME.yaml`, the page in `NAME.md`. REIGN_ACCEPT=1 writes the latter anew."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from reign.render.comment.head import marker
from reign.render.markdown import LIMIT, markdown
from tests.render.given import case, planned
from tests.render.shown import Node, tree

CASES = sorted((Path(__file__).parent.parent / "cases" / "markdown").glob("*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_page(path: Path) -> None:
    given = case(path)
    page = markdown(*planned(given), given.get("limit", LIMIT))
    tree(page)
    expected = path.with_suffix(".md")
    if os.environ.get("REIGN_ACCEPT") == "1":
        expected.write_text(page, encoding="utf-8")
    assert page == expected.read_text(encoding="utf-8")
    assert len(page.encode()) <= given.get("limit", LIMIT)


def shown(name: str) -> Node:
    return tree(markdown(*planned(case(CASES[0].with_stem(name)))))


def test_the_example_is_shown_as_the_design_has_it() -> None:
    page = shown("example")
    parts = ["h3", "p", "blockquote", "table", *["details"] * 6, "p", "p"]
    assert [child.tag for child in page.children] == parts
    assert page.all("h3")[0].text == "Reign plan: shop / prod · 2 to add, 3 to change, 2 to destroy"
    assert [bold.text for bold in page.all("h3")[0].all("strong")] == ["2 to destroy"]
    assert [[cell.text for cell in row.children] for row in page.all("tr")] == [
        ["", "resource", "why"],
        ["-/+", 'docker.container.web["eu"]', "image cannot change in place"],
        ["-", "docker.container.old", "because old is not in the configuration since 4be1f02"],
    ]
    folds = page.all("details")
    assert [fold.is_open for fold in folds] == [True, True, False, False, False, False]
    assert folds[2].children[0].text == (
        "~ update 3: docker.container.cache, github.actions_secret.dsn, local.template.conf"
    )
    assert '-   mem_limit: "512m"\n+   mem_limit: "256m"' in folds[2].all("pre")[0].text
    assert "!   value: (sensitive value, changed)" in folds[2].all("pre")[0].text
    assert page.children[-2].text == "1 finding (minor) docker/port-public at reign.yaml:31:15 · 0 resources left out"


def test_a_page_does_not_depend_on_a_screen() -> None:
    plan, view = planned(case(CASES[0].with_stem("example")))
    assert markdown(plan, replace(view, width=20)) == markdown(plan, view)


def test_five_changes_are_shown_opened_and_six_are_not() -> None:
    assert all(fold.is_open for fold in shown("untrusted").all("details"))
    assert [fold.is_open for fold in shown("folding").all("details")] == [True, False]


def test_what_is_hostile_is_text() -> None:
    page = shown("hostile")
    assert [child.tag for child in page.children][:3] == ["h3", "p", "blockquote"]
    assert page.all("h3")[0].all("code")[0].text == "x --><img src=x>"
    assert [row.children[1].text for row in page.all("tr")[1:]] == [
        'value.b["\\u200b\\U000e0041@team"]',
        'value.a["a|b\\\\\\x7cc"]',
    ]
    blocks = [block.text for block in page.all("pre")]
    assert any("+       ```\n+       </details>\n+       ~~~~~\n+       ````\n" in block for block in blocks)


@pytest.mark.parametrize(
    ("project", "env", "said"),
    [
        ("shop", "prod", "<!-- reign:plan project=shop env=prod -->"),
        ("shop", "", "<!-- reign:plan project=shop env= -->"),
        ("a-b", "x--y", "<!-- reign:plan project=a-b env=x-%2Dy -->"),
        ("-->", "e v\n", "<!-- reign:plan project=-%2D%3E env=e%20v%0A -->"),
        ("ü", "=", "<!-- reign:plan project=%C3%BC env=%3D -->"),
    ],
)
def test_the_marker_is_one_comment_whatever_the_names(project: str, env: str, said: str) -> None:
    assert marker(project, env) == said


def test_a_marker_of_long_names_is_short_and_still_its_own() -> None:
    one, other = marker("n" * 5000, "e"), marker("n" * 5000 + "m", "e")
    assert len(one) < 400
    assert one != other
