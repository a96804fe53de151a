"""Model nouns to plain JSON and back, by their type hints: one way for the journal, the store and the plan file.

A converter is built once per class and kept. A field at its default is left out on the way out, so what is usual
costs nothing, and a field that was added later reads well from an old line.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from reign.model.address import Address, parse_address
from reign.model.values import from_json, to_json

T = TypeVar("T")
Convert = Callable[[Any], Any]
_SCALARS = (str, int, float, bool)


class _Value:
    """Stands for `Value`, `Spec` and `Declared` in resolved hints; the real aliases recurse."""


def encode(noun: Any) -> dict[str, Any]:
    """A model dataclass as plain JSON."""
    return _converters(type(noun))[0](noun)  # type: ignore[no-any-return, arg-type]


def decode(cls: type[T], data: Mapping[str, Any]) -> T:
    """The inverse of `encode`. Raises KeyError, TypeError or ValueError when `data` is not of that shape."""
    return _converters(cls)[1](data)  # type: ignore[no-any-return, arg-type]


def _same(value: Any) -> Any:
    return value


@cache
def _converters(hint: Any) -> tuple[Convert, Convert]:
    """(encoder, decoder) for one type hint."""
    origin = get_origin(hint)
    if hint is _Value:
        return to_json, from_json
    if hint is Address:
        return str, parse_address
    if dataclasses.is_dataclass(hint):
        return _dataclass(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return (lambda value: value.value), hint
    if origin in (Union, types.UnionType):
        return _optional(hint)
    if origin in (tuple, list):
        return _sequence(origin, get_args(hint))
    if origin in (dict, Mapping) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return _mapping(*get_args(hint))
    if hint in _SCALARS or hint is Any or origin is Literal or hint is type(None):
        return _same, _same
    raise TypeError(f"no JSON for {hint}")


def _optional(hint: Any) -> tuple[Convert, Convert]:
    members = [member for member in get_args(hint) if member is not type(None)]
    if all(member in _SCALARS for member in members):
        return _same, _same
    if len(members) != 1:
        raise TypeError(f"no JSON for {hint}")
    out, back = _converters(members[0])
    return (
        lambda value: None if value is None else out(value),
        lambda data: None if data is None else back(data),
    )


def _sequence(origin: Any, args: tuple[Any, ...]) -> tuple[Convert, Convert]:
    if origin is tuple and len(args) == 2 and args[1] is not Ellipsis:
        pairs = [_converters(arg) for arg in args]
        return (
            lambda value: [out(item) for (out, _), item in zip(pairs, value, strict=True)],
            lambda data: tuple(back(item) for (_, back), item in zip(pairs, data, strict=True)),
        )
    out, back = _converters(args[0])
    if out is _same:
        return list, origin
    return (lambda value: [out(item) for item in value]), (lambda data: origin(back(item) for item in data))


def _mapping(key: Any, item: Any) -> tuple[Convert, Convert]:
    key_out, key_back = _converters(key)
    out, back = _converters(item)
    return (
        lambda value: {key_out(name): out(entry) for name, entry in value.items()},
        lambda data: {key_back(name): back(entry) for name, entry in data.items()},
    )


def _dataclass(cls: Any) -> tuple[Convert, Convert]:
    hints = get_type_hints(cls, localns={"Value": _Value, "Spec": _Value, "Declared": _Value})
    fields = [
        (field.name, *_converters(hints[field.name]), _default(field))
        for field in dataclasses.fields(cls)
        if field.init
    ]
    decoders = {name: back for name, _, back, _ in fields}

    def out(noun: Any) -> dict[str, Any]:
        data = {}
        for name, convert, _, default in fields:
            value = getattr(noun, name)
            if value != default:
                data[name] = convert(value)
        return data

    def back(data: Mapping[str, Any]) -> Any:
        return cls(**{name: decoders[name](value) for name, value in data.items()})

    return out, back


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return dataclasses.MISSING
