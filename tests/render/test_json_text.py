"""JSON as text: always UTF-8, always what was meant, and nothing in it that a terminal acts on."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reign.render.json_text import in_ascii, json_text
from reign.render.words import safe

TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)
HARD = st.sampled_from(
    ["\ud800", "\udfff\ud800", "\u202eabc", "\x00\x1b[2J\x7f\x9b", "\u2028\ufeff", "a" * 300, "\\u0041"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT | HARD,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT | HARD, inner, max_size=4),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(VALUES, st.sampled_from([None, 2]))
def test_it_reads_as_what_was_written(value: object, indent: int | None) -> None:
    text = json_text(value, indent)
    assert json.loads(text.encode("utf-8", "strict")) == value
    assert safe(text) == text
    assert json.loads(in_ascii(text).encode("ascii")) == value


def test_keys_are_sorted() -> None:
    assert json_text({"b": 1, "a": {"d": 1, "c": 2}}) == '{"a": {"c": 2, "d": 1}, "b": 1}'
