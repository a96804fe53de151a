"""Whether plain JSON has the shape of a model noun: every place where it has not, told at once.

`codec.decode` takes what was written by Reign. This is for what people may have edited.
"""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from reign.model.address import Address, parse_address
from reign.model.nearest import nearest
from reign.model.values import Path


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
        if not isinstance(data, str) or parse_address(data).mode != "managed":
            yield Misfit(path, f"is {_named(data)}, and not the address of a resource")
    except ValueError as error:
        yield Misfit(path, f"is no address: {error}")


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


def _named(data: Any) -> str:
    return json.dumps(data) if data is None or isinstance(data, bool | int | float) else _WORDS[type(data)]
