"""Which changes differ in nothing but the key of their `for_each` or `count`: told from the data, before any text is made."""

from __future__ import annotations

from reign.model.plan import Change
from reign.model.values import PLAIN, Unknown, Value

_SAME = ("action", "create_first", "recorded_only", "replace_paths", "may_replace", "reason", "reasons", "deposed")


def is_twin(one: Change, other: Change) -> bool:
    """True when both are sure to look the same. Where it is False, what is said of them tells."""
    return (
        one.address.name == other.address.name
        and one.address.kind == other.address.kind
        and one.address.module == other.address.module
        and not (one.previous_address or one.import_id or other.previous_address or other.import_id)
        and one.is_found == other.is_found
        and all(getattr(one, name) == getattr(other, name) for name in _SAME)
        and all(
            _alike(mine, theirs, one.address.text, other.address.text)
            for mine, theirs in (
                (one.before, other.before),
                (one.after, other.after),
                (one.before_outputs, other.before_outputs),
                (one.after_outputs, other.after_outputs),
            )
        )
    )


def _alike(one: Value, other: Value, mine: str, theirs: str) -> bool:
    """Whether two values are the same, where each may wait for outputs of its own. True is not 1."""
    if one is other:
        return True
    if one.__class__ is not other.__class__:
        return False
    if one.__class__ in PLAIN:
        return one == other
    if isinstance(one, dict) and isinstance(other, dict):
        return len(one) == len(other) and all(
            key in other and _alike(item, other[key], mine, theirs) for key, item in one.items()
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(
            _alike(left, right, mine, theirs) for left, right in zip(one, other, strict=True)
        )
    if isinstance(one, Unknown) and isinstance(other, Unknown):
        return one.sensitive == other.sensitive and _others(one, mine) == _others(other, theirs)
    return one == other


def _others(value: Unknown, own: str) -> list[str]:
    return [name.removeprefix(f"{own}.") for name in value.waits_for]
