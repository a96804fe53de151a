"""What `resources.NAME` is of a block that stands for others: these by their kind and key, and the list of the keys."""

from typing import Any

import pytest

from reign.expression import ExpressionError, Scope, resolve, resource_root
from reign.model.address import Address, Key
from reign.model.resource import Group, Part


def part(name: str, of: Key, key: str) -> Part:
    return Part(Address("local.file", name, key if of is None else f"{of}/{key}"), of, key)


GROUPS = (
    Group("local.tree", "one", "single", expands=True, parts=(part("one", None, "a.txt"), part("one", None, "b/c"))),
    Group("local.tree", "each", "map", ("eu", "us"), expands=True, parts=(part("each", "eu", "a"),)),
    Group("local.tree", "some", "list", (0, 1), expands=True, parts=(part("some", 1, "a"),)),
    Group("local.tree", "none", "single", expands=True),
    Group("local.tree", "off", "disabled", (), expands=True),
)
ROOT = resource_root(GROUPS, lambda address: {"path": f"at {address}"})


def value(text: str) -> Any:
    return resolve("${" + text + "}", Scope({"resources": ROOT}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('resources.one.file["b/c"].path', 'at local.file.one["b/c"]'),
        ("resources.one.files", ["a.txt", "b/c"]),
        ("resources.one.file | length", 2),
        ("[f.path for k, f in resources.one.file if k == 'a.txt']", ['at local.file.one["a.txt"]']),
        ('resources.each["eu"].file.a.path', 'at local.file.each["eu/a"]'),
        ('resources.each["us"].files', []),
        ("resources.some[1].file.a.path", 'at local.file.some["1/a"]'),
        ("resources.some[0].files", []),
        ("resources.none.files", []),
        ("resources.none.file", {}),
        ("resources.off", None),
    ],
)
def test_what_a_block_stands_for_is_read_by_kind_and_key(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    "text", ['resources.one.file["x"]', "resources.one.folder", "resources.one.path", "resources.none.file.a"]
)
def test_what_it_does_not_stand_for_is_told(text: str) -> None:
    with pytest.raises(ExpressionError):
        value(text)
