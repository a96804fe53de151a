"""What is looked for inside nouns is found at any depth, and what holds none of it is not touched."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pytest

from reign.model.address import Address
from reign.model.rewrite import holds, rewritten
from reign.model.values import Sensitive


@dataclass(frozen=True)
class One:
    only: Any


@dataclass(frozen=True)
class Two:
    first: Any = None
    second: Any = ()


SECRET = Sensitive("hidden")


@pytest.mark.parametrize(
    "noun",
    [
        SECRET,
        One(SECRET),
        Two(1, [SECRET]),
        {"a": ({"b": One(SECRET)},)},
        MappingProxyType({"a": SECRET}),
        [[], [SECRET]],
    ],
)
def test_one_is_found_and_exchanged_wherever_it_stands(noun: Any) -> None:
    assert holds(noun, (Sensitive,))
    assert not holds(rewritten(noun, (Sensitive,), lambda part, _: "shown"), (Sensitive,))


@pytest.mark.parametrize(
    "noun", [None, "hidden", 1, Address("value", "a"), One("x"), Two(), {"a": [One(None)]}, object()]
)
def test_what_holds_none_is_the_same_object(noun: Any) -> None:
    assert not holds(noun, (Sensitive,))
    assert rewritten(noun, (Sensitive,), lambda part, _: "shown") is noun


def test_the_path_leads_to_the_part() -> None:
    found: list[Any] = []
    noun: Mapping[str, Any] = {"a": [1, Two(second=(One(SECRET),))]}

    rewritten(noun, (Sensitive,), lambda _, path: found.append(path))

    assert found == [("a", 1, "second", 0, "only")]
