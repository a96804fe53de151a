"""Differences between two specs, and paths that are kept out of them."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reign.model.schema import Field, Kind, Schema, When
from reign.model.values import Secret, Unknown, format_path, lookup, parse_path
from reign.planning.diff import differences, is_immutable, with_kept, without

LEAVES = st.none() | st.booleans() | st.integers(0, 2) | st.text("ab", max_size=1)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=8,
)
SPECS = st.dictionaries(st.sampled_from(("one", "two", "three")), VALUES, max_size=3)
PATHS = st.lists(st.sampled_from(("one", "two", "x", "y", "*", 0, 1)), min_size=1, max_size=3).map(tuple)

SCHEMA = Schema(
    "t",
    fields={
        "fixed": Field(immutable=True),
        "free": Field(kind=Kind("object", fields={"fixed": Field(immutable=True), "free": Field()})),
        "items": Field(kind=Kind("list", item=Kind("object", fields={"fixed": Field(immutable=True)}))),
        "sometimes": Field(immutable_when=When(present=("fixed",))),
    },
    outputs={},
)


def paths(before: Any, after: Any) -> dict[str, bool]:
    return {format_path(difference.path): difference.certain for difference in differences({"a": before}, {"a": after})}


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (1, 1.0, {}),
        (1, True, {"a": True}),
        (None, False, {"a": True}),
        ({"x": None}, {}, {"a.x": True}),
        ([1], [1, 2], {"a[1]": True}),
        ([1, 2], [1], {"a[1]": True}),
        ({"x": [{"y": 1}]}, {"x": [{"y": 2}]}, {"a.x[0].y": True}),
        ({"x": 1}, [1], {"a": True}),
        ("one", Unknown(("b.id",)), {"a": False}),
        ({"x": 1}, {"x": 1, "y": Unknown()}, {"a.y": True}),
        ([1], [Unknown(), 2], {"a[0]": False, "a[1]": True}),
        (Secret("${secret.a}", "h", "k"), Secret("${secret.b}", "h", "k"), {}),
        (Secret("${secret.a}", "h", "k"), Secret("${secret.a}", "i", "k"), {"a": True}),
        ("plain", Secret("${secret.a}", "h", "k"), {"a": True}),
    ],
)
def test_differences(before, after, found):
    assert paths(before, after) == found


def test_a_field_that_is_null_and_one_that_is_not_there_are_the_same():
    assert differences({"a": None}, {"b": None}) == []
    assert differences({}, {"a": Unknown()})[0].certain is False


@given(SPECS, SPECS)
def test_differences_are_there_and_nothing_else_is(before, after):
    found = differences(before, after)
    assert differences(before, copy.deepcopy(before)) == []
    for path, certain in found:
        assert certain
        one, other = lookup(before, path), lookup(after, path)
        assert repr(one) != repr(other)
    if not found:
        assert {k: v for k, v in before.items() if v is not None} == {k: v for k, v in after.items() if v is not None}


@pytest.mark.parametrize(
    ("path", "fixed"),
    [
        ("fixed", True),
        ("fixed.x[0]", True),
        ("free", False),
        ("free.free", False),
        ("free.fixed", True),
        ("items[0]", False),
        ("items[0].fixed", True),
        ("items[0].other", False),
        ("other", False),
    ],
)
def test_what_cannot_change_in_place(path, fixed):
    assert is_immutable(SCHEMA, parse_path(path), {}) is fixed


def test_what_cannot_change_in_place_under_a_condition():
    assert is_immutable(SCHEMA, ("sometimes", "x"), {"fixed": 1})
    assert not is_immutable(SCHEMA, ("sometimes",), {"fixed": None})


@given(SPECS, SPECS, PATHS)
def test_what_is_kept_no_longer_differs_and_nothing_else_changes(desired, current, pattern):
    before = copy.deepcopy((desired, current))
    kept = with_kept(desired, current, [pattern])
    assert (desired, current) == before
    for path, _ in differences(current, kept):
        assert not _names(pattern, path) or _is_behind_a_gap(desired, current, path, pattern)
    for path, _ in differences(desired, kept):
        assert _names(pattern, path) or _names(pattern[: len(path)], path)


def _is_behind_a_gap(desired: Any, current: Any, path: tuple[Any, ...], pattern: tuple[Any, ...]) -> bool:
    """A list has no holes: an item that only one side has, named by its index, cannot be kept unless it is the next one.

    What both sides have is always kept, and so is a whole list by `*`.
    """
    for end, part in enumerate(path[: len(pattern)]):
        sizes = [
            len(found)
            for found in (lookup(desired, path[:end]), lookup(current, path[:end]))
            if isinstance(found, list)
        ]
        if isinstance(part, int) and pattern[end] == part and len(sizes) == 2:
            ours, theirs = sizes
            is_next = part == ours < theirs or part == ours - 1 >= theirs
            if part >= min(sizes) and not is_next:
                return True
    return False


def _names(pattern: tuple[Any, ...], path: tuple[Any, ...]) -> bool:
    return len(pattern) <= len(path) and all(p in ("*", q) for p, q in zip(pattern, path, strict=False))


def test_without_takes_out_what_is_named():
    spec = {"labels": {"build": 1, "x": 2}, "size": 3}
    assert without(spec, [("labels", "build"), ("size",)]) == {"labels": {"x": 2}}
