"""What is sensitive on its way through `Provider.normalize`, which only ever sees it in clear.

Whatever comes out that holds it, or may be made from it, is marked again: rather too much than too little.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from reign.model.errors import InvalidSpec, Problem
from reign.model.redact import SHORTEST, Masks, Redact, sensitive_texts
from reign.model.schema import Exposure, Field, Schema
from reign.model.values import (
    MISSING,
    Path,
    Sensitive,
    Spec,
    Unknown,
    Value,
    format_path,
    is_sensitive,
    leaves,
    lookup,
    mapped,
    marked,
    reveal,
)

Normalize = Callable[[str, Spec], Spec]


def normalized(schema: Schema, normalize: Normalize, spec: Spec, redact: Redact) -> Spec:
    """`normalize(schema.type, spec)` of a spec that holds something sensitive. Raises InvalidSpec, in words that tell
    nothing of it; also where it stands in a place that others can see.
    """
    places = _places(spec)
    refused = [problem for place in places if (problem := _refused(schema, place))]
    try:
        made = normalize(schema.type, _in_clear(spec))
    except InvalidSpec as error:
        raise InvalidSpec([*refused, *_told(schema.type, places, error.problems, redact)]) from None
    if refused:
        raise InvalidSpec(refused)
    return _marked(schema, spec, made, places)


def told_safely(name: str, spec: Spec, problems: Iterable[Problem], redact: Redact) -> list[Problem]:
    """The `problems` of what `name` calls, found in `spec` in clear, in words that tell nothing sensitive of it."""
    return _told(name, _places(spec), problems, redact)


def with_marked_fields(schema: Schema, made: Spec) -> Spec:
    """`made` with the values of the fields marked that are sensitive whatever stands in them."""
    secret = [name for name, field in schema.fields.items() if field.sensitive and made.get(name) is not None]
    return {**made, **{name: _mark(made[name]) for name in secret}} if secret else made


def hidden_again(made: Spec, spec: Spec) -> Spec:
    """`made` of what `spec` stands for, with every text marked that repeats something sensitive of it unmarked."""
    texts = {
        text
        for _, value in leaves(spec)
        if isinstance(value, Sensitive)
        for text in sensitive_texts(value)
        if len(text) >= SHORTEST
    }
    if not texts:
        return made
    hidden = mapped(made, (str,), lambda text, _: Sensitive(text) if any(each in text for each in texts) else text)
    return hidden if isinstance(hidden, dict) else made


@dataclass(frozen=True, slots=True)
class Place:
    """Where something sensitive stands in a spec, and what: a `Sensitive`, or an `Unknown` that will be."""

    path: Path
    value: Value

    @property
    def texts(self) -> tuple[str, ...]:
        """Its texts and numbers, none of what is not known."""
        return sensitive_texts(self.value) if isinstance(self.value, Sensitive) else ()


def _places(spec: Spec) -> list[Place]:
    return [Place(path, value) for path, value in leaves(spec) if is_sensitive(value)]


def _in_clear(spec: Spec) -> Spec:
    clear = reveal(spec)
    return clear if isinstance(clear, dict) else spec


# Where it may not stand


def _refused(schema: Schema, place: Place) -> Problem | None:
    field = schema.fields.get(str(place.path[0])) if place.path else None
    if field is None:
        return None
    if field.identity:
        return Problem(
            place.path,
            "spec/sensitive-identity",
            "Sensitive value where it shows",
            f"{format_path(place.path)} says which thing this is, so it stands in plans, in the state and in the system "
            "itself, and what stands there is sensitive.",
            fix="Make it from something else; a checksum of a sensitive value is one as well.",
        )
    exposure = _exposure(schema, place.path)
    if exposure is not None and not _is_handed_over(field, place.path):
        return Problem(
            place.path,
            "spec/sensitive-exposed",
            "Sensitive value where others can see it",
            f"What stands at {format_path(place.path)} {exposure.where}, and it is sensitive.",
            fix=exposure.instead,
        )
    return None


def _exposure(schema: Schema, path: Path) -> Exposure | None:
    """What a field at or above `path` says of who sees it."""
    fields: Mapping[str, Field] | None = schema.fields
    for part in path:
        field = fields.get(part) if fields is not None and isinstance(part, str) else None
        if field is None:
            return None
        if field.exposed is not None:
            return field.exposed
        fields = field.kind.fields
    return None


def _is_handed_over(field: Field, path: Path) -> bool:
    """True for a value of a shell string, which goes to the shell as a variable."""
    return field.kind.name == "command" and "with" in path[1:-1]


# What comes out


def _marked(schema: Schema, spec: Spec, made: Spec, places: list[Place]) -> Spec:
    found = marked(made, spec)
    texts = {text for place in places for text in place.texts if len(text) >= SHORTEST}
    for place in places:
        found = _with_moved(found, made, place)
    if texts:
        found = mapped(found, (str,), lambda text, _: Sensitive(text) if any(each in text for each in texts) else text)
    result = found if isinstance(found, dict) else made
    return _with_followers(schema, result, {str(place.path[0]) for place in places})


def _with_moved(found: Value, made: Spec, place: Place) -> Value:
    """Where what was sensitive does not come out at its place, what is left of the way to it is marked as a whole."""
    now = lookup(made, place.path)
    if now is not MISSING and (isinstance(place.value, Unknown) or now == reveal(place.value)):
        return found
    if now is not MISSING and not any(isinstance(part, int) for part in place.path):
        return found
    listed = next((at for at, part in enumerate(place.path) if isinstance(part, int)), len(place.path))
    for end in range(min(listed, len(place.path) - 1), 0, -1):
        if lookup(made, place.path[:end]) is not MISSING:
            return _put(found, place.path[:end])
    return found


def _put(value: Value, path: Path) -> Value:
    """`value` with what stands at `path` marked as a whole."""
    if not path:
        return _mark(value)
    if isinstance(value, dict) and path[0] in value:
        return {**value, str(path[0]): _put(value[str(path[0])], path[1:])}
    return value


def _with_followers(schema: Schema, made: Spec, hidden: set[str]) -> Spec:
    """Computed fields that follow from a field with something sensitive in it, or from nobody knows what."""
    result = dict(made)
    hidden |= {name for name, value in made.items() if is_sensitive(value)}
    computed = {name for name, field in schema.fields.items() if field.computed and field.tells}
    waiting = {name for name in computed if made.get(name) is not None}
    while taken := [name for name in waiting if _follows(schema, name, hidden)]:
        for name in taken:
            result[name] = _mark(result[name])
        hidden.update(taken)
        waiting.difference_update(taken)
    return result


def _follows(schema: Schema, name: str, hidden: set[str]) -> bool:
    output = schema.outputs.get(name)
    return output is None or output.follows is None or not hidden.isdisjoint(output.told_by)


def _mark(value: Value) -> Value:
    if isinstance(value, Unknown):
        return replace(value, sensitive=True)
    return value if isinstance(value, Sensitive) else Sensitive(reveal(value))


# What is said


def _told(name: str, places: list[Place], problems: Iterable[Problem], redact: Redact) -> list[Problem]:
    return [*map(_Words(name, places, redact).of, problems)]


class _Words:
    """A provider's problems, with nothing in them of what is sensitive."""

    def __init__(self, name: str, places: list[Place], redact: Redact) -> None:
        self._type, self._places, self._redact = name, places, redact
        self._masks = Masks([text for place in places for text in place.texts])

    def of(self, problem: Problem) -> Problem:
        """`problem`, masked. What is said about a sensitive place, or about what holds one, is left out where it may
        quote a part of it, or all of what is too short to be masked.
        """
        near = [text for place in self._places if _touch(problem.path, place.path) for text in place.texts]
        detail, fix = self._masked(problem.detail), self._masked(problem.fix)
        if any(_may_quote(detail, text) for text in near):
            where = f"{format_path(problem.path)} of {self._type}" if problem.path else self._type
            detail = f"{where} holds something sensitive that cannot stand there."
        if any(_may_quote(fix, text) for text in near):
            fix = "Look at where it comes from."
        excerpt = tuple([(number, self._masked(line)) for number, line in problem.excerpt])
        if any(_may_quote(line, text) for _, line in excerpt for text in near):
            excerpt = ()
        return replace(problem, detail=detail, nearest=self._masked(problem.nearest), fix=fix, excerpt=excerpt)

    def _masked(self, text: str) -> str:
        return self._redact(self._masks(text))


def _touch(one: Path, other: Path) -> bool:
    """True when one of them is above the other."""
    common = min(len(one), len(other))
    return one[:common] == other[:common]


def _may_quote(said: str, text: str) -> bool:
    """True when they share four characters in a row, or all of a shorter text."""
    size = min(_SHARED, len(text))
    return size > 0 and any(said[at : at + size] in text for at in range(len(said) - size + 1))


_SHARED = 4
