"""Which parts of what was seen must not be shown. Providers tell everything in clear, so the plan has to know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from reign.model.address import Address
from reign.model.redact import SHORTEST, sensitive_texts
from reign.model.resource import Observation
from reign.model.values import Sensitive, Spec, Value, is_sensitive, leaves, lookup, mapped, marked, reveal
from reign.planning.shapes import Shape, output_template


def with_marks(seen: Observation, address: Address, shape: Shape, likes: Iterable[Spec], held: Spec) -> Observation:
    """`seen`, with a mark on everything of it that must not be shown.

    likes: other versions of the spec, the one whose templates count first. held: the outputs that the state has. Marked
    is what is marked in one of them, what the schema says, what follows such a field, and every text that holds a
    sensitive one of 6 or more characters.
    """
    known = [like for like in likes if is_sensitive(like)]
    if not known and not shape.is_guarded and not is_sensitive(held):
        return seen
    texts = _texts([*known, held])
    spec = seen.spec
    for like in known:
        spec = cast("Spec", marked(spec, like))
    spec = {name: _field(shape, name, value, texts, known) for name, value in spec.items()}
    hidden = frozenset().union(*(shape.hidden(like) for like in (*known, spec)))
    return replace(seen, spec=spec, outputs=marked_outputs(seen.outputs, address, hidden, held, texts))


def marked_outputs(
    outputs: Spec, address: Address, hidden: frozenset[str], held: Spec | None = None, texts: Iterable[str] = ()
) -> Spec:
    """`outputs` with a mark around each that must not be shown: `hidden`, marked somewhere, or one that repeats a text."""
    if not (hidden or texts or is_sensitive(outputs) or (held and is_sensitive(held))):
        return outputs
    found: Spec = {}
    for name, value in outputs.items():
        hot = name in hidden or is_sensitive(value) or (held is not None and is_sensitive(held.get(name)))
        hot = hot or (bool(texts) and is_sensitive(_without_texts(value, texts)))
        found[name] = Sensitive(reveal(value), output_template(address, name)) if hot and value is not None else value
    return found


def _field(shape: Shape, name: str, value: Value, texts: Iterable[str], likes: Iterable[Spec]) -> Value:
    field = shape.schema.fields.get(name)
    if field is not None and field.sensitive and value is not None and not isinstance(value, Sensitive):
        return Sensitive(reveal(value))
    if not texts or all(lookup(like, (name,)) == value for like in likes):
        return value  # as it is declared: what had to be marked is
    return _without_texts(value, texts)


def _without_texts(value: Value, texts: Iterable[str]) -> Value:
    """`value` with a mark on every text that holds one of `texts`."""
    return mapped(value, (str,), lambda text, _: Sensitive(text) if any(each in text for each in texts) else text)


def _texts(likes: Iterable[Spec]) -> tuple[str, ...]:
    """The sensitive texts at or under `likes` that are long enough to be told from ordinary words."""
    found = {
        text
        for like in likes
        for _, value in leaves(like)
        if isinstance(value, Sensitive)
        for text in sensitive_texts(value)
        if len(text) >= SHORTEST
    }
    return tuple(sorted(found))
