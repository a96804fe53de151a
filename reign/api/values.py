"""Values as Terraform's documents have them: what is known, its type, and where it is unknown or sensitive."""

from __future__ import annotations

from collections.abc import Callable

from reign.model.values import Deferred, Secret, Sensitive, Unknown, Value

_ABSENT = (Unknown, Deferred, Secret, Sensitive)


def known(value: Value) -> Value:
    """`value` without what is unknown or sensitive: left out of a map, null in a list."""
    if isinstance(value, dict):
        return {key: known(item) for key, item in value.items() if not isinstance(item, _ABSENT)}
    if isinstance(value, list):
        return [known(item) for item in value]
    return None if isinstance(value, _ABSENT) else value


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
    """Terraform's `after_unknown`: true where a value is unknown, and nothing where all is known."""
    return _marks(value, lambda item: isinstance(item, Unknown | Deferred))


def sensitive_marks(value: Value) -> Value:
    """Terraform's `after_sensitive`: true where a value is sensitive, also where it is not known yet."""
    return _marks(
        value, lambda item: isinstance(item, Secret | Sensitive) or (isinstance(item, Unknown) and item.sensitive)
    )


def _marks(value: Value, is_marked: Callable[[Value], bool]) -> Value:
    if is_marked(value):
        return True
    if isinstance(value, dict):
        marked = {key: _marks(item, is_marked) for key, item in value.items()}
        return {key: mark for key, mark in marked.items() if mark not in (False, {}, [])}
    if isinstance(value, list):
        return [_marks(item, is_marked) for item in value]
    return False
