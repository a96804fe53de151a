"""Every filter: one table. Operands arrive known (deeply so, where the table says `deep`); errors are placed by the caller."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from reign.expression.errors import ExpressionError

MAX_RESULT = 1 << 20
"""Characters of a text that a filter makes."""
MAX_WIDTH = 1000
"""Of an indent, and of a field of `format`."""
MAX_LEVELS = 64
"""Of JSON that is read."""

_FIELD = r"%([-+ #0]*)([0-9]*)(?:\.([0-9]*))?(.)"
_LARGEST = 1 << 64


@dataclass(frozen=True, slots=True)
class Form:
    """One filter: what it does, and how many arguments it takes.

    deep: it looks inside lists and maps, however far. unites: it looks at the items of a list that it is given.
    steps: what a call costs, beside the length of what goes in and comes out. `per`: characters that go through in one.
    """

    apply: Callable[..., Any]
    least: int = 0
    most: int = 0
    deep: bool = False
    unites: bool = False
    steps: int = 4
    per: int = 64


def kind_of(value: Any) -> str:
    """What a person would call `value`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a map" if isinstance(value, Mapping) else "a list"


def is_list(value: Any) -> bool:
    """Is it a list, lazy ones included?"""
    return value.__class__ is list or (isinstance(value, Sequence) and not isinstance(value, str))


