"""Colours: what is coloured, and that the text under them is the same."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reign.cli.colour import painted

CODES = {"1": "b", "2": "dim", "31": "red", "32": "green", "33": "yellow", "35": "magenta", "36": "cyan", "0": "/"}


def readable(line: str) -> str:
    """`line` with its colours as words: `<b;red>Error:</>`."""
    return re.sub("\x1b\\[([0-9;]*)m", lambda found: f"<{';'.join(map(CODES.__getitem__, found[1].split(';')))}>", line)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("  + value.a", "  <green>+</> value.a"),
        ("-/+ value.a", "<red>-/+</> value.a"),
        ("+/- value.a", "<red>+/-</> value.a"),
        (" <= data.git.head", " <cyan><=</> data.git.head"),
        (
            '      ~ a: "x" -> "y"    # forces replacement',
            '      <yellow>~</> a: "x" -> "y"    # <b;red>forces replacement</>',
        ),
        ('      + a: "    # forces replacement"', '      <green>+</> a: "    # forces replacement"'),
        ("      - a: (sensitive value) -> null", "      <red>-</> a: <magenta>(sensitive value)</> -> null"),
        (
            "      ~ a: 1 -> (known after apply: b.c.id)",
            "      <yellow>~</> a: 1 -> <cyan>(known after apply: b.c.id)</>",
        ),
        ('      + a: "x...y" (1,200 characters)', '      <green>+</> a: "x...y" <dim>(1,200 characters)</>'),
        ("        # (2 unchanged attributes hidden)", "<dim>        # (2 unchanged attributes hidden)</>"),
        ("  # value.a will be created", "<b>  # value.a will be created</>"),
        ("  # value.a will be destroyed", "<b>  # value.a </><b;red>will be destroyed</>"),
        ("  # (image cannot change in place)", "  # (image cannot change in place)"),
        (
            "Plan: 1 to import, 2 to add, 1,000 to change, 0 to destroy.",
            "<b>Plan:</> <cyan>1 to import</>, <green>2 to add</>, <yellow>1,000 to change</>, 0 to destroy.",
        ),
        ("1 to forget.", "<red>1 to forget</>."),
        ("Error: Unknown key [config/unknown-key]", "<b;red>Error:</> Unknown key [config/unknown-key]"),
        ("    12 |       image: x", "<dim>    12 | </>      image: x"),
        ("  Fix: rename it", "  <b;green>Fix:</> rename it"),
        ("nothing special", "nothing special"),
        ("", ""),
    ],
)
def test_a_line_is_coloured_by_what_it_is(line: str, told: str) -> None:
    assert [*map(readable, painted([line]))] == [told]


def test_a_text_of_several_lines_is_coloured_as_one() -> None:
    lines = [
        "  ~ a.b",
        "      ~ c:",
        "            Error: x",
        "          - old",
        "          + new",
        "",
        "          # (2 x)",
    ]
    assert list(map(readable, painted([*lines, "        # (1 unchanged attribute hidden)"]))) == [
        "  <yellow>~</> a.b",
        "      <yellow>~</> c:",
        "            Error: x",
        "          <red>- old</>",
        "          <green>+ new</>",
        "",
        "          <dim># (2 x)</>",
        "<dim>        # (1 unchanged attribute hidden)</>",
    ]


def test_a_caret_has_the_colour_of_its_finding() -> None:
    assert [readable(line) for line in painted(["Warning: x [a/b]", "       |   ^^ here"])] == [
        "<b;yellow>Warning:</> x [a/b]",
        "<dim>       | </><b;yellow>  ^^ here</>",
    ]


PIECES = [
    "  ",
    "      ",
    "+ ",
    "- ",
    "-/+ ",
    "~ a: ",
    "Plan: 1 to add",
    "(sensitive value",
    ")",
    '"',
    "\\",
    "    # ",
    ":",
]


@given(st.lists(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=6).map("".join), max_size=8))
def test_colours_change_no_text(lines: list[str]) -> None:
    bare = [line.replace("\x1b", "") for line in lines]
    assert [re.sub("\x1b\\[[0-9;]*m", "", line) for line in painted(bare)] == bare
