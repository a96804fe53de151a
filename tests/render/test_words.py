"""Text that cannot move the cursor, and small wording."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reign.render.words import age, duration, listed, one_line, plural, safe

TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@given(st.text(st.characters() | st.sampled_from("\x1b\x07\r\u202e\u2066\u200f\u061c\u2028\ufeff")))
def test_safe_text_moves_nothing(text: str) -> None:
    for char in set(safe(text)) - {"\n", "\t"}:
        assert unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp")
        assert unicodedata.bidirectional(char) not in TURNS
    assert safe(safe(text)) == safe(text)


@given(st.text())
def test_one_line_is_one(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünïcode 日本", "plain ünïcode 日本"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\u202eb", "a\\u202eb"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("\u200b", "\\u200b"),
        ("\x9b31m", "\\x9b31m"),
        ("\r\x00\x7f", "\\x0d\\x00\\x7f"),
        ("\ud800", "\\ud800"),
        ("tab\tand\nline", "tab\tand\nline"),
    ],
)
def test_safe(text: str, shown: str) -> None:
    assert safe(text) == shown


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "0s"), (0.99, "0s"), (59.9, "59s"), (62, "1m02s"), (3600, "1h00m"), (90061, "25h01m")]
)
def test_duration(seconds: float, told: str) -> None:
    assert duration(seconds) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(-5, "0 seconds ago"), (1, "1 second ago"), (119, "1 minute ago"), (7200, "2 hours ago"), (200000, "2 days ago")],
)
def test_age(seconds: float, told: str) -> None:
    assert age(seconds) == told


def test_counting() -> None:
    assert plural(1, "error") == "1 error"
    assert plural(1200, "error") == "1,200 errors"
    assert listed(["a", "b"], 2) == "a, b"
    assert listed(["a", "b", "c"], 2) == "a, b and 1 more"
