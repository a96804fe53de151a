"""One view of a resource for every surface: its spec, completed by the outputs that no field of it names."""

from __future__ import annotations

from collections.abc import Callable

from reign.model.values import (
    Deferred,
    Secret,
    Sensitive,
    Spec,
    Unknown,
    Value,
    format_path,
    leaves,
)

_ABSENT = (Unknown, Deferred, Secret, Sensitive)
_ROOTS = {"secret": "secret", "var": "variable", "env": "env"}
"""The roots that are sensitive by themselves, each with the word that stands before its name."""


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
        return {key: known(item) for key, item in value.items() if not isinstance(item, _ABSENT)}
    if isinstance(value, list):
        return [known(item) for item in value]
    return None if isinstance(value, _ABSENT) else value


def expressions(value: Value) -> list[str]:
    """Every text with `${...}` that stands at or under `value`: what waits, and what sensitive values are made from."""
    texts: list[str] = []
    for _, leaf in leaves(value):
        match leaf:
            case Deferred(text=text) | Sensitive(template=text) | Secret(template=text):
                texts.append(text)
    return [text for text in texts if text]


def references_of(value: Value) -> list[str]:
    """What the expressions at or under `value` read, as paths; sorted, without repeats."""
    from reign.expression import parse, references

    found = [reference for text in expressions(value) for reference in references(parse(text))]
    return sorted({format_path((reference.root, *reference.path)) for reference in found})


def origins(value: Value) -> list[str]:
    """What makes `value` sensitive, as far as it is named: `secret db`, `variable token`, `resources.key.stdout`."""
    if isinstance(value, Unknown):
        names = value.waits_for if value.sensitive else ()
    else:
        names = tuple(references_of(value)) if isinstance(value, Secret | Sensitive) else ()
    return [_told(name) for name in names]


def _told(name: str) -> str:
    root, _, rest = name.partition(".")
    return f"{_ROOTS[root]} {rest}" if root in _ROOTS else name


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
