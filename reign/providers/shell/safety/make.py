"""`make`: the recipes of what it is asked to make, with what that needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from reign.providers.shell.safety.builtin import check_origin
from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.options import options
from reign.providers.shell.safety.paths import resolved
from reign.providers.shell.safety.text import UNKNOWN, is_known, literal, spoilt

_TAKES = "fCIoWE"
_LONG = ("file", "makefile", "directory", "eval", "old-file", "new-file", "include-dir")
_FILES = ("GNUmakefile", "makefile", "Makefile")
_STDIN = ("-", "/dev/stdin", "/dev/fd/0")
_SET = re.compile(r"\s*(?:export\s+|override\s+)*([\w.-]+)\s*(:{0,3}|\?|\+|!)=\s*(.*)", re.DOTALL)
_RULE = re.compile(r"([^:=#\t][^:=#]*?)\s*::?(?!=)\s*([^;]*)(?:;(.*))?", re.DOTALL)
_REFERENCE = re.compile(r"\$(?:\$|([@<^*?+%])|\(([^()]*(?:\([^()]*\)[^()]*)*)\)|\{([^{}]*)\}|(\w))")
_OWN = {"MAKE": "make", "RM": "rm -f", "CURDIR": UNKNOWN, "MAKEFLAGS": "", "SHELL": "/bin/sh"}
_MOST_DEPTH = 8


@dataclass(slots=True)
class Rule:
    """A target: what it needs, and its recipe, each line with where it stands."""

    needs: list[str] = field(default_factory=list)
    recipe: list[tuple[str, int]] = field(default_factory=list)


@dataclass(slots=True)
class Makefile:
    """What a makefile says."""

    rules: dict[str, Rule] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    runs: list[str] = field(default_factory=list)
    """Values that are worked out at once."""
    is_open: bool = False
    """Others are read in, so that not all that is set is known."""

    def wanted(self, targets: list[str]) -> Iterator[tuple[str, Rule]]:
        """The rules that are followed for `targets`; without any, for the first one."""
        left = targets or [name for name in self.rules if not name.startswith(".") and "%" not in name][:1]
        seen: set[str] = set()
        while left:
            target = left.pop(0)
            rule = self.rules.get(target) or self._by_pattern(target)
            if target not in seen and rule is not None:
                seen.add(target)
                left = [*rule.needs, *left]
                yield target, rule

    def _by_pattern(self, target: str) -> Rule | None:
        names = (name for name in self.rules if "%" in name and fnmatchcase(target, name.replace("%", "*")))
        return next((self.rules[name] for name in names), None)


def make(command: Command) -> str:
    """`make`: a makefile that it is given, that it reads, or that lies there."""
    found = options(command.args, _TAKES, _LONG)
    scope = command.scope.inner()
    for folder in found.of("C", "directory"):
        scope.folder = resolved(folder, scope.folder)
    given = replace(command, scope=scope)
    text, where = _text(given, found.of("f", "file", "makefile"))
    check_origin(command, text)
    read = parsed("\n".join([text, *found.of("E", "eval")]))
    targets = [word for word in found.rest if "=" not in word and not word.isdigit()]
    read.values |= {name: literal(value) for name, _, value in (word.partition("=") for word in found.rest) if value}
    if not found.has("n", "dry-run", "just-print", "q", "question", "v", "version"):
        _follow(given, read, targets, where, text)
    return UNKNOWN


def _text(command: Command, files: list[str]) -> tuple[str, str]:
    """What the makefile says, and where it lies where it was there before."""
    if any(path in _STDIN for path in files):
        return literal(command.stdin), ""
    for path in files or _FILES:
        text = command.held(path)
        if len(text) > 1:
            where = resolved(path, command.scope.folder)
            return literal(text), where if command.scope.files.is_given(where) else ""
    return "", ""


def parsed(text: str) -> Makefile:
    """`text`, read; of conditions, every branch."""
    made, current, at = Makefile(), [Rule()], 0
    for line in re.split(r"(?<!\\)\n", text):
        begin, at = at, at + len(line) + 1
        if line.startswith("\t"):
            for rule in current:
                rule.recipe.append((line, begin))
        elif (plain := re.sub(r"\\\n\s*", " ", line).partition("#")[0].rstrip()) and not _assigned(made, plain):
            current = _ruled(made, plain, begin) or current
    return made


def _assigned(made: Makefile, line: str) -> bool:
    made.is_open = made.is_open or bool(re.match(r"\s*[-s]?include\b", line))
    if not (found := _SET.fullmatch(line)):
        return False
    name, how, value = found.groups()
    before = made.values.get(name)
    if how == "!":
        value = f"$(shell {value})"
    if how[:1] in (":", "!"):
        made.runs.append(value)
    if how != "?" or before is None:
        made.values[name] = f"{before} {value}" if how == "+" and before else value
    return True


def _ruled(made: Makefile, line: str, begin: int) -> list[Rule]:
    if not (found := _RULE.fullmatch(line)):
        return []
    rules = [made.rules.setdefault(name, Rule()) for name in found[1].split()]
    for rule in rules:
        rule.needs += [need for need in found[2].split() if need != "|"]
        rule.recipe += [(found[3], begin)] if found[3] else []
    return rules


def _follow(command: Command, read: Makefile, targets: list[str], where: str, text: str) -> None:
    for value in read.runs:
        _expanded(value, read, command)
    for target, rule in read.wanted(targets):
        mark = f"make {where} {target}"
        if mark in command.scope.calling:
            continue
        inner = replace(command, scope=replace(command.scope, calling=(*command.scope.calling, mark)))
        for line, begin in rule.recipe:
            script = _expanded(line, read, inner, target, rule).strip().lstrip("@+-").strip()
            if not where:
                inner.code(script, stdin="")
                continue
            with inner.scope.found.inside(where, text, -1):
                inner.scope.found.at = (begin, begin + len(line))
                inner.code(script, stdin="")


def _expanded(
    text: str, read: Makefile, command: Command, target: str = "", rule: Rule | None = None, depth: int = 0
) -> str:
    needs = rule.needs if rule else []
    signs = {"@": target, "<": " ".join(needs[:1]), "^": " ".join(needs), "+": " ".join(needs)}

    def put(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        if found[1]:
            return signs.get(found[1], UNKNOWN)
        name = found[2] or found[3] or found[4] or ""
        if name.startswith("shell "):
            return command.code(_expanded(name[6:], read, command, target, rule, depth + 1), stdin="").strip()
        if not re.fullmatch(r"[\w.-]+", name) or depth > _MOST_DEPTH:
            return spoilt(name)
        value = read.values.get(name, _OWN.get(name))
        return (
            _unset(name, read, command) if value is None else _expanded(value, read, command, target, rule, depth + 1)
        )

    return _REFERENCE.sub(put, text)


def _unset(name: str, read: Makefile, command: Command) -> str:
    """What is set by nobody is empty; of the environment, what the shell has."""
    value = " ".join(command.scope.values(name)[0])
    return value if value or not read.is_open or not is_known(value) else UNKNOWN
