"""Whatever stands in a plan or a finding: what leaves is lines of text, safe to print, and as wide as they claim to be."""

import json
import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reign.cli.colour import painted
from reign.model.finding import Place
from reign.model.values import Value
from reign.render.finding import brief, full, report
from reign.render.lines import difference, whole
from reign.render.text import text
from reign.render.values import show, sides
from reign.render.words import breadth, cut_to, guarded, one_line, quoted, wrapped
from tests.render.hostile import Hostile

TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
WIDTHS = (None, 1, 20, 48, 80, 200)
NASTY = st.text(st.characters() | st.sampled_from("\x1b\x07\r\n\t\u202e\u2066\u200f\u061c\u2028\ufeff\u200b日e\u0301"))


def is_harmless(line: str) -> bool:
    """True when a terminal does nothing with it but show it, from the left to the right."""
    return all(
        char == "\t"
        or (
            unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp")
            and unicodedata.bidirectional(char) not in TURNS
            and char not in "\u200b\u200c\u200d\u200e\u200f\u061c\ufeff\u00ad\u2060"
        )
        for char in line
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_every_line_of_a_plan_is_one_and_harmless(width: int | None) -> None:
    for number in range(100):
        some = Hostile(number)
        lines = text(some.plan(), replace(some.view(), width=width))
        assert all(map(is_harmless, lines))
        assert [re.sub("\x1b\\[[0-9;]*m", "", line) for line in painted(lines)] == lines


@pytest.mark.parametrize("width", WIDTHS)
def test_every_line_of_a_finding_is_one_and_harmless(width: int | None) -> None:
    for number in range(100):
        some = Hostile(number)
        finding = replace(some.finding(), excerpt=tuple((line, some.text()) for line in (4, 5, 6)))
        placed = replace(finding, place=Place(some.text(), 5, some.random.randint(1, 30), some.random.randint(1, 9)))
        for lines in (
            full(finding, width),
            brief(finding, width),
            report([finding, placed], "Nothing was planned.", width),
        ):
            assert all(map(is_harmless, lines))


@given(NASTY, st.integers(48, 200))
def test_a_value_takes_no_more_columns_than_it_has(value: str, room: int) -> None:
    told = show(value * 20, room=room)
    assert breadth(told) <= room
    assert is_harmless(told)


@given(NASTY | st.integers() | st.booleans(), NASTY | st.floats(allow_nan=False), st.text("ab日", max_size=200))
def test_what_differs_is_never_shown_as_equal(before: Value, after: Value, same: str) -> None:
    if isinstance(before, str) and isinstance(after, str):
        before, after = f"{same}{before}{same}", f"{same}{after}{same}"
    if before == after:
        return
    for room in (24, 40, 60, 192):
        left, right = sides(before, after, room=room)
        assert left != right


@given(st.lists(NASTY, min_size=2, max_size=6), st.lists(NASTY, min_size=2, max_size=6), st.integers(48, 200))
def test_lines_of_text_take_no_more_columns_than_they_have(before: list[str], after: list[str], room: int) -> None:
    old, new = ("\n".join(f"{line.replace(chr(9), '')}" * 12 for line in lines) for lines in (before, after))
    for line in (*difference(old, new, room=room), *whole("+", old, room=room)):
        assert line.startswith("#") or breadth(line) <= room


@pytest.mark.parametrize("room", [24, 40, 80, 160])
def test_long_lines_that_differ_in_the_middle_do_not_look_alike(room: int) -> None:
    before, after = (f"first\n{'x' * 500}{middle}{'y' * 500}\nlast\n" for middle in ("old", "new"))
    gone, come = (line for line in difference(before, after, room=room) if line[0] in "+-")
    assert "old" in gone
    assert "new" in come
    assert max(map(len, (gone, come))) <= max(room, 50)


@given(NASTY, st.integers(0, 40))
def test_what_is_cut_to_columns_takes_no_more(value: str, columns: int) -> None:
    shown = one_line(value)
    part = cut_to(shown, columns)
    assert shown.startswith(part)
    assert breadth(part) <= columns


@given(st.lists(st.text("abc.,日", min_size=1, max_size=12), min_size=1).map(" ".join), st.integers(14, 80))
def test_sentences_are_wrapped_between_words(sentence: str, width: int) -> None:
    lines = wrapped(f"  {sentence}", width, "    ")
    assert " ".join(line.strip() for line in lines) == sentence
    assert all(breadth(line) <= width or " " not in line.strip() for line in lines)


@given(st.lists(NASTY, max_size=5))
def test_as_many_lines_leave_as_came(lines: list[str]) -> None:
    told = guarded(lines)
    assert len(told) == len(lines)
    assert guarded(told) == told
    assert all(map(is_harmless, told))


@given(NASTY)
def test_quoted_text_is_json(value: str) -> None:
    assert json.loads(quoted(value)) == value
    assert is_harmless(quoted(value))
