"""Values of specs and outputs: JSON, plus what is not known yet, not known here, or not to be shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias, cast


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that only the apply will tell. `waits_for` names the outputs (`docker.network.front.name`) it comes from.

    `sensitive`: once it is known it must not be shown.
    """

    waits_for: tuple[str, ...] = ()
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Sensitive:
    """A known value that must not be shown, with what it is made from.

    `template` is text that a user could have written (`postgres://${secret.db}`), in which only roots that are sensitive
    by themselves are left: `secret.NAME`, `var.NAME`, `env.NAME`, `resources.NAME.OUTPUT`, `data.NAME.OUTPUT`. It is
    empty where no text leads to the value again (a checksum of it, what an outside system told). Lives in memory
    alone: `to_json` refuses it, and its own text is a mask.
    """

    value: Value
    template: str = ""

    def __repr__(self) -> str:
        return "(sensitive value)"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class Secret:
    """What is written where a sensitive value stood: its template, a keyed hash for comparing, the key's id.

    `cipher`: the value itself, encrypted; only the state keeps it, and it keeps no template. Never the value in clear.
    """

    template: str
    hash: str
    key_id: str
    cipher: str = ""


@dataclass(frozen=True, slots=True)
class Deferred:
    """Expression text that still refers to `resources`, `data` or `run`; everything else in it has been filled in.

    `text` is what a user could have written in that place: literal text with `${...}` in it. A text that is one whole
    `${...}` keeps the type of its value. `kind` is the name of the receiving field's `schema.Kind`.
    """

    text: str
    kind: str = "any"


Value: TypeAlias = (
    "None | bool | int | float | str | list[Value] | dict[str, Value] | Unknown | Sensitive | Secret | Deferred"
)
Spec: TypeAlias = dict[str, Value]
Declared: TypeAlias = Value
"""A value with its `Deferred` parts, which a state keeps apart from what they came to."""
Path: TypeAlias = tuple[str | int, ...]

MISSING: Any = type("Missing", (), {"__repr__": lambda _: "MISSING", "__bool__": lambda _: False})()
"""Nothing stands there, which is not the same as null."""

PLAIN = frozenset((str, int, float, bool, type(None)))
"""The classes of scalars, which hold nothing: nearly every value of every plan is one, so they are told apart first."""

_TAG = "$reign"
_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def leaves(value: Value, path: Path = ()) -> Iterator[tuple[Path, Value]]:
    """Every scalar, unknown, sensitive and empty collection at or under `value`, with its path, in order."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path, value


def unknowns(value: Value) -> tuple[str, ...]:
    """What the unknowns at or under `value` wait for: sorted, without repeats. Empty when all is known."""
    found: set[str] = set()
    _collect(value, found)
    return tuple(sorted(found))


def _collect(value: Value, found: set[str]) -> None:
    if isinstance(value, Unknown):
        found.update(value.waits_for or ("?",))
    elif isinstance(value, dict):
        for item in value.values():
            _collect(item, found)
    elif isinstance(value, list):
        for item in value:
            _collect(item, found)


def mapped(value: Value, kinds: tuple[type, ...], change: Callable[[Any, Path], Value], path: Path = ()) -> Value:
    """`value` with `change(part, its path)` for every part of one of `kinds`. What holds none is returned as it is."""
    if isinstance(value, kinds):
        return change(value, path)
    if isinstance(value, dict):
        made = {key: mapped(item, kinds, change, (*path, key)) for key, item in value.items()}
        return made if any(made[key] is not item for key, item in value.items()) else value
    if isinstance(value, list):
        items = [mapped(item, kinds, change, (*path, index)) for index, item in enumerate(value)]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    return value


def reveal(value: Value) -> Value:
    """`value` in clear, as a provider's call needs it. What holds nothing sensitive is returned as it is."""
    return mapped(value, (Sensitive,), lambda part, _: reveal(part.value))


def is_sensitive(value: Value) -> bool:
    """True when anything at or under `value` must not be shown."""
    if value.__class__ in PLAIN:
        return False
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            if item.__class__ not in PLAIN and is_sensitive(item):
                return True
        return False
    return value.sensitive if isinstance(value, Unknown) else isinstance(value, Sensitive | Secret)


def marked(value: Value, like: Value) -> Value:
    """`value` with a mark wherever `like`, another version of it, has one; what stands in an inner place of one as well.

    A mark keeps its template only where the value is the same. What is unknown or marked already stays as it is.
    """
    if isinstance(like, Sensitive | Secret) or (isinstance(like, Unknown) and like.sensitive):
        if isinstance(value, Sensitive | Secret | Unknown | Deferred):
            return value
        value = reveal(value)
        same = isinstance(like, Sensitive) and like.value == value
        return Sensitive(value, like.template if same and isinstance(like, Sensitive) else "")
    if isinstance(value, dict) and isinstance(like, dict):
        made = {key: marked(item, like[key]) if key in like else item for key, item in value.items()}
        return made if any(made[key] is not item for key, item in value.items()) else value
    if isinstance(value, list) and isinstance(like, list):
        more = value[len(like) :]
        items = [marked(item, other) for item, other in zip(value, like, strict=False)]
        changed = any(new is not old for new, old in zip(items, value, strict=False))
        return [*items, *more] if changed else value
    return value


