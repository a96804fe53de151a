"""What must not be shown: found in what an outside system answered, and compared without being told."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from reign.model.event import OutputValue
from reign.model.redact import Masks
from reign.model.resource import Observation
from reign.model.schema import Schema
from reign.model.values import (
    MISSING,
    Path,
    Secret,
    Sensitive,
    Spec,
    Unknown,
    Value,
    is_known,
    is_sensitive,
    leaves,
    lookup,
    mapped,
    marked,
    reveal,
)
from reign.ports import Vault


def answered(seen: Observation, schema: Schema, sent: Spec, kept: Spec, masks: Masks) -> Observation:
    """`seen`, which came in clear, with its marks.

    Marked is what `sent`, the spec that was called with, and `kept`, the outputs before, have marked; what the schema
    says is sensitive, or follows or is made from what is; and whatever repeats a value that `masks` knows.
    """
    if not (masks or schema.is_guarded or is_sensitive(sent) or is_sensitive(kept)):
        return seen
    hidden = schema.sensitive_outputs(sent)
    spec, outputs = cast("Spec", marked(seen.spec, sent)), cast("Spec", marked(seen.outputs, kept))
    by_itself = {name for name, field in schema.fields.items() if field.sensitive}
    spec = {name: veiled(_hidden(value, hides=name in by_itself), masks) for name, value in spec.items()}
    outputs = {name: veiled(_hidden(value, hides=name in hidden), masks) for name, value in outputs.items()}
    for name, output in schema.outputs.items():
        if output.made_from and is_sensitive(outputs.get(output.made_from)):
            outputs[name] = _hidden(outputs.get(name), hides=True)
    return replace(seen, spec=spec, outputs=outputs)


def looked_up(outputs: Spec, schema: Schema, sent: Spec, masks: Masks) -> Spec:
    """The same for what was only looked up."""
    return answered(Observation("", {}, outputs), schema, sent, {}, masks).outputs


def written(output: OutputValue, held: OutputValue | None, masks: Masks) -> OutputValue:
    """The same for an output of the project that somebody wrote down; `held` is the one that the state has, opened.

    What says that it is sensitive is so as a whole.
    """
    value = marked(output.value, held.value if held else None)
    return replace(output, value=veiled(_hidden(value, hides=output.sensitive), masks))


def learn(masks: Masks, value: Value) -> None:
    """Have `masks` know what is marked at or under `value`, and nothing that stands beside it."""
    found = [leaf for _, leaf in leaves(value) if isinstance(leaf, Sensitive)]
    if found:
        masks.learn(*found)


def veiled(value: Value, masks: Masks) -> Value:
    """`value` with a mark on every text that repeats what `masks` knows. A map that does so in a key is marked whole."""
    return _veiled(value, masks) if masks else value


def same(one: Value, other: Value, vault: Vault) -> bool:
    """Whether two values are equal, whatever is marked in them; a `Secret` is compared by its hash."""
    if isinstance(one, Secret) or isinstance(other, Secret):
        return _hash(one, vault) == _hash(other, vault)
    if isinstance(one, Sensitive):
        return same(one.value, other, vault)
    if isinstance(other, Sensitive):
        return same(one, other.value, vault)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(item, other[key], vault) for key, item in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b, vault) for a, b in zip(one, other, strict=True))
    return one == other


def opened(value: Value, held: Value, vault: Vault) -> Value:
    """`value` with each `Secret` in it exchanged for what `held` has in its place, where that is the same."""

    def found(part: Secret, path: Path) -> Value:
        there = lookup(held, path)
        return Sensitive(reveal(there)) if not is_sealed(there) and same(part, there, vault) else part

    return mapped(value, (Secret,), found)


def is_sealed(value: Value) -> bool:
    """True when anything at or under `value` is there as a hash alone."""
    if isinstance(value, Secret):
        return True
    if isinstance(value, dict):
        return any(is_sealed(item) for item in value.values())
    return isinstance(value, list) and any(is_sealed(item) for item in value)


def _hidden(value: Value, *, hides: bool) -> Value:
    if not hides or value is None or isinstance(value, Sensitive):
        return value
    return replace(value, sensitive=True) if isinstance(value, Unknown) else Sensitive(reveal(value))


def _veiled(value: Value, masks: Masks) -> Value:
    if isinstance(value, str):
        return Sensitive(value) if masks(value) != value else value
    if isinstance(value, dict):
        if any(masks(key) != key for key in value):
            return Sensitive(reveal(value))
        return {key: _veiled(item, masks) for key, item in value.items()}
    return [_veiled(item, masks) for item in value] if isinstance(value, list) else value


def _hash(value: Value, vault: Vault) -> object:
    if isinstance(value, Secret):
        return value.hash
    return vault.hash(reveal(value)) if value is not MISSING and is_known(value) else value
