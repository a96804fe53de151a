"""What stands between `${` and `}`, and what it comes to."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from reign.providers.shell.safety.scope import Scope, Value
from reign.providers.shell.safety.text import UNKNOWN, is_known, literal, spoilt

_READ = re.compile(
    r"(?P<sign>[!#](?=[A-Za-z_0-9@*]))?(?P<name>[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])(?:\[(?P<index>[^]]*)\])?"
    r"(?P<op>:?[-=?+]|##?|%%?|//?|:|\^\^?|,,?|@)?(?P<rest>.*)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """`${sign name[index] op rest}`."""

    name: str
    sign: str = ""
    index: str = ""
    op: str = ""
    rest: str = ""

    @property
    def takes_all(self) -> str:
        """`@` or `*` where it stands for every item."""
        return self.name if self.name in ("@", "*") else self.index if self.index in ("@", "*") else ""

    def values(self, scope: Scope, expand: Callable[[str], list[str]]) -> list[Value]:
        """What it may come to. `expand`: the ways in which a word comes out."""
        held = self._items(scope)
        if self.sign == "#":
            return [(UNKNOWN,)]
        if self.sign == "!":
            held = [value for (name, *_) in filter(None, held) for value in _named(scope, name)]
        word = self.op.lstrip(":")
        if word in ("-", "=", "?", "+") and word:
            return self._conditional(word, held, scope, expand)
        if not self.op:
            return held
        made = [tuple(self._changed(item, expand) for item in value) for value in held]
        if self.op == ":" and self.takes_all:
            made = [_items(value, self.rest) for value in held]
        return made

    def _items(self, scope: Scope) -> list[Value]:
        held = scope.values(self.name)
        if not self.index or self.takes_all:
            return held if self.takes_all else [value[:1] for value in held]
        if not self.index.isdigit():
            return [(item,) for value in held for item in value] or [("",)]
        at = int(self.index)
        return [value[at : at + 1] for value in held]

    def _conditional(
        self, word: str, held: list[Value], scope: Scope, expand: Callable[[str], list[str]]
    ) -> list[Value]:
        given = [value for value in held if any(value)]
        is_sure = bool(given) and all(is_known("".join(value)) for value in given) and len(given) == len(held)
        if word == "?":
            return given or [(UNKNOWN,)]
        others: list[Value] = [(text,) for text in expand(self.rest)]
        if word == "+":
            return others if is_sure else [*others, ()] if given else [()]
        if is_sure:
            return given
        if word == "=" and not given:
            scope.assign(self.name, others)
        return [*given, *others]

    def _changed(self, item: str, expand: Callable[[str], list[str]]) -> str:
        if not item:
            return ""
        if self.op in ("^", "^^"):
            return item.upper() if self.op == "^^" else item[:1].upper() + item[1:]
        if self.op in (",", ",,"):
            return item.lower() if self.op == ",," else item[:1].lower() + item[1:]
        if self.op == "@":
            return item
        if not is_known(item):
            return self._of_folder(expand) if self.name in ("PWD", "OLDPWD") else spoilt(item)
        if self.op == ":":
            return _cut(item, self.rest)
        if self.op[0] in "#%":
            return _trimmed(item, self.op, literal(expand(self.rest)[0]))
        pattern, _, new = self.rest.partition("/")
        return _replaced(item, pattern, literal(expand(new)[0]), everywhere=self.op == "//")

    def _of_folder(self, expand: Callable[[str], list[str]]) -> str:
        """A part of the path of a folder that is not known: known alone where it would be of any."""
        ways = {replace(self, name="x")._changed(folder, expand) for folder in _FOLDERS}
        return ways.pop() if len(ways) == 1 else UNKNOWN


_FOLDERS = ("/srv/a/project", "/home/someone/b")


def read_parameter(inner: str) -> Parameter:
    """Read what stands between the braces; what cannot be read is a name that nothing has."""
    found = _READ.fullmatch(inner)
    if found is None:
        return Parameter("?")
    return Parameter(found["name"], found["sign"] or "", found["index"] or "", found["op"] or "", found["rest"])


def _named(scope: Scope, name: str) -> list[Value]:
    return scope.values(name) if is_known(name) and name else [(UNKNOWN,)]


def _cut(item: str, rest: str) -> str:
    """`${x:offset:length}`; all of it where the numbers are not plain."""
    offset, _, size = rest.partition(":")
    if not re.fullmatch(r"\s*-?\d+\s*", offset) or not re.fullmatch(r"\s*(-?\d+\s*)?", size):
        return item
    tail = item[int(offset) :]
    return tail[: int(size)] if size.strip() else tail


def _items(value: Value, rest: str) -> Value:
    """`${@:number}`: items from one on, counted from 1."""
    offset, _, size = rest.partition(":")
    if not offset.strip().isdigit() or (size and not size.strip().isdigit()):
        return value
    tail = value[max(int(offset) - 1, 0) :]
    return tail[: int(size)] if size else tail


def _pattern(glob: str) -> str:
    return fnmatch.translate(glob).removesuffix(r"\Z").removesuffix(r"\z")


def _trimmed(item: str, op: str, glob: str) -> str:
    pattern = re.compile(fnmatch.translate(glob))
    sizes = range(len(item) + 1) if len(op) == 1 else range(len(item), -1, -1)
    for size in sizes:
        part = item[:size] if op[0] == "#" else item[len(item) - size :]
        if pattern.match(part):
            return item[size:] if op[0] == "#" else item[: len(item) - size]
    return item


def _replaced(item: str, glob: str, new: str, *, everywhere: bool) -> str:
    if not glob:
        return item
    return re.sub(_pattern(glob), lambda _: new, item, count=0 if everywhere else 1)