def is_number(value: Any) -> bool:
    """Is it a number? true is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def text_of(value: Any) -> str:
    """`value` as it stands inside text: true, false and numbers as JSON. Raises ExpressionError for null, lists and maps."""
    if isinstance(value, str):
        return value
    if value is None or not isinstance(value, bool | int | float):
        name = kind_of(value)
        fix = 'Add `| default("")`.' if value is None else 'Add `| json` or `| join(",")`.'
        raise ExpressionError(f"{name} cannot stand inside text", fix=fix)
    return json.dumps(number(value) if not isinstance(value, bool) else value)


def number(value: int | float) -> int | float:
    """`value`, when it is finite and of a size that other systems can read. Raises ExpressionError."""
    if (isinstance(value, float) and not isfinite(value)) or abs(value) > _LARGEST:
        raise ExpressionError("the number is too large")
    return value


def room_for(characters: int) -> None:
    """Raises ExpressionError when a text of that length would be too long. To be asked before it is made."""
    if characters > MAX_RESULT:
        raise ExpressionError(f"the text has more than {MAX_RESULT} characters")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ExpressionError(f"{kind_of(value)} stands where a text is needed", fix="Add `| string` before.")
    return value


def _list(value: Any) -> Sequence[Any]:
    if not is_list(value):
        raise ExpressionError(f"{kind_of(value)} stands where a list is needed")
    return value  # type: ignore[no-any-return]


def _map(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ExpressionError(f"{kind_of(value)} stands where a map is needed")
    return value


def _whole(value: Any, what: str, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ExpressionError(f"{what} is a whole number from 0 to {most}")
    return value


def _default(value: Any, other: Any) -> Any:
    return other if value is None else value


def _trim(value: Any, characters: Any = None) -> str:
    return _text(value).strip(None if characters is None else _text(characters))


def _replace(value: Any, old: Any, new: Any) -> str:
    text, before, after = _text(value), _text(old), _text(new)
    if not before:
        raise ExpressionError("an empty text cannot be replaced")
    room_for(len(text) + text.count(before) * (len(after) - len(before)))
    return text.replace(before, after)


def _split(value: Any, separator: Any = None) -> list[str]:
    text = _text(value)
    if separator == "":
        raise ExpressionError("a text cannot be split at an empty one")
    return text.split(None if separator is None else _text(separator))


def _join(value: Any, separator: Any = "") -> str:
    pieces, between = [text_of(item) for item in _list(value)], _text(separator)
    room_for(sum(map(len, pieces)) + len(between) * len(pieces))
    return between.join(pieces)


def _length(value: Any) -> int:
    if not isinstance(value, str | Mapping | Sequence):
        raise ExpressionError(f"{kind_of(value)} has no length")
    return len(value)


def _items(value: Any) -> list[Any]:
    return [{"key": key, "value": item} for key, item in _map(value).items()]


def _merge(value: Any, *others: Any) -> dict[str, Any]:
    maps = [*(_list(value) if is_list(value) else [value]), *others]
    united: dict[str, Any] = {}
    for one in maps:
        united.update(_map(one))
    return united


def _flatten(value: Any) -> list[Any]:
    found: list[Any] = []
    for item in _list(value):
        if is_list(item):
            found += _flatten(item)
        else:
            found.append(item)
    return found


def _unique(value: Any) -> list[Any]:
    # As text, 1 and 1.0 are one number, and true is no number, which is how `==` has it.
    return list({_identity(item): item for item in reversed(_list(value))}.values())[::-1]


def _identity(value: Any) -> Any:
    """Equal for what `==` holds to be equal, and hashable."""
    if isinstance(value, Mapping):
        return (dict, frozenset((key, _identity(item)) for key, item in value.items()))
    if is_list(value):
        return (list, tuple(_identity(item) for item in value))
    return (bool, value) if isinstance(value, bool) else value


def _sort(value: Any, by: Any = None) -> list[Any]:
    items = list(_list(value))
    keys: list[Any] = items if by is None else [_map(item).get(_text(by)) for item in items]
    if not (all(is_number(key) for key in keys) or all(isinstance(key, str) for key in keys)):
        raise ExpressionError("only texts, or only numbers, can be sorted", fix='Maps need a key: `| sort("name")`.')
    return [item for _, _, item in sorted(zip(keys, range(len(items)), items, strict=True), key=_key_and_place)]


def _key_and_place(row: tuple[Any, int, Any]) -> tuple[Any, int]:
    return row[:2]


def _first(value: Any) -> Any:
    return next(iter(_list(value)), None)


def _last(value: Any) -> Any:
    return _list(value)[-1] if len(_list(value)) else None


def _json(value: Any, indent: Any = None) -> str:
    spaces = None if indent is None else _whole(indent, "the indent", 16)
    separators = (",", ":") if spaces is None else (",", ": ")
    try:
        text = json.dumps(_plain(value), ensure_ascii=False, allow_nan=False, indent=spaces, separators=separators)
    except ValueError:
        raise ExpressionError("JSON has only numbers that are finite") from None
    room_for(len(text))
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if is_list(value) else value


def _fromjson(value: Any) -> Any:
    text = _text(value)
    try:
        read = json.loads(text, parse_constant=_no_constant, parse_float=_finite, parse_int=_integer)
    except json.JSONDecodeError as error:
        where = f"at line {error.lineno}, column {error.colno}"
        raise _not_json(f"{error.msg[:1].lower()}{error.msg[1:]} {where}") from None
    except RecursionError:
        raise ExpressionError(f"the JSON is nested deeper than {MAX_LEVELS} levels") from None
    _shallow(read, MAX_LEVELS)
    return read


def _no_constant(name: str) -> Any:
    raise _not_json(f"JSON has no {name}")


def _not_json(why: str) -> ExpressionError:
    return ExpressionError(f"the text is not JSON: {why}", veiled="the text is not JSON")


def _finite(digits: str) -> float:
    return float(number(float(digits)))


def _integer(digits: str) -> int:
    if len(digits) > 40:
        raise ExpressionError("the number is too large")
    return int(digits)


def _shallow(value: Any, levels: int) -> None:
    level = [value]
    for _ in range(levels):
        level = [
            item
            for one in level
            if isinstance(one, dict | list)
            for item in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return
    raise ExpressionError(f"the JSON is nested deeper than {levels} levels")


def _base64(value: Any) -> str:
    from base64 import b64encode

    room_for(len(_text(value)) * 4 // 3)
    return b64encode(_bytes(value)).decode()


def _frombase64(value: Any) -> str:
    from base64 import b64decode

    try:
        return b64decode("".join(_text(value).split()), validate=True).decode()
    except UnicodeDecodeError:
        raise ExpressionError("the bytes are not a text in UTF-8", fix="Use `content_base64` for bytes.") from None
    except ValueError:
        raise ExpressionError("the text is not base64") from None


def _sha256(value: Any) -> str:
    from hashlib import sha256

    return sha256(_bytes(value)).hexdigest()


def _bytes(value: Any) -> bytes:
    try:
        return _text(value).encode()
    except UnicodeEncodeError:
        raise ExpressionError("the text holds half of a pair of characters") from None


def _indent(value: Any, width: Any, first: Any = False) -> str:
    """Every line but the first, unless `first`, and no empty one."""
    text, space = _text(value), " " * _whole(width, "the indent", MAX_WIDTH)
    if not isinstance(first, bool):
        raise ExpressionError("whether to indent the first line is true or false")
    lines = text.split("\n")
    room_for(len(text) + len(lines) * len(space))
    return "\n".join(space + line if line and (index or first) else line for index, line in enumerate(lines))


def _format(value: Any, *arguments: Any) -> str:
    """`%s %d %f %x` and their kin, as printf has them."""
    text, left = _text(value), list(arguments)

    def field(found: re.Match[str]) -> str:
        _, width, precision, letter = found.groups()
        if found.group() == "%%":
            return "%"
        if letter not in "sdxXofeg":
            shown = letter if letter.isprintable() else ""
            raise ExpressionError(
                f"`%{shown}` means nothing", fix="Write `%%` for one `%`.", veiled="a field of the text means nothing"
            )
        if len(width) > 3 or len(precision or "") > 2:
            raise ExpressionError(f"a field is wider than {MAX_WIDTH}")
        if not left:
            raise ExpressionError("the text has more fields than there are arguments")
        return str(found.group() % _formatted(letter, left.pop(0)))

    if text.count("%") > MAX_WIDTH:
        raise ExpressionError(f"the text has more than {MAX_WIDTH} fields")
    made = re.sub(_FIELD, field, text, flags=re.DOTALL)
    if left:
        raise ExpressionError("there are more arguments than fields in the text")
    room_for(len(made))
    return made


def _formatted(letter: str, value: Any) -> Any:
    if letter == "s":
        return text_of(value)
    if not is_number(value) or (letter in "dxXo" and value != int(value)):
        message = f"needs a {'whole ' * (letter in 'dxXo')}number, and this is {kind_of(value)}"
        raise ExpressionError(f"`%{letter}` {message}", veiled=f"a field {message}")
    return int(value) if letter in "dxXo" else float(value)


def _quote(value: Any) -> str:
    """One word for a POSIX shell."""
    from shlex import quote

    text = text_of(value)
    room_for(len(text) + 4 * text.count("'") + 2)
    return quote(text)


def _int(value: Any) -> int:
    """Numbers lose what stands behind the point."""
    return int(_number(value))


def _number(value: Any) -> int | float:
    if is_number(value):
        return number(value)
    text = _text(value).strip()
    if not re.fullmatch(r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?", text, re.ASCII) or len(text) > 40:
        raise ExpressionError("the text is no number")
    return number(int(text) if re.fullmatch(r"[-+]?[0-9]+", text, re.ASCII) else float(text))


def _bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    found = {"true": True, "false": False}.get(_text(value).strip().lower())
    if found is None:
        raise ExpressionError("the text is neither true nor false")
    return found


def _basename(value: Any) -> str:
    text = _text(value)
    return text.rstrip("/").rpartition("/")[2] or text[:1]


def _dirname(value: Any) -> str:
    text = _text(value)
    folder, slash, _ = text.rstrip("/").rpartition("/")
    return folder.rstrip("/") or slash or ("/" if text.startswith("/") else ".")


def _elsewhere(*_: Any) -> Any:
    raise ExpressionError("this filter is not available here")


FILTERS: Mapping[str, Form] = {
    "default": Form(_default, 1, 1),
    "lower": Form(lambda value: _text(value).lower()),
    "upper": Form(lambda value: _text(value).upper()),
    "trim": Form(_trim, 0, 1),
    "replace": Form(_replace, 2, 2),
    "split": Form(_split, 0, 1),
    "join": Form(_join, 0, 1, deep=True),
    "length": Form(_length),
    "keys": Form(lambda value: list(_map(value))),
    "values": Form(lambda value: list(_map(value).values())),
    "items": Form(_items),
    "merge": Form(_merge, 0, 100, unites=True, steps=5),
    "flatten": Form(_flatten, deep=True),
    "unique": Form(_unique, deep=True),
    "sort": Form(_sort, 0, 1, deep=True),
    "first": Form(_first),
    "last": Form(_last),
    "json": Form(_json, 0, 1, deep=True, steps=20),
    "fromjson": Form(_fromjson, steps=40, per=8),
    "yaml": Form(_elsewhere, deep=True, steps=100, per=1),
    "fromyaml": Form(_elsewhere, steps=100, per=1),
    "base64": Form(_base64),
    "frombase64": Form(_frombase64),
    "sha256": Form(_sha256),
    "indent": Form(_indent, 1, 2, per=4),
    "format": Form(_format, 0, 100, steps=10, per=4),
    "quote": Form(_quote, steps=5, per=16),
    "int": Form(_int),
    "number": Form(_number),
    "string": Form(text_of),
    "bool": Form(_bool),
    "basename": Form(_basename),
    "dirname": Form(_dirname),
}
"""`yaml` and `fromyaml` come from the scope's functions, since only another room reads YAML."""
