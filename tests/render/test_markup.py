"""Words of others in Markdown: what they become, and what a site makes of that."""

from collections.abc import Callable

import pytest

from reign.render.markup import cell, code, fence, prose, tag
from reign.render.words import one_line
from tests.render.hostile import NASTY, Hostile
from tests.render.shown import fragment

FRAMES: dict[str, Callable[[str], str]] = {
    "a paragraph": lambda text: f"So: {text}",
    "bold": lambda text: f"So **{text}** is it",
    "a list": lambda text: f"- so {text}\n- and",
    "an alert": lambda text: f"> [!WARNING]\n> - so {text}",
    "a heading": lambda text: f"### so {text}",
    "a cell": lambda text: f"| a | b |\n|---|---|\n| {cell(text)} | {cell(text)} |\n| x | y |",
}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("image cannot change in place", "image cannot change in place"),
        ("because old is not there, since 4be1f02.", "because old is not there, since `4be1f02`."),
        ('web["eu"] publishes 8080 on all addresses', '`web["eu"]` publishes 8080 on all addresses'),
        ("ask @team or x@example.org", "ask `@team` or `x@example.org`"),
        ("see http://example.org, #12 and GH-12", "see `http://example.org`, `#12` and `GH-12`"),
        ("between 10:00:00 and 2026-11-21T10:00:00 in a/b", "between 10:00:00 and 2026-11-21T10:00:00 in a/b"),
        ("a :tada: <b> *c* d_e", "a `:tada`: `<b> *c* d_e`"),
        ("declare it (`read`); else, `a b`.", "declare it (`read`); else, `a b`."),
        ("`x``y` and ` alone", "`x` `y` and `` ` `` alone"),
        ("two\nlines", "two<br>lines"),
        ('100 % (it\'s "so")!', '100 % (it\'s "so")!'),
        ("", ""),
    ],
)
def test_prose(text: str, said: str) -> None:
    assert prose(text) == said


def test_names_are_code() -> None:
    assert prose("image, name and imagery", {"image", "name"}) == "`image`, `name` and imagery"


@pytest.mark.parametrize(
    ("text", "said"),
    [("a", "`a`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("```", "```` ``` ````"), (" a", "`  a `"), ("", "")],
)
def test_code(text: str, said: str) -> None:
    assert code(text) == said


@pytest.mark.parametrize("frame", FRAMES)
def test_a_site_shows_text_as_text(frame: str) -> None:
    """Every hostile word in every place inside a line: nothing is opened, linked or lost. `fragment` checks the tree."""
    texts = [*NASTY, *(Hostile(number).text() for number in range(200))]
    for text in texts:
        for made in (code(text), prose(text)):
            if made:
                fragment(FRAMES[frame](made))


@pytest.mark.parametrize("text", NASTY)
def test_code_is_shown_as_it_is(text: str) -> None:
    [shown] = fragment(f"so {code(text)}").all("code")
    assert shown.text == one_line(text)
    [row] = fragment(f"| a |\n|---|\n| {cell(code(text))} |").all("tbody")[0].children
    assert row.children[0].text.replace("\\x7c", "|") == one_line(text)


@pytest.mark.parametrize("text", NASTY)
def test_a_label_shows_text_as_it_is(text: str) -> None:
    page = fragment(f"<details><summary>so {tag(text)}</summary>\n\ninside\n</details>\n\nafter")
    assert [child.tag for child in page.children] == ["details", "p"]
    assert page.all("code")[0].text == one_line(text)


def test_no_line_closes_a_fence() -> None:
    lines = ["```", "  `````", "~~~~~~~", "</code></pre>"]
    [block] = fragment("\n".join(fence(lines, "diff"))).all("pre")
    assert block.text == "\n".join(lines) + "\n"
