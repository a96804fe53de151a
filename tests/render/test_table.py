"""Listings in their four forms."""

import csv
import io
import json
from datetime import datetime
from decimal import Decimal

import pytest

from reign.render.table import FORMS, table
from reign.render.words import breadth
from tests.render.hostile import NASTY
from tests.render.shown import fragment

COLUMNS = ("address", "n", "at", "note")
ROWS = [
    ("value.a", 1, datetime(2026, 11, 21, 10, 0), None),  # noqa: DTZ001
    ('x["a|b"]', 20, None, "two\nlines, \x1b[2J"),
]


def test_table() -> None:
    assert FORMS["table"](COLUMNS, ROWS).splitlines() == [
        "address    n  at                   note",
        "--------  --  -------------------  -------------------",
        "value.a    1  2026-11-21 10:00:00",
        'x["a|b"]  20                       two\\nlines, \\x1b[2J',
    ]


def test_csv_reads_back() -> None:
    rows = list(csv.reader(io.StringIO(FORMS["csv"](COLUMNS, ROWS))))
    assert rows == [list(COLUMNS), ["value.a", "1", "2026-11-21T10:00:00", ""], ['x["a|b"]', "20", "", ROWS[1][3]]]


def test_json_reads_back() -> None:
    told = json.loads(FORMS["json"]((*COLUMNS, "d"), [(*ROWS[0], Decimal("1.5"))]))
    assert told == [{"address": "value.a", "n": 1, "at": "2026-11-21T10:00:00", "note": None, "d": "1.5"}]


def test_markdown() -> None:
    assert FORMS["md"]((*COLUMNS, "spec", "ok"), [(*ROWS[0], {"b": [1], "a": "|"}, True), (*ROWS[1], "", False)]) == (
        "| address | n | at | note | spec | ok |\n"
        "| --- | ---: | --- | --- | --- | --- |\n"
        '| value.a | 1 | 2026-11-21T10:00:00 |  | `{"a": "\\|", "b": [1]}` | true |\n'
        '| `x["a\\|b"]` | 20 |  | two<br>lines, `\\x1b[2J` |  | false |\n'
    )


def test_whatever_stands_in_a_cell_it_is_one_cell_of_text() -> None:
    """`fragment` looks at what a site makes of it: nothing is opened, linked, mentioned or lost."""
    rows = [(text, number, {"key": text}) for number, text in enumerate(NASTY)]
    page = fragment(FORMS["md"](("text", "@n", "a|b"), rows))
    [table] = page.children
    shown = [[cell.text for cell in row.children] for row in table.all("tr")]
    assert shown[0] == ["text", "@n", "a|b"]
    assert [row[1] for row in shown[1:]] == [str(number) for number in range(len(NASTY))]
    assert all(len(row) == 3 for row in shown)
    plain = dict(zip(NASTY, (row[0] for row in shown[1:]), strict=True))
    assert plain["@team"] == "@team"
    assert plain["</details>"] == "</details>"
    assert plain["\u202edcba\u202c"] == "\\u202edcba\\u202c"
    assert plain["n" * 300] == "n" * 300


def test_an_empty_listing_names_its_columns() -> None:
    assert FORMS["table"](("a", "b"), []) == "a  b\n-  -\n"
    assert FORMS["json"](("a",), []) == "[]\n"
    assert FORMS["md"](("a", "b"), []) == "| a | b |\n| --- | --- |\n"


@pytest.mark.parametrize("room", [200, 80, 60, 20])
def test_a_table_is_cut_to_its_room_but_for_what_names_a_row(room: int) -> None:
    rows = [("docker.container.web-with-a-long-name", "x" * 70, 1, "\u6771" * 30)]
    lines = table(("address", "value", "number", "wide"), rows, room).splitlines()
    widest = max(map(breadth, lines))
    assert widest <= max(room, 37 + 20 + 6 + 20 + 6)
    assert lines[2].startswith("docker.container.web-with-a-long-name  x")
    assert ("..." in lines[2]) == (room < 180)
