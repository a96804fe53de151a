"""Where two specs differ, path by path, with what the schema says about each path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from reign.model.schema import Field, Kind, Schema
from reign.model.values import MISSING, PLAIN, Deferred, Path, Secret, Sensitive, Spec, Unknown, Value, is_known, reveal


class Difference(NamedTuple):
    """`certain` is False where only an unknown stands, which may yet come out as what is there."""

    path: Path
    certain: bool


Hash: TypeAlias = Callable[[Value], str]
"""`Vault.hash`."""


def differences(before: Spec, after: Spec, hash: Hash | None = None) -> list[Difference]:
    """Every path at which `after` differs from `before`, in the order of `after`.

    A field that is null and one that is not there are the same; deeper down they are not. What is sensitive is compared
    in clear, and nothing of it is told: where it differs, the path ends at its mark. `hash` is for what one side has as
    a hash alone.
    """
    found: list[Difference] = []
    if before is after:
        return found
    for name, value in after.items():
        old = before.get(name)
        if old.__class__ is not value.__class__ or old.__class__ not in PLAIN or old != value:
            _compare(old, value, (name,), found, hash)
    for name, value in before.items():
        if value is not None and name not in after:
            found.append(Difference((name,), certain=True))
    return found


def _compare(before: Value, after: Value, path: Path, found: list[Difference], hash: Hash | None) -> None:
    if before is after:
        return
    if isinstance(after, dict) and isinstance(before, dict):
        for key, item in after.items():
            old = before.get(key, MISSING)
            if old.__class__ is not item.__class__ or old.__class__ not in PLAIN or old != item:
                _compare(old, item, (*path, key), found, hash)
        found += [Difference((*path, key), certain=True) for key in before if key not in after]
    elif isinstance(after, list) and isinstance(before, list):
        for index, item in enumerate(after):
            old = before[index] if index < len(before) else MISSING
            if old.__class__ is not item.__class__ or old.__class__ not in PLAIN or old != item:
                _compare(old, item, (*path, index), found, hash)
        found += [Difference((*path, index), certain=True) for index in range(len(after), len(before))]
    elif isinstance(after, Unknown | Deferred):
        found.append(Difference(path, certain=before is MISSING))
    elif not _same(before, after, hash):
        found.append(Difference(path, certain=True))


def _same(before: Value, after: Value, hash: Hash | None) -> bool:
    """JSON's idea of equal: true is not 1, but 1 is 1.0. A secret is compared by its keyed hash."""
    if isinstance(before, Sensitive) or isinstance(after, Sensitive):
        return _same_hidden(before, after, hash)
    if isinstance(before, Secret) and isinstance(after, Secret):
        return (before.hash, before.key_id) == (after.hash, after.key_id)
    return before == after and isinstance(before, bool) == isinstance(after, bool)


def _same_hidden(before: Value, after: Value, hash: Hash | None) -> bool:
    """Whether two are equal of which at least one is a `Sensitive`."""
    before, after = reveal(before), reveal(after)
    for known, other in ((before, after), (after, before)):
        if isinstance(other, Secret) and not isinstance(known, Secret):
            return hash is not None and known is not MISSING and is_known(known) and hash(known) == other.hash
    return not differences({"": before}, {"": after}, hash)


def is_immutable(schema: Schema, path: Path, desired: Spec) -> bool:
    """True when a field at or above `path` cannot change in place, given the desired spec as normalised."""
    fields: Mapping[str, Field] | None = schema.fields
    item: Kind | None = None
    for part in path:
        if fields is not None and isinstance(part, str):
            field = fields.get(part)
            if field is None:
                return False
            if field.replaces(desired):
                return True
            kind: Kind | None = field.kind
        else:
            kind = item
        fields, item = (kind.fields, kind.item) if kind is not None else (None, None)
    return False


def with_kept(desired: Spec, current: Spec, patterns: Iterable[Path]) -> Spec:
    """`desired`, with what `patterns` name as it is in `current`. Neither is changed."""
    value: Value = desired
    for pattern in patterns:
        value = _kept(value, current, pattern)
    return value if isinstance(value, dict) else desired


def _kept(desired: Value, current: Value, pattern: Path) -> Value:
    if not pattern:
        return current
    if isinstance(desired, list) and isinstance(current, list):
        return _kept_items(desired, current, pattern)
    if not isinstance(desired, dict) and not isinstance(current, dict):
        return desired
    ours = desired if isinstance(desired, dict) else {}
    theirs = current if isinstance(current, dict) else {}
    if not isinstance(desired, dict) and desired is not MISSING and desired is not None:
        return desired
    head = pattern[0]
    if isinstance(head, int):
        return desired
    result = dict(ours)
    for name in dict.fromkeys((*ours, *theirs)) if head == "*" else (head,):
        item = _kept(ours.get(name, MISSING), theirs.get(name, MISSING), pattern[1:])
        if item is MISSING:
            result.pop(name, None)
        else:
            result[name] = item
    return result or (desired if not ours else current if not theirs else result)


def _kept_items(desired: list[Value], current: list[Value], pattern: Path) -> Value:
    """A list has no holes: an item that only one side has is kept, or left out, where it is the last one."""
    head, whole = pattern[0], len(pattern) == 1
    if head == "*" and whole:
        return list(current)
    common = range(min(len(desired), len(current)))
    if whole and head == len(desired) and head < len(current):
        return [*desired, current[head]]
    if whole and head == len(desired) - 1 and head >= len(current):
        return desired[:-1]
    chosen = common if head == "*" else [head] if isinstance(head, int) and head in common else []
    result = list(desired)
    for index in chosen:
        result[index] = _kept(desired[index], current[index], pattern[1:])
    return result


def without(spec: Spec, patterns: Iterable[Path]) -> Spec:
    """`spec` without what `patterns` name."""
    return with_kept(spec, {}, patterns)
