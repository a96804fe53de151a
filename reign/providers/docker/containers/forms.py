"""The small languages of the Compose specification: sizes, durations, words, pairs. Pure, each with its inverse.

What is not known yet passes through; a list that holds something of it waits as a whole where it would become a map.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import AfterValidator, BaseModel, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError

from reign.model.values import Sensitive, Unknown, unknowns
from reign.providers.spec import OPAQUE, plain, refuse

_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40, "p": 1 << 50}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgtp]?)i?b?", re.IGNORECASE)
_NS = {"h": 3_600_000_000_000, "m": 60_000_000_000, "s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
_PART = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)")
NO = frozenset(("no", "n", "off", "false"))


def is_open(value: Any) -> bool:
    """Whether `value` is not known yet, or holds something that is not."""
    if isinstance(value, OPAQUE):
        return True
    if isinstance(value, dict | BaseModel):
        return any(map(is_open, (value if isinstance(value, dict) else value.__dict__).values()))
    return isinstance(value, list) and any(map(is_open, value))


def waiting(value: Any) -> Unknown:
    """What stands for something that is made from `value`, which is not known in all its parts."""
    return Unknown(unknowns(value), sensitive=_hides(value))


def _hides(value: Any) -> bool:
    if isinstance(value, Unknown):
        return value.sensitive
    if isinstance(value, dict | list):
        return any(map(_hides, value.values() if isinstance(value, dict) else value))
    return isinstance(value, Sensitive)


# Sizes


def size(value: Any) -> Any:
    """A number of bytes, or a text such as 64m or 1.5gb, as the shortest text that says it exactly."""
    return size_text(size_bytes(value))


def size_bytes(value: Any) -> int:
    """The bytes that a size names; -1 is one, too."""
    text = str(value).strip()
    if text == "-1":
        return -1
    found = _SIZE.fullmatch(text)
    if found is None or isinstance(value, bool):
        raise refuse(
            "docker/size",
            "Not a size",
            f"{text!r} is no size: a number with one of b, k, m, g and t behind it is.",
            "Write it like 512m or 1g.",
        )
    return int(float(found[1]) * _UNITS[found[2].lower()])


def size_text(size_bytes: int) -> str:
    """The inverse of `size_bytes`."""
    for unit in ("t", "g", "m", "k"):
        whole, rest = divmod(size_bytes, _UNITS[unit])
        if size_bytes > 0 and not rest:
            return f"{whole}{unit}"
    return str(size_bytes) if size_bytes <= 0 else f"{size_bytes}b"


# Durations


def duration(value: Any) -> Any:
    """Seconds, or a text such as 1m30s, as the shortest text that says it."""
    return duration_text(nanoseconds(value))


def nanoseconds(value: Any) -> int:
    """What a duration takes, for the engine."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return round(value * _NS["s"])
    text = str(value).strip()
    if text == "0":
        return 0
    parts = list(_PART.finditer(text))
    if not parts or "".join(part[0] for part in parts) != text:
        raise refuse(
            "docker/duration",
            "Not a duration",
            f"{text!r} is no duration: numbers with their units h, m, s, ms, us are.",
            f"Write {text}s, if seconds are meant." if text.isdigit() else "Write it like 30s or 1m30s.",
        )
    return sum(round(float(part[1]) * _NS[part[2].replace("µ", "u")]) for part in parts)


def duration_text(ns: int) -> str:
    """The inverse of `nanoseconds`."""
    text, left = "", ns
    for unit, worth in _NS.items():
        whole, left = divmod(left, worth)
        text += f"{whole}{unit}" if whole else ""
    return text or "0s"


def microseconds(value: Any) -> Any:
    """A number of microseconds, or a duration, as the number."""
    if isinstance(value, str) and not value.strip().lstrip("-").isdigit():
        return nanoseconds(value) // _NS["us"]
    return value


# Words and pairs


def words(value: Any) -> Any:
    """A command: a list of words as it is, a text split as a shell would, quotes and all. Nothing of it is run by a shell."""
    if not isinstance(value, str):
        return value
    try:
        return shlex.split(value)
    except ValueError as error:
        raise refuse(
            "docker/words",
            "Command that cannot be split",
            f"{value!r} cannot be split into words: {str(error).lower()}.",
            "Close the quote, or write the words as a list.",
        ) from None


def listed(value: Any) -> Any:
    """One text stands for a list of one."""
    return [value] if isinstance(value, str | int | float) and not isinstance(value, bool) else value


def pairs(value: Any) -> Any:
    """A map; or a list of `K=V`, which is made one."""
    if not isinstance(value, list):
        return value
    if is_open(value):
        return waiting(value)
    return dict(_pair(item) for item in value)


def _pair(item: Any) -> tuple[str, str | None]:
    name, sign, value = str(item).partition("=")
    return name, value if sign else None


def texts(value: Any) -> Any:
    """Every value of a map as text, with true and false as YAML writes them; nothing stands for the empty text."""
    return {name: _text(item) for name, item in value.items()} if isinstance(value, dict) else value


def _text(item: Any) -> Any:
    return "" if item is None else str(item).lower() if isinstance(item, bool) else item


def ordered(value: Any) -> Any:
    """A list whose order means nothing, in the one order that it is kept in; what is not known yet stands at its end."""
    if not isinstance(value, list):
        return value
    known = [item for item in value if not is_open(item)]
    unique = {_key(item): item for item in known}
    return [*(unique[key] for key in sorted(unique)), *(item for item in value if is_open(item))]


def _key(item: Any) -> str:
    """By numbers and texts alike, in the order of an object's fields."""
    if isinstance(item, BaseModel):
        item = plain(item)
    parts = item.values() if isinstance(item, dict) else [item]
    return "\0".join(str(part).zfill(5) if str(part).isdigit() else str(part) for part in parts)


def each(parse: Callable[[str], Any]) -> Callable[[Any], Any]:
    """A list in which every text is written out by `parse`, as one thing or a list of them."""

    def written_out(value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return [part for index, item in enumerate(value) for part in _parts_at(index, item, parse)]

    return written_out


def _parts_at(index: int, item: Any, parse: Callable[[str], Any]) -> Iterable[Any]:
    try:
        return _parts(item, parse)
    except PydanticCustomError as error:
        raise PydanticCustomError("reign", "refused", {**(error.context or {}), "at": index}) from None


def _parts(item: Any, parse: Callable[[str], Any]) -> Iterable[Any]:
    if not isinstance(item, str | int | float) or isinstance(item, bool):
        return [item]
    found = parse(str(item))
    return found if isinstance(found, list) else [found]


SORTED = AfterValidator(ordered)
"""On a list whose order means nothing."""


def made_by(form: Callable[[Any], Any]) -> WrapValidator:
    """A validator that brings a value into its form, which may come out as not known yet."""

    def validate(value: Any, inner: ValidatorFunctionWrapHandler) -> Any:
        found = form(value)
        return found if isinstance(found, OPAQUE) else inner(found)

    return WrapValidator(validate)
