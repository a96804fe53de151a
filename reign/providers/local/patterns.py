"""Patterns of `include` and `exclude`: text in, yes or no out. No pattern and no name takes long."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reign.model.values import Value


@dataclass(frozen=True, slots=True)
class Patterns:
    """Each pattern as what stands between its slashes: one name each, or `ANY` for any number of folders."""

    patterns: tuple[tuple[re.Pattern[str] | None, ...], ...]

    def match(self, name: str) -> bool:
        """Whether one of them names the file or folder `name`, or a folder that it lies in."""
        names = name.split("/")
        return any(_reaches(pattern, names) for pattern in self.patterns)


ANY = None


def patterns_of(patterns: Value) -> Patterns | None:
    """The patterns of a normalised field; None where it is not given."""
    if not isinstance(patterns, list):
        return None
    return Patterns(tuple(_read(str(pattern)) for pattern in patterns))


def _read(pattern: str) -> tuple[re.Pattern[str] | None, ...]:
    """`*` and `?` stay within one name, `**` is any number of folders; without a slash inside, a name at any depth."""
    words = [word for word in pattern.strip("/").split("/") if word]
    parts = [ANY if word == "**" else _name(word) for word in words]
    parts = [part for at, part in enumerate(parts) if part is not ANY or at == 0 or parts[at - 1] is not ANY]
    if parts[-1] is ANY:
        parts.append(_name("*"))
    anywhere = len(words) == 1 and not pattern.startswith("/") and parts[0] is not ANY
    return (ANY, *parts) if anywhere else tuple(parts)


def _name(word: str) -> re.Pattern[str]:
    """What matches one name. Each `*` takes as little as it can and gives nothing back, so no pattern takes long."""
    first, *rest = ["".join("." if char == "?" else re.escape(char) for char in part) for part in word.split("*")]
    if not rest:
        return re.compile(first, re.DOTALL)
    return re.compile(first + "".join(f"(?>.*?{part})" for part in rest[:-1]) + f".*{rest[-1]}", re.DOTALL)


def _reaches(pattern: tuple[re.Pattern[str] | None, ...], names: list[str]) -> bool:
    """Whether all of `pattern` is used up by some first of `names`."""
    at = _on(pattern, {0})
    for name in names:
        here = {index if (part := pattern[index]) is ANY else index + 1 if part.fullmatch(name) else -1 for index in at}
        at = _on(pattern, here - {-1})
        if len(pattern) in at:
            return True
    return False


def _on(pattern: tuple[re.Pattern[str] | None, ...], at: set[int]) -> set[int]:
    """`at`, and what follows where a `**` stands for no folder. Two of them never stand side by side."""
    return at | {index + 1 for index in at if index < len(pattern) and pattern[index] is ANY}
