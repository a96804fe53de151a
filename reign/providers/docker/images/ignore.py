"""`.dockerignore`: which paths of a build context the engine never gets. Pure; no pattern and no path takes long.

As https://docs.docker.com/build/concepts/context/#dockerignore-files: the last pattern that matches a path, or a folder
that it lies in, decides; `!` takes back in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ANY = None
"""Stands for any number of folders, as `**` does."""
_Part = re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One line. `parts`: a pattern for each name of a path."""

    parts: tuple[_Part, ...]
    takes_back: bool = False


@dataclass(frozen=True, slots=True)
class Ignored:
    """All lines, in order."""

    rules: tuple[Rule, ...] = ()

    def leaves_out(self, path: str) -> bool:
        """Whether `path` does not go to the engine."""
        names = path.split("/")
        out = False
        for rule in self.rules:
            if rule.takes_back == out and _reaches(rule.parts, names):
                out = not rule.takes_back
        return out

    def leaves_out_all_of(self, folder: str) -> bool:
        """Whether nothing below `folder`, which is left out itself, can be taken back in."""
        names = folder.split("/")
        return not any(rule.takes_back and _may_reach_below(rule.parts, names) for rule in self.rules)


def read_ignored(text: str) -> Ignored:
    """The rules that the text of a file says. A pattern that is broken matches nothing."""
    rules = (_rule(line) for line in text.removeprefix("\ufeff").splitlines() if not line.startswith("#"))
    return Ignored(tuple(rule for rule in rules if rule is not None))


def _rule(line: str) -> Rule | None:
    pattern = line.strip()
    takes_back = pattern.startswith("!")
    pattern = pattern[1:].strip() if takes_back else pattern
    names = _cleaned(pattern)
    if not names:
        return None
    try:
        parts = [_ANY if name == "**" else _name(name) for name in names]
    except re.error:
        return None
    parts = [part for at, part in enumerate(parts) if part is not _ANY or at == 0 or parts[at - 1] is not _ANY]
    if parts[-1] is _ANY:
        parts.append(_name("*"))
    return Rule(tuple(parts), takes_back)


def _cleaned(pattern: str) -> list[str]:
    """The names between the slashes, with `.` and `..` gone, as far as the context goes."""
    names: list[str] = []
    for name in pattern.split("/"):
        if name == "..":
            del names[-1:]
        elif name not in ("", "."):
            names.append(name)
    return names


_TOKEN = re.compile(r"\\(.)|(\*+)|(\?)|\[(\^?)((?:\\.|[^\]\\])+)\]|(.)", re.DOTALL)


def _name(word: str) -> re.Pattern[str]:
    """What matches one name, by the rules of Go's filepath.Match; each `*` gives nothing back, so no pattern takes long.

    Raises re.error for a broken one.
    """
    pieces: list[list[str]] = [[]]
    for found in _TOKEN.finditer(word):
        escaped, star, one, turned, chars, other = found.groups()
        if star:
            pieces.append([])
        elif one:
            pieces[-1].append(".")
        elif chars:
            pieces[-1].append(f"[{turned}{_choice(chars)}]")
        elif other in ("[", "\\"):
            raise re.error(f"broken pattern {word!r}")
        else:
            pieces[-1].append(re.escape(escaped or other))
    first, *rest = ["".join(piece) for piece in pieces]
    if not rest:
        return re.compile(first, re.DOTALL)
    return re.compile(first + "".join(f"(?>.*?{piece})" for piece in rest[:-1]) + f".*{rest[-1]}", re.DOTALL)


def _choice(chars: str) -> str:
    """The inside of `[...]`: ranges stay, everything else stands for itself."""
    plain = re.sub(r"\\(.)", lambda found: found[1], chars)
    return "".join(
        char if char == "-" and 0 < at < len(plain) - 1 else re.escape(char) for at, char in enumerate(plain)
    )


def _reaches(parts: tuple[_Part, ...], names: list[str]) -> bool:
    """Whether all of `parts` is used up by some first of `names`."""
    at = _on(parts, {0})
    for name in names:
        at = _step(parts, at, name)
        if len(parts) in at:
            return True
    return False


def _may_reach_below(parts: tuple[_Part, ...], names: list[str]) -> bool:
    """Whether `parts` could match something in the folder `names`."""
    at = _on(parts, {0})
    for name in names:
        at = _step(parts, at, name)
    return any(index < len(parts) for index in at)


def _step(parts: tuple[_Part, ...], at: set[int], name: str) -> set[int]:
    here = {
        index if (part := parts[index]) is _ANY else index + 1
        for index in at
        if index < len(parts) and ((part := parts[index]) is _ANY or part.fullmatch(name))
    }
    return _on(parts, here)


def _on(parts: tuple[_Part, ...], at: set[int]) -> set[int]:
    """`at`, and what follows where a `**` stands for no folder. Two of them never stand side by side."""
    return at | {index + 1 for index in at if index < len(parts) and parts[index] is _ANY}
