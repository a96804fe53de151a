"""Values and differences: nothing that differs is ever shown as equal."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reign.model.values import Secret, Sensitive, Unknown, Value
from reign.render.lines import difference
from reign.render.rows import changed, created, deleted, lines
from reign.render.values import show, sides

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)
TEXTS = st.lists(st.sampled_from(["a", "b", "", "  x", "+ y"]), max_size=30).map("\n".join)


@given(VALUES)
def test_a_value_in_full_is_json(value: Value) -> None:
    assert json.loads(show(value, full=True)) == value


@given(VALUES, VALUES)
def test_every_difference_has_a_row(before: Value, after: Value) -> None:
    found = changed({"f": before}, {"f": after}, "")
    empty = (None, [], {})
    if not found.rows:
        assert _without_nothing(before) == _without_nothing(after)
    elif before not in empty or after not in empty:
        assert _without_nothing(before) != _without_nothing(after) or type(before) is not type(after)


def _without_nothing(value: Value) -> object:
    """What is null or empty is not worth a line, so it does not count as a difference either; true is not 1."""
    if isinstance(value, dict):
        kept = {key: _without_nothing(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item is not None} or None
    if isinstance(value, list):
        kept_items = [_without_nothing(item) for item in value]
        while kept_items and kept_items[-1] is None:
            kept_items.pop()
        return kept_items or None
    return ("bool", value) if isinstance(value, bool) else value


@given(TEXTS, TEXTS)
def test_a_difference_tells_what_goes_and_what_comes(before: str, after: str) -> None:
    shown = difference(before, after, full=True)
    gone = [line[2:] for line in shown if line.startswith("- ")]
    come = [line[2:] for line in shown if line.startswith("+ ")]
    if before != after:
        assert gone or come
    assert len(gone) - len(come) == _size(before) - _size(after)


def _size(text: str) -> int:
    lines = text.split("\n")
    return len(lines) - 1 if lines[-1] == "" else len(lines) + 1


@given(TEXTS)
def test_what_comes_and_what_goes_have_the_same_paths(text: str) -> None:
    value: dict[str, Value] = {"a": {"b": [text, 1]}, "c": None, "d": []}
    assert [row.path for row in created(value, "").rows] == [row.path for row in deleted(value, "").rows]


def test_long_lists_of_lines_do_not_take_long() -> None:
    before = "\n".join(str(number) for number in range(20_000))
    after = "\n".join(str(number) for number in range(1, 40_001, 2))
    assert len(difference(before, after)) <= 61


def test_values_that_look_alike_when_cut_are_shown_in_whole() -> None:
    digest = "9f2c41e0" * 8
    assert sides(digest, f"{digest[:-1]}1") == (f'"{digest}"', f'"{digest[:-1]}1"')
    assert sides(digest, "41d07b3a" * 8) == ('"9f2c41e0..."', '"41d07b3a..."')
    assert sides(f"sha256:{digest}", "x") == ('"sha256:9f2c41e0..."', '"x"')


def test_long_values_that_look_alike_when_cut_are_cut_around_the_difference() -> None:
    before, after = (f"{'x' * 300}{middle}{'y' * 300}" for middle in ("old", "brand new"))
    left, right = sides(before, after)
    assert left == f"...{'x' * 32}old{'y' * 38}... (603 characters)"
    assert right == f"...{'x' * 32}brand new{'y' * 32}... (609 characters)"
    assert sides(before, after, full=True) == (f'"{before}"', f'"{after}"')


def test_columns_stand_under_each_other() -> None:
    rows = created({"日本": 1, "e\u0301e\u0301": 2, "longest": 3, "\u202e": 4}, "").rows
    assert lines(rows) == [
        '      + ["e\u0301e\u0301"]:     2',
        "      + longest:    3",
        '      + ["\u202e"]: 4',
        '      + ["日本"]:   1',
    ]


def test_what_is_known_later_says_what_it_waits_for() -> None:
    assert show(Unknown(("value.a.id",)), "value.a") == "(known after apply)"
    assert show(Unknown(("value.a.id", "value.ab.id")), "value.a") == "(known after apply: value.ab.id)"
    assert show([1, Unknown()]) == "[1, (known after apply)]"


SECRET = Secret("${secret.db}", "hash", "key")
SENSITIVE = Sensitive("hunter2", "x-${secret.db}-${var.token}")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("old", SECRET, "~ v: (sensitive value, changed)    # secret db"),
        (SECRET, "plain now", "~ v: (sensitive value, changed)"),
        ({"a": 1}, SENSITIVE, "~ v: (sensitive value, changed)    # secret db, variable token"),
        (None, SENSITIVE, "+ v: (sensitive value)    # secret db, variable token"),
        (SENSITIVE, None, "- v: (sensitive value) -> null"),
        (SENSITIVE, Unknown(("value.a.value",)), "~ v: (sensitive value) -> (known after apply: value.a.value)"),
        (SECRET, Unknown(("secret.db",), sensitive=True), "~ v: (sensitive value, known after apply)    # secret db"),
        (None, Unknown(("a.b.stdout",), sensitive=True), "+ v: (sensitive value, known after apply)    # a.b.stdout"),
        (None, Sensitive({"deep": ["hunter2"]}), "+ v: (sensitive value)"),
        ("line\nline", Sensitive("hunter2\nline"), "~ v: (sensitive value, changed)"),
    ],
)
def test_what_is_sensitive_is_not_shown(before: Value, after: Value, told: str) -> None:
    (row,) = changed({"v": before}, {"v": after}, "").rows
    assert lines([row]) == [f"      {told}"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SENSITIVE, Sensitive("hunter2", "")),
        (SENSITIVE, "hunter2"),
        (SECRET, Secret("", "hash", "key", "cipher")),
    ],
)
def test_what_was_made_in_another_way_is_no_difference(before: Value, after: Value) -> None:
    assert changed({"v": before}, {"v": after}, "").rows == []


@given(VALUES)
def test_nothing_of_a_sensitive_value_is_ever_shown(value: Value) -> None:
    shown = [
        show({"a": [Sensitive(value)]}, full=True),
        *lines(created({"a": Sensitive(value)}, "", full=True).rows),
        *lines(deleted({"a": Sensitive(value)}, "", full=True).rows),
        *sides(Sensitive(value), None),
        *sides("x", Sensitive(value)),
    ]
    assert shown == [
        '{"a": [(sensitive value)]}',
        "      + a: (sensitive value)",
        "      - a: (sensitive value) -> null",
        *("", "(sensitive value, changed)"),
        *("", "(sensitive value, changed)"),
    ]


def test_a_command_stands_at_the_name_that_its_file_has() -> None:
    made: Value = {"command": "echo ${REIGN_1}", "with": {"REIGN_1": Unknown(("a.b.id",))}}
    assert lines(created({"create": made}, "").rows) == [
        '      + create:         "echo ${REIGN_1}"',
        "      + create.REIGN_1: (known after apply: a.b.id)",
    ]
    assert lines(changed({"create": "echo a"}, {"create": made}, "").rows) == [
        '      ~ create:         "echo a" -> "echo ${REIGN_1}"',
        "      + create.REIGN_1: (known after apply: a.b.id)",
    ]
    assert [row.path for row in created({"f": {"command": "x", "with": {"y": 1}}}, "").rows] == [
        "f.command",
        "f.with.y",
    ]
