"""The filters `yaml` and `fromyaml`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reign.config.functions import from_yaml, to_yaml
from reign.expression import ExpressionError
from reign.model.values import Value

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_what_is_written_reads_back(value: object) -> None:
    assert from_yaml(to_yaml(value)) == value  # type: ignore[arg-type]


def test_it_looks_as_people_write_it() -> None:
    value: Value = {
        "name": "web",
        "ports": [80, 443],
        "on": "no",
        "mode": "0644",
        "text": "a\nb\n",
        "none": None,
        "empty": {},
    }
    assert to_yaml(value) == (
        'name: web\nports:\n- 80\n- 443\n"on": "no"\nmode: "0644"\ntext: |\n  a\n  b\nnone: null\nempty: {}\n'
    )


@pytest.mark.parametrize("text", ["a: 1\na: 2", "a: [", "!!python/name:os x", "[" * 100, "a: *b"])
def test_what_cannot_be_read_is_an_error(text: str) -> None:
    with pytest.raises(ExpressionError):
        from_yaml(text)
