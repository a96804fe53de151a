"""Whether plain JSON has the shape of a model noun: every place where it has not, told at once.

`codec.decode` takes what was written by Reign. This is for what people may have edited.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from reign.model.address import Address, is_unicode, parse_address
from reign.model.nearest import nearest
from reign.model.values import Path

LARGEST = 2**53 - 1
"""The largest whole number that every reader of JSON agrees on, and far below what a column of the store takes."""
DEEPEST = 200
"""Levels of lists and maps, three times as many as a project may write."""
_TOO_DEEP = f"holds what is nested more than {DEEPEST} levels deep"
_SHOWN = 5
"""So much is told of the path to what is nested too deep."""
_LONGEST_BITS = 1328
"""400 digits, as many as a number of a project may have."""


class _Value:
    """Stands for `Value` in resolved hints."""


class _Spec:
    """Stands for `Spec` in them."""


class _Declared:
    """Stands for `Declared` in them."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """`what` is wrong at `path`, as the end of a sentence that begins with the path."""

    path: Path
    what: str


def misfits(cls: type, data: Any, path: Path = ()) -> Iterator[Misfit]:
    """Everything about `data` that is not as `codec.encode` would have it of a `cls`."""
    if not isinstance(data, dict):
        yield Misfit(path, f"is {_named(data)}, and not an object")
        return
    hints = get_type_hints(cls, localns={"Value": _Value, "Spec": _Spec, "Declared": _Declared})
    fields = {field.name: field for field in dataclasses.fields(cls) if field.init}
    for name in data:
        if name not in fields:
            near = nearest(str(name), fields)
            yield Misfit((*path, str(name)), "is not known" + (f" (did you mean {near}?)" if near else ""))
    for name, field in fields.items():
        if name in data:
            yield from _of_hint(hints[name], data[name], (*path, name))
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            yield Misfit((*path, name), "is missing")


def _of_hint(hint: Any, data: Any, path: Path) -> Iterator[Misfit]:
    origin = get_origin(hint)
    if hint is _Value:
        yield from value_misfits(data, path)
    elif hint is _Declared:
        yield from value_misfits(data, path, _TAGS_DECLARED)
    elif hint is _Spec:
        yield from _members(_Value, data, path)
    elif hint is Address:
        yield from address_misfits(data, path)
    elif dataclasses.is_dataclass(hint) and isinstance(hint, type):
        yield from misfits(hint, data, path)
    elif origin in (Union, types.UnionType):
        yield from _of_hint(next(each for each in get_args(hint) if each is not type(None)), data, path)
    elif origin is Literal:
        if data not in get_args(hint):
            yield Misfit(path, f"is {_named(data)}, and not one of {', '.join(map(str, get_args(hint)))}")
    elif origin is tuple:
        yield from _items(get_args(hint)[0], data, path)
    elif isinstance(origin, type) and issubclass(origin, Mapping):
        yield from _members(get_args(hint)[1], data, path)
    elif not isinstance(data, hint) or (isinstance(data, bool) and hint is not bool):
        yield Misfit(path, f"is {_named(data)}, and not {_WORDS[hint]}")
    elif hint is int:
        yield from count_misfits(data, path)


def count_misfits(data: int, path: Path) -> Iterator[Misfit]:
    """Of a whole number of the state's own, which is counted on from and stands in a column of the store."""
    if abs(data) > LARGEST:
        yield Misfit(path, f"is beyond {LARGEST}, which leaves no room to count on")


def _items(hint: Any, data: Any, path: Path) -> Iterator[Misfit]:
    if not isinstance(data, list):
        yield Misfit(path, f"is {_named(data)}, and not a list")
        return
    for index, item in enumerate(data):
        yield from _of_hint(hint, item, (*path, index))


def _members(hint: Any, data: Any, path: Path) -> Iterator[Misfit]:
    if not isinstance(data, dict):
        yield Misfit(path, f"is {_named(data)}, and not an object")
        return
    for name, item in data.items():
        yield from _of_hint(hint, item, (*path, name))


