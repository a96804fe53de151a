"""Every command that a page shows is typed, and its output is the one of the page. REIGN_ACCEPT=1 writes what came out."""

import os
import re
from pathlib import Path

import pytest

from tests.docs.console import accepted, blocks
from tests.docs.pages import ROOT, sections
from tests.docs.pages import page as page_of
from tests.docs.sources import commands
from tests.docs.terminal import run
from tests.programs import program

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TRIED = [page for page in PAGES if any(block.typed for block in blocks(page.read_text(encoding="utf-8")))]
STARTS = {ROOT / "README.md": "reign"}
"""Where a page begins that does not begin in a folder of its own: the README in a checkout."""


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("page", TRIED, ids=_name)
def test_what_a_page_shows_is_what_comes_out(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    tried = blocks(text)
    if any(command.words.startswith("terraform ") for block in tried for command in block.typed):
        program("terraform")
    run(tried, tmp_path, STARTS.get(page, "work"))
    if os.environ.get("REIGN_ACCEPT") == "1":
        page.write_text(accepted(text, tried), encoding="utf-8")
        return
    typed = [command for block in tried for command in block.typed]
    for command, following in zip(typed, [*typed[1:], None], strict=True):
        shown, out = "\n".join(command.shown), "\n".join(command.out)
        if not command.is_true():
            pytest.fail(f"$ {command.words}\n{out}\n\ninstead of\n\n{shown}", pytrace=False)
        says_code = following is not None and following.words == "echo $?"
        assert command.code == 0 or says_code, (
            f"$ {command.words}\nended with {command.code}, and the page does not say so"
        )


@pytest.mark.parametrize("name", commands())
def test_the_section_of_a_command_shows_it_at_work(name: str) -> None:
    section = sections(page_of("commands"))[name]
    typed = [command.words for block in blocks(section) for command in block.typed]
    below = name.removeprefix("reign")
    assert any(re.search(rf"\breign( -\S+ \S+)*{below}\b", words) for words in typed), "no example of it"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_no_command_of_reign_is_shown_that_is_not_tried(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    untried = re.sub(r"^(`{3,})(?:console|\w+ title=\S+)\n.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert re.findall(r"^\s*(?:[-$>#] )?(?:run: )?(?:\w+=\S+ )*reign .*$", untried, re.MULTILINE) == []
