"""What a scalar becomes, by the kind of field that receives it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reign.config import Project
from reign.yaml.scalars import seconds

TEXT, SAME = "text", "same"
TABLE = [
    # written, in a string field, in a number field, in a bool field, where any type goes
    ("0644", "0644", 644, "0644", 644),
    ("1.10", "1.10", 1.1, "1.10", 1.1),
    ("no", "no", "no", "no", "no"),
    ("yes", "yes", "yes", "yes", "yes"),
    ("on", "on", "on", "on", "on"),
    ("true", "true", "true", True, True),
    ("True", "True", "True", True, True),
    ("TRUE", "TRUE", "TRUE", True, True),
    ("tRUE", "tRUE", "tRUE", "tRUE", "tRUE"),
    ("false", "false", "false", False, False),
    ("False", "False", "False", False, False),
    ("FALSE", "FALSE", "FALSE", False, False),
    ("null", None, None, None, None),
    ("Null", None, None, None, None),
    ("NULL", None, None, None, None),
    ("~", None, None, None, None),
    ("", None, None, None, None),
    ("nULL", "nULL", "nULL", "nULL", "nULL"),
    ("'null'", "null", "null", "null", "null"),
    ('""', "", "", "", ""),
    ("0", "0", 0, "0", 0),
    ("-0", "-0", 0, "-0", 0),
    ("+12", "+12", 12, "+12", 12),
    ("-7", "-7", -7, "-7", -7),
    ("00", "00", 0, "00", 0),
    ("0o17", "0o17", 15, "0o17", 15),
    ("0x1F", "0x1F", 31, "0x1F", 31),
    ("0b11", "0b11", "0b11", "0b11", "0b11"),
    ("1_000", "1_000", "1_000", "1_000", "1_000"),
    ("1,000", "1,000", "1,000", "1,000", "1,000"),
    ("1e5", "1e5", 100000.0, "1e5", 100000.0),
    ("1E-2", "1E-2", 0.01, "1E-2", 0.01),
    (".5", ".5", 0.5, ".5", 0.5),
    ("5.", "5.", 5.0, "5.", 5.0),
    ("-.5", "-.5", -0.5, "-.5", -0.5),
    (".", ".", ".", ".", "."),
    ("+", "+", "+", "+", "+"),
    ("1.2.3", "1.2.3", "1.2.3", "1.2.3", "1.2.3"),
    ("1e999", "1e999", "1e999", "1e999", "1e999"),
    (".inf", ".inf", ".inf", ".inf", ".inf"),
    ("-.INF", "-.INF", "-.INF", "-.INF", "-.INF"),
    (".nan", ".nan", ".nan", ".nan", ".nan"),
    ("9" * 500, "9" * 500, "9" * 500, "9" * 500, "9" * 500),
    ("9" * 25, "9" * 25, 10**25 - 1, "9" * 25, 10**25 - 1),
    ("2027-01-01", "2027-01-01", "2027-01-01", "2027-01-01", "2027-01-01"),
    ("2027-01-01T10:00:00Z", "2027-01-01T10:00:00Z", "2027-01-01T10:00:00Z", "2027-01-01T10:00:00Z", "2027-01-01T10:00:00Z"),
    ("12:30", "12:30", "12:30", "12:30", "12:30"),
    ("1:30:00", "1:30:00", "1:30:00", "1:30:00", "1:30:00"),
    ("'1'", "1", "1", "1", "1"),
    ('"true"', "true", "true", "true", "true"),
    ("!!str 12", "12", "12", "12", "12"),
    ("!!null x", None, None, None, None),
    ("=", "=", "=", "=", "="),
    ("<<", "<<", "<<", "<<", "<<"),
    ("a b", "a b", "a b", "a b", "a b"),
    ("a#b", "a#b", "a#b", "a#b", "a#b"),
    ("a # b", "a", "a", "a", "a"),
    ("'it''s'", "it's", "it's", "it's", "it's"),
    ('"a\\tb"', "a\tb", "a\tb", "a\tb", "a\tb"),
    ('"\\u00e9"', "é", "é", "é", "é"),
    ("1.27-alpine", "1.27-alpine", "1.27-alpine", "1.27-alpine", "1.27-alpine"),
    ("1d", "1d", "1d", "1d", "1d"),
    ("$${x}", "${x}", "${x}", "${x}", "${x}"),
    ("$x", "$x", "$x", "$x", "$x"),
    ("${{ github.sha }}", "${{ github.sha }}", "${{ github.sha }}", "${{ github.sha }}", "${{ github.sha }}"),
    ("${0644 + 0}", 644, 644, 644, 644),
    ("${true}", True, True, True, True),
    ("x${true}", "xtrue", "xtrue", "xtrue", "xtrue"),
    ("${'1.10'}", "1.10", "1.10", "1.10", "1.10"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "string", "number", "flag", "anything"), TABLE, ids=[row[0][:20] for row in TABLE])
def test_a_scalar_is_read_as_its_field(
    project: Callable[..., Project], written: str, string: object, number: object, flag: object, anything: object
) -> None:
    spec = "\n".join(f"      {key}: {written}" for key in ("name", "size", "on", "any"))
    made = project(f"resources:\n  a:\n    type: memory.thing\n    spec:\n{spec}\n")
    read = next(iter(made.resources.values())).spec
    for key, awaited in (("name", string), ("size", number), ("on", flag), ("any", anything)):
        assert (type(read[key]), read[key]) == (type(awaited), awaited), key


def test_the_table_is_long_enough() -> None:
    assert len(TABLE) >= 60


@pytest.mark.parametrize(
    ("text", "length"),
    [("1s", 1), ("1m30s", 90), ("250ms", 0.25), ("1.5h", 5400), ("2d", 172800), ("0s", 0), ("1h1m1s1ms", 3661.001)],
)
def test_a_duration_is_seconds(text: str, length: float) -> None:
    assert seconds(text) == pytest.approx(length)


@pytest.mark.parametrize("text", ["", "1", "s", "1 s", "1s ", "-1s", "1y", "1s2", "1,5s", "9" * 400 + "d"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        seconds(text)


def test_block_scalars_keep_their_text(project: Callable[..., Project]) -> None:
    made = project(
        "resources:\n  a:\n    type: local.file\n    spec:\n      path: a\n      content: |\n        no\n          1.10\n\n"
        "        last ${1 + 1}\n"
    )
    assert next(iter(made.resources.values())).spec["content"] == "no\n  1.10\n\nlast 2\n"


def test_merged_keys_are_taken_over_and_own_ones_win(project: Callable[..., Project]) -> None:
    made = project(
        "locals:\n  usual: &usual {name: a, size: 1}\nresources:\n  a:\n    type: memory.thing\n"
        "    spec:\n      <<: *usual\n      size: 2\n"
    )
    assert next(iter(made.resources.values())).spec == {"name": "a", "size": 2}