def is_known(value: Value) -> bool:
    """True when neither an `Unknown` nor a `Deferred` stands at or under `value`."""
    if value.__class__ in PLAIN:
        return True
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            if item.__class__ not in PLAIN and not is_known(item):
                return False
        return True
    return not isinstance(value, Unknown | Deferred)


def lookup(value: Value, path: Path) -> Value:
    """The value at `path`, or `MISSING`. An unknown on the way is the answer."""
    for part in path:
        if isinstance(value, Unknown | Deferred):
            return value
        if isinstance(value, dict) and isinstance(part, str) and part in value:
            value = value[part]
        elif isinstance(value, list) and isinstance(part, int) and -len(value) <= part < len(value):
            value = value[part]
        else:
            return cast("Value", MISSING)
    return value


def format_path(path: Path) -> str:
    """A path in the words of YAML: `ports[0]`, `labels["com.example/x"]`. The inverse of `parse_path`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part == "*":
            text += "[*]" if not text else ".*"
        elif part and not part[0].isdigit() and all(c in _BARE for c in part):
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(part, ensure_ascii=False)}]"
    return text


def parse_path(text: str) -> Path:
    """Read `labels["com.example/x"].y[0]`, with `*` for any one part. Raises ValueError with what is wrong and where."""
    parts: list[str | int] = []
    decoder, at, size = json.JSONDecoder(), 0, len(text)
    while at < size:
        if text[at] == "[":
            if at + 1 < size and text[at + 1] == "*":
                part: str | int = "*"
                at += 2
            else:
                try:
                    part, end = decoder.raw_decode(text, at + 1)
                except json.JSONDecodeError:
                    raise ValueError(f"no key at column {at + 2} of {text!r}") from None
                if isinstance(part, bool) or not isinstance(part, str | int):
                    raise ValueError(f"no key at column {at + 2} of {text!r}")
                at = end
            if at >= size or text[at] != "]":
                raise ValueError(f"no closing ] at column {at + 1} of {text!r}")
            at += 1
        else:
            if parts:
                if text[at] != ".":
                    raise ValueError(f"no . or [ at column {at + 1} of {text!r}")
                at += 1
            start = at
            while at < size and text[at] not in ".[":
                at += 1
            part = text[start:at]
            if part != "*" and (not part or any(c not in _BARE for c in part)):
                raise ValueError(f"no name at column {start + 1} of {text!r}")
        parts.append(part)
    if not parts:
        raise ValueError("an empty path")
    return tuple(parts)


def path_matches(pattern: Path, path: Path) -> bool:
    """True when `pattern` names `path` or something above it."""
    return len(pattern) <= len(path) and all(p in ("*", q) for p, q in zip(pattern, path, strict=False))


def to_json(value: Value) -> Any:
    """`value` as plain JSON; an unknown, secret or deferred one as `{"$reign": kind, ...}`.

    A user's own key `$reign` is kept apart. Raises TypeError on a `Sensitive`: whoever writes conceals it first.
    """
    if isinstance(value, dict):
        plain = {key: item if item.__class__ in PLAIN else to_json(item) for key, item in value.items()}
        return {_TAG: "map", "of": plain} if _TAG in plain else plain
    if isinstance(value, list):
        return [item if item.__class__ in PLAIN else to_json(item) for item in value]
    if isinstance(value, Unknown):
        told: dict[str, Any] = {_TAG: "unknown", "waits_for": list(value.waits_for)}
        return {**told, "sensitive": True} if value.sensitive else told
    if isinstance(value, Secret):
        told = {_TAG: "secret", "template": value.template, "hash": value.hash, "key_id": value.key_id}
        return {**told, "cipher": value.cipher} if value.cipher else told
    if isinstance(value, Sensitive):
        raise TypeError("a sensitive value was about to be written")
    if isinstance(value, Deferred):
        return {_TAG: "deferred", "text": value.text, "kind": value.kind}
    return value


def from_json(data: Any) -> Value:
    """The inverse of `to_json`."""
    if isinstance(data, list):
        return [from_json(item) for item in data]
    if not isinstance(data, dict):
        return cast("Value", data)
    match data.get(_TAG):
        case None:
            return {key: from_json(item) for key, item in data.items()}
        case "unknown":
            return Unknown(tuple(data["waits_for"]), data.get("sensitive", False))
        case "secret":
            return Secret(data["template"], data["hash"], data["key_id"], data.get("cipher", ""))
        case "deferred":
            return Deferred(data["text"], data["kind"])
        case _:
            return {key: from_json(item) for key, item in data["of"].items()}