def address_misfits(data: Any, path: Path) -> Iterator[Misfit]:
    """Of the address of something that is managed."""
    try:
        address = parse_address(data) if isinstance(data, str) else None
    except ValueError as error:
        yield Misfit(path, f"is no address: {error}")
        return
    if address is None or address.mode != "managed":
        yield Misfit(path, f"is {_named(data)}, and not the address of a resource")
    elif address.module:
        yield Misfit(path, f"is {data!r}: what begins with module. is reserved")
    elif not is_unicode(address.text):
        yield Misfit(path, f"is {data!r}, which holds half a character")


def value_misfits(data: Any, path: Path, tags: Tags | None = None) -> Iterator[Misfit]:
    """Of a value as `to_json` writes it, in which what is sensitive stands encrypted."""
    if isinstance(data, list):
        for index, item in enumerate(data):
            yield from value_misfits(item, (*path, index), tags)
    elif isinstance(data, dict) and "$reign" in data:
        yield from _tagged(data, path, tags or _TAGS)
    elif isinstance(data, dict):
        for name, item in data.items():
            yield from value_misfits(item, (*path, name), tags)


Tags: TypeAlias = Mapping[object, Mapping[str, type]]
"""What may stand for a value, by its tag, and the parts that it then has."""

_TAGS: Tags = {
    "secret": {"template": str, "hash": str, "key_id": str, "cipher": str},
    "map": {"of": dict},
    "unknown": {"waits_for": list},
}
_TAGS_DECLARED: Tags = {"map": {"of": dict}, "deferred": {"text": str, "kind": str}}


def _tagged(data: Mapping[str, Any], path: Path, tags: Tags) -> Iterator[Misfit]:
    wanted = tags.get(data["$reign"]) if isinstance(data["$reign"], str) else None
    if wanted is None:
        yield Misfit((*path, "$reign"), f"is {_named(data['$reign'])}, which means nothing in a state")
        return
    for name, kind in wanted.items():
        if not isinstance(data.get(name), kind):
            yield Misfit(
                (*path, name), f"is {_named(data[name])}, and not {_WORDS[kind]}" if name in data else "is missing"
            )
    if isinstance(data.get("of"), dict):
        for name, item in data["of"].items():
            yield from value_misfits(item, (*path, "of", name), tags)


_WORDS: Mapping[object, str] = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    dict: "an object",
    list: "a list",
}


def deep_misfits(data: Any) -> Iterator[Misfit]:
    """Of a whole document, which whoever goes through it goes down into: the first that is nested too deep."""
    waiting: list[tuple[Path, Any]] = [((), data)]
    while waiting:
        path, held = waiting.pop()
        if len(path) > DEEPEST:
            yield Misfit(path[:_SHOWN], _TOO_DEEP)
            return
        inner = held.items() if isinstance(held, dict) else enumerate(held)
        waiting.extend(((*path, name), item) for name, item in inner if isinstance(item, dict | list))


def plain_misfits(data: Any, path: Path) -> Iterator[Misfit]:
    """Of a value that a program hands over, as what becomes plain JSON; a tuple is a list there."""
    if len(path) > DEEPEST:
        yield Misfit(path[:_SHOWN], _TOO_DEEP)
    elif isinstance(data, list | tuple):
        for index, item in enumerate(data):
            yield from plain_misfits(item, (*path, index))
    elif isinstance(data, dict):
        for name, item in data.items():
            if isinstance(name, str):
                yield from plain_misfits(item, (*path, name))
            else:
                yield Misfit(path, f"has a key of the type {type(name).__name__}, and not a text")
    elif isinstance(data, float) and not math.isfinite(data):
        yield Misfit(path, f"is {data}, which is no number of JSON")
    elif isinstance(data, int) and data.bit_length() > _LONGEST_BITS:
        yield Misfit(path, "is a whole number of too many digits")
    elif not (data is None or isinstance(data, bool | int | float | str)):
        yield Misfit(path, f"is {_named(data)}, which is nothing of JSON")


def _named(data: Any) -> str:
    if data is None or isinstance(data, bool | int | float):
        return json.dumps(data)
    return _WORDS.get(type(data)) or f"of the type {type(data).__name__}"
