"""The words of a command as the program gets them: quotes, variables, substitutions, braces, the home folder.

A word may come out in several ways (a variable with several possible values), and each way is a list of fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reign.providers.shell.safety.danger import EXHAUSTS
from reign.providers.shell.safety.parameter import Parameter, read_parameter
from reign.providers.shell.safety.scan import braced, closing, unescaped
from reign.providers.shell.safety.scope import HOME, Scope, Value
from reign.providers.shell.safety.text import ASKED, MARK, OPEN, STAR, UNKNOWN, globbing, literal

MOST_WAYS = 24
_MOST_FIELDS = 400
_EMPTY = "\ue020"
"""Quotes with nothing between them, which make a field all the same."""
_PLAIN = re.compile(r"[A-Za-z0-9_./:,@%+-]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]")
_USER = re.compile(r"~([A-Za-z_][A-Za-z0-9_.-]*)?(?=/|$|:)")

Part = list[tuple[str, ...]]
"""The ways in which one part of a word comes out: the first field goes on from what stands before, the last one stays open."""


@dataclass(slots=True)
class Words:
    """Expands words in a shell. `run` gives what a command prints; a process substitution is run with it as well."""

    scope: Scope
    run: Callable[[str, Scope], str]

    def fields(self, raw: str) -> list[Value]:
        """The ways in which the word `raw` comes out."""
        if _PLAIN.fullmatch(raw):
            return [(raw,)]
        ways: list[Value] = [()]
        for each in braced(raw):
            ways = [(*way, *fields)[:_MOST_FIELDS] for way in ways for fields in self._one(each)][:MOST_WAYS]
        return ways

    def texts(self, raw: str) -> list[str]:
        """The ways in which `raw` comes out where it is not taken apart: in an assignment, a redirection."""
        return list(dict.fromkeys(" ".join(way) for way in self._one(raw, splits=False)))

    def document(self, raw: str) -> str:
        """A here-document: as between double quotes, where quotes themselves are text."""
        return "".join(" ".join(part[-1]) for part in self._quoted(raw, document=True))

    def _one(self, raw: str, *, splits: bool = True) -> list[Value]:
        ways: Part = [("",)]
        for part in self._parts(raw, splits=splits):
            ways = list(dict.fromkeys(_joined(way, each) for way in ways for each in part))[:MOST_WAYS]
        return [tuple(field.replace(_EMPTY, "") for field in way if field) for way in ways]

    def _parts(self, raw: str, *, splits: bool) -> Iterator[Part]:
        at = 0
        if found := _USER.match(raw):
            yield [(self._home(found[1]),)]
            at = found.end()
        while at < len(raw):
            char = raw[at]
            if char == "'":
                end = closing(raw, at + 1, "'")
                yield [(raw[at + 1 : end] or _EMPTY,)]
                at = end + 1
            elif char == '"':
                end = closing(raw, at + 1, '"')
                yield [(_EMPTY,)]
                yield from self._quoted(raw[at + 1 : end])
                at = end + 1
            elif char == "\\":
                if raw[at : at + 2] != "\\\n":
                    yield [(raw[at + 1 : at + 2] or "\\",)]
                at += 2
            elif raw.startswith("$'", at):
                end = closing(raw, at + 2, "$'")
                yield [(unescaped(raw[at + 2 : end]) or _EMPTY,)]
                at = end + 1
            elif char in "$`" or raw.startswith(("<(", ">("), at):
                part, at = self._dollar(raw, at, splits=splits, quoted=False)
                yield part
            else:
                end = at + 1
                while end < len(raw) and raw[end] not in "'\"\\$`<>":
                    end += 1
                plain = raw[at:end]
                if splits is False and (more := re.match(r"=~(?=/|$)", plain)):
                    plain = f"={self._home('')}{plain[more.end() :]}"
                yield [(globbing(plain),)]
                at = end

    def _home(self, user: str | None) -> str:
        if user == "root":
            return "/root"
        return f"/home/{user}" if user else self.scope.values("HOME")[0][0] if self.scope.is_set("HOME") else HOME

    def _quoted(self, raw: str, *, document: bool = False) -> Iterator[Part]:
        at = 0
        while at < len(raw):
            if raw[at] == "\\":
                escaped = raw[at + 1 : at + 2]
                if escaped in ("$", "`", "\\") or (escaped == '"' and not document):
                    yield [(escaped,)]
                elif escaped != "\n":
                    yield [(f"\\{escaped}",)]
                at += 2
            elif raw[at] in "$`":
                part, at = self._dollar(raw, at, splits=False, quoted=True)
                yield part
            else:
                end = at + 1
                while end < len(raw) and raw[end] not in "\\$`":
                    end += 1
                yield [(raw[at:end],)]
                at = end

    def _dollar(self, raw: str, at: int, *, splits: bool, quoted: bool) -> tuple[Part, int]:
        """What begins with `$`, a backquote or `<(` at `at`, and where it ends."""
        if raw[at] == "`":
            end = closing(raw, at + 1, "`")
            inner = re.sub(r"\\([`\\$])", r"\1", raw[at + 1 : end])
            return self._substituted(inner, splits=splits, quoted=quoted), end + 1
        if raw.startswith(("$((", "$["), at):
            arithmetic = raw.startswith("$((", at)
            end = closing(raw, at + (3 if arithmetic else 2), ")" if arithmetic else "]")
            if not arithmetic or raw.startswith("))", end):
                return [(UNKNOWN,)], end + (2 if arithmetic else 1)
        if raw[at + 1 : at + 2] == "(":
            end = closing(raw, at + 2, ")")
            inner = raw[at + 2 : end]
            if raw[at] == "$":
                return self._substituted(inner, splits=splits, quoted=quoted), end + 1
            return [(self._process(inner, raw[at]),)], end + 1
        if raw.startswith("${", at):
            end = closing(raw, at + 2, "}")
            parameter = read_parameter(raw[at + 2 : end])
            return self._parameter(parameter, splits=splits, quoted=quoted), end + 1
        if found := _NAME.match(raw, at + 1):
            return self._parameter(Parameter(found[0]), splits=splits, quoted=quoted), found.end()
        return [("" if raw[at + 1 : at + 2] == '"' else "$",)], at + 1

    def _substituted(self, code: str, *, splits: bool, quoted: bool) -> Part:
        printed = self.run(code, self.scope.inner()).rstrip("\n")
        if ASKED in printed:
            self.scope.found.add(EXHAUSTS, "keeps what never ends in memory")
        if quoted or not splits:
            return [(printed,)] if printed else [()]
        return [self._split(globbing(printed))]

    def _process(self, code: str, sign: str) -> str:
        """A file that stands for a command; what it holds is what the command prints."""
        printed = self.run(code, self.scope.inner())
        name = f"/dev/fd/{len(self.scope.files) + 63}"
        self.scope.files[name] = printed if sign == "<" else ""
        if sign == ">":
            self.scope.sinks[name] = code
        return name

    def _parameter(self, parameter: Parameter, *, splits: bool, quoted: bool) -> Part:
        values = parameter.values(self.scope, self.texts)
        if quoted:
            return [self._whole(parameter, value) for value in values]
        if not splits:
            return [(" ".join(value),) if value and any(value) else () for value in values]
        return [tuple(field for item in value for field in self._split(globbing(item), item)) for value in values]

    def _whole(self, parameter: Parameter, value: Value) -> Value:
        if parameter.takes_all == "@":
            return tuple(item or _EMPTY for item in value)
        return (" ".join(value),) if value else ()

    def _split(self, text: str, _: str = "") -> tuple[str, ...]:
        """The fields of what stands outside of quotes; with an empty one where it begins or ends with what parts them."""
        signs = literal("".join(value[0] for value in self.scope.values("IFS") if value))
        if UNKNOWN in signs:
            signs = " \t\n"
        if not signs or not text:
            return (text,) if text else ()
        return tuple(re.split(f"[{re.escape(signs)}]+", text))


def _joined(way: tuple[str, ...], part: tuple[str, ...]) -> tuple[str, ...]:
    if not part:
        return way
    return (*way[:-1], way[-1] + part[0], *part[1:])[:_MOST_FIELDS]


GLOBS = (STAR, MARK, OPEN)
