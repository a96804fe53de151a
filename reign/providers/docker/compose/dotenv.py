"""Files of `NAME=value` lines, as `.env`, `env_file` and `label_file` are: quotes, escapes, comments, variables."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reign.model.values import Value
from reign.providers.docker.compose.variables import Lookup, Mistake, fill

_KEY = re.compile(r"(?:export[ \t]+)?([^\s=:#'\"$`\\]+)[ \t]*(?:([=:])[\t\v\f\r \x85\xa0]*|(?=\n|#|\Z))")
_NAME = re.compile(r"[\w.\[\]-]+")
_ESCAPE = re.compile(r"""\\([abfnrtv$"\\]|0\d{0,3})""")
_BYTE = re.compile(r"[0-3][0-7]{2}")
_MEANT = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", '"': '"', "\\": "\\"}


class BadLine(Exception):
    """A line that cannot be read; `offset` is where in the text."""

    def __init__(self, offset: int, mistake: Mistake) -> None:
        super().__init__(str(mistake))
        self.offset, self.mistake = offset, mistake


def parse(text: str, lookup: Lookup, raw: bool = False) -> dict[str, Value]:
    """Every name with its value; a name alone has the one that `lookup` knows, and is left out where it knows none.

    Variables are those of `lookup`, then those above in the file. `raw`: what stands behind the sign is the value, to the
    end of the line. Raises BadLine.
    """
    text = text.replace("\r\n", "\n")
    if raw:
        return _raw(text, lookup)
    found: dict[str, Value] = {}
    at = 0
    while (at := _next(text, at)) < len(text):
        key = _KEY.match(text, at)
        if key is None or not _NAME.fullmatch(key[1]):
            raise BadLine(at, _no_name(text, at))
        at = key.end()
        if not key[2]:
            _take_over(found, key[1], lookup)
            continue
        try:
            found[key[1]], at = _value(text, at, _within(found, lookup))
        except Mistake as mistake:
            raise BadLine(at, mistake) from None
    return found


def _raw(text: str, lookup: Lookup) -> dict[str, Value]:
    found: dict[str, Value] = {}
    at = 0
    for line in text.split("\n"):
        name, sign, value = line.lstrip().partition("=")
        if sign and name and not name.startswith("#") and not any(map(str.isspace, name)):
            found[name] = value
        elif name and not name.startswith("#") and not sign and len(name.split()) == 1:
            _take_over(found, name.strip(), lookup)
        elif (name or sign) and not name.startswith("#"):
            raise BadLine(at, _no_name(text, at))
        at += len(line) + 1
    return found


def _next(text: str, at: int) -> int:
    """Where the next line with something on it begins."""
    while at < len(text) and (text[at].isspace() or text[at] == "#"):
        end = text.find("\n", at) if text[at] == "#" else at
        at = (end if end >= 0 else len(text) - 1) + 1
    return at


def _no_name(text: str, at: int) -> Mistake:
    line = text[at:].partition("\n")[0]
    name = line.partition("=")[0][:40]
    return Mistake(
        "docker/compose-env",
        "Not a line of variables",
        f"The line begins with {name!r}, which is no name of a variable.",
        "Write NAME=value, the value in quotes where it goes over several lines.",
    )


def _take_over(found: dict[str, Value], name: str, lookup: Lookup) -> None:
    try:
        value = lookup(name)
    except KeyError:
        return
    if value is not None:
        found[name] = value


def _within(found: Mapping[str, Value], lookup: Lookup) -> Lookup:
    def value(name: str) -> Value:
        try:
            return lookup(name)
        except KeyError:
            return found[name]

    return value


def _value(text: str, at: int, lookup: Lookup) -> tuple[Value, int]:
    end = text.find("\n", at)
    end = end if end >= 0 else len(text)
    if text[at : at + 1] in ("'", '"'):
        return _quoted(text, at, lookup)
    plain = text[at:end].partition(" #")[0].rstrip()
    return fill(plain, lookup), end


def _quoted(text: str, at: int, lookup: Lookup) -> tuple[Value, int]:
    quote, start = text[at], at + 1
    at = start
    while at < len(text) and text[at] != quote:
        at += 2 if text[at] == "\\" else 1
    if at >= len(text):
        raise Mistake(
            "docker/compose-env",
            "Quote that is not closed",
            f"The value begins with {quote}, and no other ends it.",
            f"End it with {quote}.",
        )
    inner = text[start:at].replace(f"\\{quote}", quote)
    return (inner if quote == "'" else fill(_ESCAPE.sub(_meant, inner), lookup)), at + 1


def _meant(found: re.Match[str]) -> str:
    escape = found[1]
    if escape == "$":
        return "$$"
    return _octal(escape[1:]) if escape.startswith("0") else _MEANT[escape]


def _octal(digits: str) -> str:
    """The character of three octal digits; fewer, or more than one byte holds, are none and stay, without the zero in front."""
    return chr(int(digits, 8)) if _BYTE.fullmatch(digits) else f"\\{digits}"
