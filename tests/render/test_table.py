"""Listings in their four forms."""

import csv
import io
import json
from datetime import datetime
from decimal import Decimal

from reign.render.table import FORMS

COLUMNS = ("address", "n", "at", "note")
ROWS = [
    ("value.a", 1, datetime(2026, 11, 21, 10, 0), None),  # noqa: DTZ001
    ('x["a|b"]', 20, None, "two\nlines, \x1b[2J"),
]


def test_table() -> None:
    assert FORMS["table"](COLUMNS, ROWS).splitlines() == [
        "address    n  at                   note",
        "--------  --  -------------------  -------------------",
        "value.a    1  2026-11-21T10:00:00",
        'x["a|b"]  20                       two\\nlines, \\x1b[2J',
    ]


def test_csv_reads_back() -> None:
    rows = list(csv.reader(io.StringIO(FORMS["csv"](COLUMNS, ROWS))))
    assert rows == [list(COLUMNS), ["value.a", "1", "2026-11-21T10:00:00", ""], ['x["a|b"]', "20", "", ROWS[1][3]]]


def test_json_reads_back() -> None:
    told = json.loads(FORMS["json"]((*COLUMNS, "d"), [(*ROWS[0], Decimal("1.5"))]))
    assert told == [{"address": "value.a", "n": 1, "at": "2026-11-21T10:00:00", "note": None, "d": "1.5"}]


def test_markdown_keeps_its_columns() -> None:
    lines = FORMS["md"](COLUMNS, ROWS).splitlines()
    assert lines[0] == "| address | n | at | note |"
    assert lines[3] == '| x["a\\|b"] | 20 |  | two<br>lines, \\x1b[2J |'


def test_an_empty_listing_names_its_columns() -> None:
    assert FORMS["table"](("a", "b"), []) == "a  b\n-  -\n"
    assert FORMS["json"](("a",), []) == "[]\n"
