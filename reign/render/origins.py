"""One view of a resource for every surface: its spec, completed by the outputs that no field of it names."""

from __future__ import annotations

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
