"""One pattern of a `.dockerignore`: what github.com/moby/patternmatcher makes of it. Pure, and never slow.

`*` and `?` stay in one name. `**` as a whole name stands for any number of folders. In the midst of a name it stands for
folders as well (`a**b` is ab, a/b and ax/b, and never axb), at the end of one for anything, and where nothing but plain
characters follow its place at the very beginning, too (`**.log`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

_FOLDERS = "**"


class Broken(ValueError):
    """Not a pattern; says why."""


class Pattern(Protocol):
    """What a line says without its `!`."""

    def matches(self, path: str) -> bool:
        """Whether it matches the whole of `path`."""
        ...

    def may_match_below(self, folder: str) -> bool:
        """Whether it could match something in `folder`."""
        ...


def read_pattern(names: Sequence[str]) -> Pattern:
    """The pattern whose names stand between the slashes. Raises Broken."""
    for name in names:
        _one_name(name)
    if any(_FOLDERS in name and name != _FOLDERS for name in names):
        return Loose(tuple(_steps("/".join(names))))
    parts = [None if name == _FOLDERS else _one_name(name) for name in names]
    parts = [part for at, part in enumerate(parts) if part is not None or at == 0 or parts[at - 1] is not None]
    return ByNames(tuple(parts if parts[-1] is not None else [*parts, _one_name("*")]))


@dataclass(frozen=True, slots=True)
class ByNames:
    """Name by name. `parts`: what each name looks like; None stands for any number of folders, and never beside another."""

    parts: tuple[re.Pattern[str] | None, ...]

    def matches(self, path: str) -> bool:
        """See `Pattern`."""
        return len(self.parts) in self._after(path)

    def may_match_below(self, folder: str) -> bool:
        """See `Pattern`."""
        return any(at < len(self.parts) for at in self._after(folder))

    def _after(self, path: str) -> set[int]:
        """Where in `parts` one may be when all of `path` is used up."""
        at = self._on({0})
        for name in path.split("/"):
            at = self._on({next_ for index in at for next_ in self._step(index, name)})
        return at

    def _step(self, index: int, name: str) -> Iterator[int]:
        if index < len(self.parts):
            part = self.parts[index]
            if part is None:
                yield index
            elif part.fullmatch(name):
                yield index + 1

    def _on(self, at: set[int]) -> set[int]:
        """`at`, and what follows where any number of folders may be none."""
        return at | {index + 1 for index in at if index < len(self.parts) and self.parts[index] is None}


_STAR, _DEEP, _ANY = "*", "**", "***"
"""Steps of `Loose`: any characters of one name; folders, or none; any characters at all."""


@dataclass(frozen=True, slots=True)
class Loose:
    """Character by character, for the rare one with `**` in the midst of a name."""

    steps: tuple[str | re.Pattern[str], ...]

    def matches(self, path: str) -> bool:
        """See `Pattern`."""
        at = self._into(0)
        for char in path:
            at = {next_ for index in at for next_ in self._past(index, char)}
        return len(self.steps) in at

    def may_match_below(self, folder: str) -> bool:
        """See `Pattern`."""
        del folder
        return True

    def _into(self, index: int) -> set[int]:
        """`index`, and what follows where its step may be nothing."""
        found = {index}
        while index < len(self.steps) and isinstance(self.steps[index], str):
            index += 1
            found.add(index)
        return found

    def _past(self, index: int, char: str) -> set[int]:
        if index == len(self.steps):
            return set()
        step = self.steps[index]
        if isinstance(step, re.Pattern):
            return self._into(index + 1) if step.fullmatch(char) else set()
        if step == _DEEP:
            return {index, *(self._into(index + 1) if char == "/" else ())}
        return self._into(index) if step == _ANY or char != "/" else set()


def _steps(pattern: str) -> Iterator[str | re.Pattern[str]]:
    plain = pattern.removeprefix(_FOLDERS)
    if plain != pattern and not set(plain) & set("*?[]\\"):
        pattern = plain
        yield _ANY
    for found in re.finditer(rf"\*\*/?$|\*\*/?|{_TOKEN.pattern}", pattern, re.DOTALL):
        text = found[0]
        if text.startswith(_FOLDERS):
            yield _ANY if found.end() == len(pattern) else _DEEP
        else:
            yield _STAR if text == "*" else re.compile(_one(text), re.DOTALL)


_TOKEN = re.compile(r"\\.|\*|\?|\[\^?(?:\\.|[^\]\\])*\]|.", re.DOTALL)


def _one_name(word: str) -> re.Pattern[str]:
    """What matches one name; each `*` gives nothing back, so no pattern takes long. Raises Broken."""
    pieces: list[list[str]] = [[]]
    for found in _TOKEN.finditer(word):
        if found[0] == "*":
            pieces.append([])
        else:
            pieces[-1].append(_one(found[0]))
    first, *rest = ["".join(piece) for piece in pieces]
    if not rest:
        return re.compile(first, re.DOTALL)
    return re.compile(first + "".join(f"(?>.*?{piece})" for piece in rest[:-1]) + f".*{rest[-1]}", re.DOTALL)


def _one(written: str) -> str:
    """What matches one character. Raises Broken."""
    if written == "?":
        return "[^/]"
    if written in ("[", "\\"):
        raise Broken("a [ without its ]" if written == "[" else "nothing follows the \\")
    if written[0] == "[":
        turned = "^" if written[1] == "^" else ""
        return f"[{turned}{_choice(written[1 + len(turned) : -1], written)}]"
    return re.escape(written[1:] if written[0] == "\\" else written)


def _choice(chars: str, written: str) -> str:
    """The inside of `[...]`: characters and ranges. Raises Broken for one that is empty or has a range without an end."""
    found = re.fullmatch(r"((?:\\.|[^\\-])(?:-(?:\\.|[^\\-]))?)+", chars, re.DOTALL)
    if found is None:
        raise Broken(f"{written} holds no characters to choose from")
    ranges = re.findall(r"(\\.|[^\\-])(?:-(\\.|[^\\-]))?", chars, re.DOTALL)
    if any(last and first[-1] > last[-1] for first, last in ranges):
        raise Broken(f"{written} ends before it begins")
    return "".join(re.escape(first[-1]) + (f"-{re.escape(last[-1])}" if last else "") for first, last in ranges)
