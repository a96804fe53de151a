"""Which parts of what was seen must not be shown. Providers tell everything in clear, so the plan has to know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import cast

from reign.model.address import Address
from reign.model.redact import SHORTEST, sensitive_texts
from reign.model.resource import Observation, Snapshot
from reign.model.values import Sensitive, Spec, Value, is_sensitive, leaves, lookup, mapped, marked, reveal
from reign.planning.inputs import Inputs
from reign.planning.shapes import Shape, output_template

Repeats = Callable[[str], bool]
"""Whether a text repeats something sensitive."""


class Marks:
    """Marks what repeats, follows or is a version of something sensitive that the project or its state holds."""

    def __init__(self, inputs: Inputs) -> None:
        self._hiding = {address: held for address, held in inputs.prior.resources.items() if _hides(held)}
        held = [value for each in self._hiding.values() for value in (each.spec, each.outputs)]
        self._masks = inputs.masks
        self._texts = _texts([*held, *(each.spec for each in inputs.desired.values() if is_sensitive(each.spec))])

    def seen(
        self, seen: Observation, address: Address, shape: Shape, desired: Spec | None = None, *, hides: bool = False
    ) -> Observation:
        """`seen`, with a mark on everything of it that must not be shown.

        Marked is what is marked in `desired` or in the state, what the schema says, what follows such a field, and every
        text that holds a sensitive one of 6 or more characters, or a form of one. `hides`: something of `desired` is sensitive.
        """
        prior = self._hiding.get(address)
        if not (hides or prior is not None or shape.is_guarded or self._texts or self._masks):
            return seen
        # The templates of what is declared count before what the state has.
        likes = [like for like in (desired if hides else None, prior.spec if prior else None) if like is not None]
        texts = (*self._texts, *_texts([desired] if hides and desired is not None else []))

        def repeats(text: str) -> bool:
            return any(each in text for each in texts) or self._masks(text) != text

        spec = seen.spec
        for like in likes:
            spec = cast("Spec", marked(spec, like))
        spec = {name: _field(shape, name, value, repeats, desired or {}) for name, value in spec.items()}
        declared = () if desired is None else (desired,)
        hidden = frozenset[str]().union(*(shape.hidden(like) for like in (*likes, *declared, spec)))
        held = prior.outputs if prior else {}
        return replace(seen, spec=spec, outputs=_outputs(seen.outputs, address, shape, hidden, held, repeats))

    def looked_up(self, outputs: Spec, address: Address, shape: Shape, spec: Spec) -> Spec:
        """The same for what was looked up by `spec`."""
        return self.seen(Observation("", {}, outputs), address, shape, spec, hides=is_sensitive(spec)).outputs


def marked_prior(prior: Snapshot, shape: Shape, spec: Spec) -> Snapshot:
    """What the state holds, with the marks that `spec`, as it is declared now, gives it; the same where it has them."""
    hidden = shape.hidden(spec)
    told = cast("Spec", marked(prior.spec, spec))
    outputs = {
        name: Sensitive(reveal(value)) if name in hidden and value is not None and not is_sensitive(value) else value
        for name, value in prior.outputs.items()
    }
    return prior if told is prior.spec and outputs == prior.outputs else replace(prior, spec=told, outputs=outputs)


def hidden_outputs(outputs: Spec, address: Address, shape: Shape, spec: Spec) -> Spec:
    """`outputs` with marks on those that must not be shown of what has this spec."""
    return _outputs(outputs, address, shape, shape.hidden(spec), {}, lambda _: False)


def _hides(held: Snapshot) -> bool:
    return is_sensitive(held.spec) or is_sensitive(held.outputs)


def _outputs(
    outputs: Spec, address: Address, shape: Shape, hidden: frozenset[str], held: Spec, repeats: Repeats
) -> Spec:
    """`outputs` with a mark around each that must not be shown: `hidden`, marked somewhere, one that repeats a text, or
    one that is made from such an output.

    What a way leads to inside of one (a single output of another project) is marked there, and nothing around it.
    """

    def is_hot(name: str, value: Value) -> bool:
        if name in hidden or is_sensitive(held.get(name)) or any(not each.template for each in _sensitive(value)):
            return True
        return any(map(repeats, _strings(value)))

    hot = {name for name, value in outputs.items() if is_hot(name, value)}
    hot.update(name for name, output in shape.schema.outputs.items() if output.made_from in hot)
    return {
        name: Sensitive(reveal(value), output_template(address, name)) if name in hot and value is not None else value
        for name, value in outputs.items()
    }


def _field(shape: Shape, name: str, value: Value, repeats: Repeats, desired: Spec) -> Value:
    field = shape.schema.fields.get(name)
    if field is not None and field.sensitive and value is not None and not isinstance(value, Sensitive):
        return Sensitive(reveal(value))
    if lookup(desired, (name,)) == value:
        return value  # as it is declared: what had to be marked is
    return mapped(value, (str,), lambda text, _: Sensitive(text) if repeats(text) else text)


def _sensitive(value: Value) -> Iterator[Sensitive]:
    return (leaf for _, leaf in leaves(value) if isinstance(leaf, Sensitive))


def _strings(value: Value) -> Iterator[str]:
    return (leaf for _, leaf in leaves(value) if isinstance(leaf, str))


def _texts(specs: Iterable[Spec]) -> tuple[str, ...]:
    """The sensitive texts at or under `specs` that are long enough to be told from ordinary words."""
    found = {
        text
        for spec in specs
        for _, value in leaves(spec)
        if isinstance(value, Sensitive)
        for text in sensitive_texts(value)
        if len(text) >= SHORTEST
    }
    return tuple(sorted(found))
