"""Markdown from the command line: of plans on stdout and into files, of listings."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.render.shown import fragment, tree

TRUSTED = {"REIGN_TRUST": "1"}


def test_a_plan_is_printed_written_and_shown_again(reign: Run, folder: Path) -> None:
    printed = reign("plan", "--markdown", "--markdown-into", "beside.md", "--out", "new.plan", **TRUSTED)
    assert printed.returncode == 0
    assert (folder / "beside.md").read_text() == printed.stdout
    page = tree(printed.stdout)
    assert printed.stdout.startswith("<!-- reign:plan project=shop env= -->\n")
    assert page.all("h3")[0].text == "Reign plan: shop · 2 to add, 0 to change, 0 to destroy"
    assert [fold.children[0].text for fold in page.all("details")] == [
        "+ create 2: local.file.a, local.file.b",
        "Outputs: 1 to add",
    ]
    assert page.children[-1].text == "Apply exactly this: reign apply new.plan"
    shown = reign("show", "--markdown", "new.plan")
    assert shown.returncode == 0
    assert shown.stdout == printed.stdout
    assert reign("apply", "new.plan", **TRUSTED).returncode == 0
    assert "· No changes." in reign("plan", "--markdown", **TRUSTED).stdout


def test_the_page_says_what_it_was_made_from(reign: Run, folder: Path) -> None:
    (folder / ".git/refs/heads/fix").mkdir(parents=True)
    (folder / ".git/HEAD").write_text("ref: refs/heads/fix/@team\n")
    (folder / ".git/refs/heads/fix/@team").write_text(f"{'4be1f02c9d' * 4}\n")
    reign("plan", "--out", "new.plan", **TRUSTED)
    page = tree(reign("show", "--markdown", "new.plan").stdout)
    assert page.children[1].text == "4be1f02 on fix/@team · serial 0"


def test_the_page_says_what_apply_would_refuse(reign: Run) -> None:
    assert reign("apply", "--auto-approve", **TRUSTED).returncode == 0
    page = tree(reign("plan", "--destroy", "--markdown", **TRUSTED).stdout)
    assert "2 deletes." in page.all("blockquote")[0].text
    refused = reign("plan", "--destroy", "--markdown", "--max-destroy", "1", "--auto-approve=create", **TRUSTED)
    assert refused.returncode == 0
    warning = tree(refused.stdout).all("blockquote")[0].text
    assert "apply will refuse this plan:" in warning
    assert "--max-destroy 2" in warning
    assert "--auto-approve=create,delete" in warning


def test_what_contradicts_markdown_is_refused(reign: Run) -> None:
    for words in (["plan", "--json", "--markdown"], ["show", "--markdown"], ["show", "--markdown", "--json", "x"]):
        done = reign(*words, **TRUSTED)
        assert done.returncode == 1
        assert "--markdown" in done.stderr + done.stdout


def test_a_page_that_cannot_be_written_is_a_finding(reign: Run) -> None:
    done = reign("plan", "--markdown-into", "missing/page.md", **TRUSTED)
    assert done.returncode == 1
    assert "missing/page.md" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["state", "list"],
        ["runs", "list"],
        ["timeline"],
        ["sql", "select address, spec, updated_at, 1.5 as n, null as nothing, '@team | <b>' as text from resources"],
        ["sql", "select * from events"],
    ],
)
def test_listings(reign: Run, words: list[str]) -> None:
    assert reign("apply", "--auto-approve", **TRUSTED).returncode == 0
    listed = reign(*words, "-o", "md", **TRUSTED)
    assert listed.returncode == 0
    [table] = fragment(listed.stdout).children
    rows = table.all("tr")
    assert len(rows) > 1
    assert len({len(row.children) for row in rows}) == 1
