"""Values as Terraform's documents have them: what is known, its type, and where it is unknown or sensitive."""

from __future__ import annotations

from collections.abc import Callable

from reign.model.values import PLAIN, Deferred, Secret, Sensitive, Unknown, Value, is_known

_ABSENT = frozenset((Unknown, Deferred, Secret, Sensitive))


def known(value: Value) -> Value:
    """`value` without what is unknown or sensitive: left out of a map, null in a list."""
    kind = value.__class__
    if kind in PLAIN:
        return value
    if isinstance(value, dict):
        return {
            key: item if item.__class__ in PLAIN else known(item)
            for key, item in value.items()
            if item.__class__ not in _ABSENT
        }
    if isinstance(value, list):
        return [item if item.__class__ in PLAIN else known(item) for item in value]
    return None if kind in _ABSENT else value


def type_of(value: Value) -> Value:
    """The type of a known value in Terraform's words: `"string"`, `["tuple", [...]]`, `["object", {...}]`."""
    match value:
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return ["tuple", [type_of(item) for item in value]]
        case dict():
            return ["object", {key: type_of(item) for key, item in value.items()}]
        case _:
            return "dynamic"


def unknown_marks(value: Value) -> Value:
    """Terraform's `after_unknown`: true where a value is unknown, and nothing where all of it is known."""
    if value.__class__ in PLAIN or is_known(value):
        return {} if isinstance(value, dict) else False
    return _marks(value, _is_unknown)


def sensitive_marks(value: Value) -> Value:
    """Terraform's `after_sensitive`: true where a value is sensitive, also where it is not known yet."""
    return _marks(value, _is_sensitive)


def _is_unknown(value: Value) -> bool:
    return isinstance(value, Unknown | Deferred)


def _is_sensitive(value: Value) -> bool:
    return isinstance(value, Secret | Sensitive) or (isinstance(value, Unknown) and value.sensitive)


def _marks(value: Value, is_marked: Callable[[Value], bool]) -> Value:
    if isinstance(value, dict):
        marked: dict[str, Value] = {}
        for key, item in value.items():
            if item.__class__ not in PLAIN:
                mark = _marks(item, is_marked)
                if mark:
                    marked[key] = mark
        return marked
    if isinstance(value, list):
        return [False if item.__class__ in PLAIN else _marks(item, is_marked) for item in value]
    return is_marked(value)
