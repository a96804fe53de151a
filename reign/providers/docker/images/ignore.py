"""`.dockerignore`: which paths of a build context the engine never gets. Pure; no pattern and no path takes long.

As BuildKit does it (https://docs.docker.com/build/concepts/context/#dockerignore-files, github.com/moby/patternmatcher): the
last pattern that matches a path, or a folder that it lies in, decides; `!` takes back in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from reign.providers.docker.images.patterns import Broken, Pattern, read_pattern

_UP = ".."


@dataclass(frozen=True, slots=True)
class Rule:
    """One line."""

    pattern: Pattern
    takes_back: bool = False


class Standing(NamedTuple):
    """How a path stands: whether it does not go to the engine, and which rules match it or a folder that it lies in."""

    out: bool
    matched: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Ignored:
    """All lines, in order."""

    rules: tuple[Rule, ...] = ()

    @property
    def top(self) -> Standing:
        """How the context itself stands."""
        return Standing(False, (False,) * len(self.rules))

    def at(self, path: str, above: Standing) -> Standing:
        """How `path` stands, in a folder that stands as `above`. A rule that would change nothing is not asked, and counts as
        one that does not match, below as well.
        """
        out, matched = False, list[bool]()
        for rule, already in zip(self.rules, above.matched, strict=True):
            does = already or (rule.takes_back == out and rule.pattern.matches(path))
            matched.append(does)
            if does:
                out = not rule.takes_back
        return Standing(out, tuple(matched))

    def leaves_out(self, path: str) -> bool:
        """Whether `path` does not go to the engine."""
        standing, names = self.top, path.split("/")
        for end in range(len(names)):
            standing = self.at("/".join(names[: end + 1]), standing)
        return standing.out

    def leaves_out_all_of(self, folder: str) -> bool:
        """Whether nothing below `folder`, which is left out itself, can be taken back in."""
        return not any(rule.takes_back and rule.pattern.may_match_below(folder) for rule in self.rules)


class NoPattern(ValueError):
    """A line says nothing."""


def read_ignored(text: str) -> Ignored:
    """The rules that the text of a file says. Raises NoPattern."""
    rules = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        try:
            rule = None if line.startswith("#") else _rule(line.strip())
        except Broken as error:
            raise NoPattern(f"line {number} of its .dockerignore is no pattern: {error}") from None
        if rule is not None:
            rules.append(rule)
    return Ignored(tuple(rules))


def _rule(line: str) -> Rule | None:
    takes_back = line.startswith("!")
    written = line[1:].strip() if takes_back else line
    if takes_back and not written.strip("/"):
        raise Broken("nothing follows the !")
    names = _cleaned(written)
    if not names or names[0] == _UP:
        return None
    return Rule(read_pattern(names), takes_back)


def _cleaned(pattern: str) -> list[str]:
    """The names between the slashes, with `.` and `..` gone; `..` stays in front where it leads out of the context."""
    names: list[str] = []
    for name in pattern.split("/"):
        if name == _UP and names and names[-1] != _UP:
            names.pop()
        elif name == _UP and not pattern.startswith("/"):
            names.append(name)
        elif name not in ("", ".", _UP):
            names.append(name)
    return names
