"""One view of a resource for every surface: its spec, completed by the outputs that no field of it names."""

from __future__ import annotations

from reign.model.values import Deferred, Secret, Spec, Unknown, Value


def attributes(spec: Spec | None, outputs: Spec) -> Spec | None:
    """`spec` with `outputs` where it says nothing; None where nothing stands."""
    if spec is None:
        return None
    merged = dict(spec)
    for name, value in outputs.items():
        if merged.get(name) is None:
            merged[name] = value
    return merged


def known(value: Value) -> Value:
    """`value` without what is unknown or sensitive: left out of a map, null in a list."""
    if isinstance(value, dict):
        return {key: known(item) for key, item in value.items() if not isinstance(item, Unknown | Deferred | Secret)}
    if isinstance(value, list):
        return [known(item) for item in value]
    return None if isinstance(value, Unknown | Deferred | Secret) else value


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
    return _marks(value, (Unknown, Deferred))


def sensitive_marks(value: Value) -> Value:
    """Terraform's `after_sensitive`: true where a value is sensitive."""
    return _marks(value, (Secret,))


def _marks(value: Value, kinds: tuple[type, ...]) -> Value:
    if isinstance(value, kinds):
        return True
    if isinstance(value, dict):
        marked = {key: _marks(item, kinds) for key, item in value.items()}
        return {key: mark for key, mark in marked.items() if mark not in (False, {}, [])}
    if isinstance(value, list):
        return [_marks(item, kinds) for item in value]
    return False
