"""Nouns with some of the values inside them exchanged: how what is sensitive is concealed, encrypted and opened again."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from reign.model.address import Address
from reign.model.values import Path, Value

T = TypeVar("T")
Change = Callable[[Any, Path], Value]


def rewritten(noun: T, kinds: tuple[type, ...], change: Change, path: Path = ()) -> T:
    """`noun` with `change(part, its path inside the noun)` for every part that is one of `kinds`, at any depth.

    Goes through dataclasses, maps, lists and tuples. What holds no such part is returned as it is, so that the rest is
    shared and not copied.
    """
    return _rewritten(noun, kinds, change, path) if holds(noun, kinds) else noun


def holds(noun: Any, kinds: tuple[type, ...]) -> bool:
    """Whether a part of `noun` is one of `kinds`, at any depth: mostly none is, and this is told without a path for each."""
    left = [noun]
    while left:
        part = left.pop()
        cls = part.__class__
        if cls in _PLAIN:
            continue
        if isinstance(part, kinds):
            return True
        if isinstance(part, list | tuple):
            left.extend(part)
        elif (values := _values(cls)) is not None:
            left.extend(values(part))
        elif isinstance(part, Mapping):
            left.extend(part.values())
    return False


def _rewritten(noun: Any, kinds: tuple[type, ...], change: Change, path: Path) -> Any:
    if noun.__class__ in _PLAIN:
        return noun
    if isinstance(noun, kinds):
        return change(noun, path)
    if isinstance(noun, Mapping):
        made = {key: _rewritten(item, kinds, change, (*path, str(key))) for key, item in noun.items()}
        return made if any(made[key] is not item for key, item in noun.items()) else noun
    if isinstance(noun, list | tuple):
        items = [_rewritten(item, kinds, change, (*path, index)) for index, item in enumerate(noun)]
        if all(new is old for new, old in zip(items, noun, strict=True)):
            return noun
        return items if isinstance(noun, list) else tuple(items)
    found = {}
    for name in _fields(noun.__class__):
        old = getattr(noun, name)
        new = _rewritten(old, kinds, change, (*path, name))
        if new is not old:
            found[name] = new
    return dataclasses.replace(noun, **found) if found else noun


_PLAIN = frozenset((type(None), str, int, float, bool, Address))


@cache
def _values(cls: type) -> Callable[[Any], tuple[Any, ...]] | None:
    """What reads all fields of a dataclass at once; None where it has none."""
    names = _fields(cls)
    if len(names) == 1:
        return lambda noun: (getattr(noun, names[0]),)
    return attrgetter(*names) if names else None


@cache
def _fields(cls: type) -> tuple[str, ...]:
    if not dataclasses.is_dataclass(cls):
        return ()
    return tuple(field.name for field in dataclasses.fields(cls) if field.init)
