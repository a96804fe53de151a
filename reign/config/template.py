"""A node tree read once by its kind: plain values, and leaves that are evaluated for each instance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias, cast

from reign.config import cut
from reign.expression import ExpressionError, parse, references, show
from reign.expression.syntax import Node as Tree
from reign.expression.syntax import Reference, Text, children
from reign.model.schema import Kind
from reign.model.values import Deferred, Path, Sensitive, Unknown, format_path
from reign.yaml.nodes import Mapping, Node, Scalar, Sequence
from reign.yaml.offsets import place_of
from reign.yaml.report import Report
from reign.yaml.scalars import core, is_null, scalar

Template: TypeAlias = Any
"""JSON values with `Leaf` and `Command` in it."""

BROKEN = Unknown(("?",))
"""The value of what a finding was reported for: whatever is made of it is broken too, and needs no finding of its own."""


def is_broken(value: object) -> bool:
    """True for `BROKEN` and for what was made of it."""
    return isinstance(value, Unknown) and BROKEN.waits_for[0] in value.waits_for


MOST_WRONG = 20
"""Wrong references that are told of one scalar; each costs a pass over it."""

MOST_PARTS = 1_000_000
MOST_CHARACTERS = 64 << 20
"""Items of the lists and maps, and characters of the texts, that the expressions of a project make."""

ANY = Kind()
_WORD = Kind("string")
_LOOKED_UP = frozenset(("duration", "source", "text_source"))
"""Kinds whose written text is not yet the value."""


def is_looked_up(kind: Kind) -> bool:
    """Whether what is written in a field of `kind`, or under it, is not yet the value."""
    below = [field.kind for field in (kind.fields or {}).values()]
    return kind.name in _LOOKED_UP or any(map(is_looked_up, [kind.item, *below] if kind.item else below))


@dataclass(slots=True)
class Leaf:
    """A text with expressions in it, or one that has to be looked up, such as the path of a source.

    `is_fixed`: it reads nothing that differs between instances or is known later.
    """

    node: Scalar
    path: Path
    kind: Kind
    text: str
    is_fixed: bool = False


@dataclass(slots=True)
class Command:
    """A shell string: `shell` with a placeholder for every expression, and by placeholder (expression, where it stands)."""

    node: Scalar
    path: Path
    shell: str
    texts: dict[str, tuple[str, int]]
    is_fixed: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """The names that expressions may refer to."""

    variables: Collection[str] = ()
    locals: Collection[str] = ()
    resources: Collection[str] = ()
    data: Collection[str] = ()
    secrets: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Where:
    """Whose values are read: the roots that may be used there, and for findings the address and the type.

    `own` is the block's own name, which it may not refer to. `itself` are the names that `self` has, where they are
    known. What comes from outside of the project is not `evaluated`.
    """

    roots: frozenset[str]
    address: str = ""
    type: str = ""
    own: str = ""
    itself: Collection[str] | None = None
    evaluated: bool = True


_FIXED = frozenset(("var", "local", "env", "project", "secret"))
"""Roots that are the same wherever they are read."""
_KEPT_TEXT = 4096


def referred(text: str) -> tuple[Reference, ...]:
    """What the expressions in `text` read. Raises ExpressionError."""
    return _kept(text) if len(text) <= _KEPT_TEXT else references(parse(text))


_kept = lru_cache(maxsize=32768)(lambda text: references(parse(text)))


@dataclass(slots=True)
class Made:
    """How much expressions have made so far: a few lines could fill the memory otherwise."""

    most_parts: int = MOST_PARTS
    most_characters: int = MOST_CHARACTERS
    parts: int = 0
    characters: int = 0
    is_too_much: bool = False

    def add(self, value: Any) -> bool:
        """Count a value and what stands in it. False where something in it is broken, and from when it is too much."""
        is_whole = True
        if value.__class__ is str:
            self.characters += len(value)
        elif value.__class__ in _NESTED:
            is_whole = self._walk(value)
        self.is_too_much = self.parts > self.most_parts or self.characters > self.most_characters
        return is_whole and not self.is_too_much

    def _walk(self, value: Any) -> bool:
        waiting = [value]
        while waiting and self.parts <= self.most_parts:
            part = waiting.pop()
            if isinstance(part, str):
                self.characters += len(part)
            elif isinstance(part, dict | list):
                self.parts += len(part)
                waiting += part.values() if isinstance(part, dict) else part
            elif isinstance(part, Sensitive):
                waiting.append(part.value)
            elif isinstance(part, Deferred):
                self.characters += len(part.text)
            elif is_broken(part):
                return False
        return True


_NESTED: frozenset[type] = frozenset((list, dict, Sensitive, Deferred))


@dataclass(slots=True)
class Reader:
    """Reads nodes into templates. Everything that can be said without evaluating is reported here, once for a block."""

    report: Report
    known: Known
    made: Made = field(default_factory=Made)
    fixed: dict[tuple[str, str], Any] = field(default_factory=dict)
    failures: Counter[int] = field(default_factory=Counter)
    leaves: int = 0
    uses: list[Reference] = field(default_factory=list)
    _right: set[tuple[str, frozenset[str]]] = field(default_factory=set)

    def read(self, node: Node, kind: Kind, where: Where, path: Path = ()) -> Template:
        """The template of `node`, read as `kind`."""
        if kind.also:
            kind = kind.written_as(
                "scalar" if isinstance(node, Scalar) else "map" if isinstance(node, Mapping) else "list"
            )
        if isinstance(node, Scalar):
            return self._scalar(node, kind, where, path)
        if isinstance(node, Mapping):
            return self._mapping(node, kind, where, path)
        return self._sequence(cast("Sequence", node), kind, where, path)

    def _mapping(self, node: Mapping, kind: Kind, where: Where, path: Path) -> Template:
        if kind.fields is None:
            item = kind.item if kind.name == "map" and kind.item else ANY
            return {key: self.read(value, item, where, (*path, key)) for key, (_, value) in node.pairs.items()}
        read = {}
        for key, (at, value) in node.pairs.items():
            known = kind.fields.get(key)
            if known is not None and known.computed:
                self._computed(at, where, path)
            elif known is None and key in kind.refused:
                read[key] = self.read(value, ANY, where, (*path, key))
            elif known is None:
                self.unknown_key(at, [name for name, f in kind.fields.items() if not f.computed], where, path)
            else:
                read[key] = self.read(value, known.kind, where, (*path, key))
        return read

    def _sequence(self, node: Sequence, kind: Kind, where: Where, path: Path) -> Template:
        if kind.name == "command":
            chain = any(isinstance(item, Sequence) for item in node.items)
            item = kind if chain else _WORD
        else:
            item = kind.item if kind.name == "list" and kind.item else ANY
        return [self.read(value, item, where, (*path, index)) for index, value in enumerate(node.items)]

    def _scalar(self, node: Scalar, kind: Kind, where: Where, path: Path) -> Template:
        if "${" in node.text and kind.name != "template" and where.evaluated:
            return self._expression(node, kind, where, path)
        if kind.name in _LOOKED_UP and not is_null(node):
            self.leaves += 1
            return Leaf(node, path, kind, node.text)
        return core(node) if kind.name == "any" else scalar(node, kind.name)

    def _expression(self, node: Scalar, kind: Kind, where: Where, path: Path) -> Template:
        text = self.parsed(node, where, path, shell=kind.name == "command")
        if text is None:
            return BROKEN
        if all(isinstance(part, str) for part in text.parts) and kind.name not in _LOOKED_UP:
            return "".join(str(part) for part in text.parts)
        self.leaves += 1
        is_fixed = (node.text, where.roots) in self._right
        if kind.name == "command":
            return _command(node, path, text, is_fixed)
        return Leaf(node, path, kind, node.text, is_fixed)

    def parsed(self, node: Scalar, where: Where, path: Path, shell: bool = False) -> Text | None:
        """The parsed text of a scalar whose references are all in order; None when it is not."""
        if self.report.is_full:
            return None
        try:
            text = parse(node.text)
        except ExpressionError as error:
            if cut.is_cut(node):
                cut.report_cut(node, self.report, where.address)
            else:
                self.refuse(node, error, where.address, path, shell)
            return None
        refs = referred(node.text)
        self.uses += refs
        if (node.text, where.roots) in self._right:
            return text
        wrong = 0
        for ref in refs:
            wrong += not self._refers(node, ref, where, path, shell)
            if wrong >= MOST_WRONG:
                break
        if not wrong and all(ref.root in _FIXED for ref in refs):
            self._right.add((node.text, where.roots))
        return None if wrong else text

    def refuse(self, node: Scalar, error: ExpressionError, address: str, path: Path, shell: bool = False) -> None:
        """Report what is wrong with an expression, at the character inside the scalar."""
        self.report.at(
            node,
            "expression",
            "Wrong expression",
            _sentence(error.message),
            place=place_of(node, error.offset, error.width),
            nearest=error.hint,
            fix=error.fix or (_SHELL_FIX if shell else ""),
            address=address,
            path=format_path(path),
        )

    def unknown_key(self, key: Scalar, valid: Collection[str], where: Where, path: Path = ()) -> None:
        """Report a key that is none of `valid`."""
        nearest = self.report.nearest(key.text, valid)
        owner = f"{where.type} has no" if where.type else "There is no"
        inside = f" under {format_path(path)}" if path else "" if where.type else " here"
        every = f"All keys: reign schema {where.type}" if where.type else f"The keys here: {', '.join(sorted(valid))}."
        self.report.at(
            key,
            "unknown-key",
            "Unknown key",
            f'{owner} key "{key.text[:80]}"{inside}, so what it holds would have no effect.',
            nearest=nearest,
            fix=f'Rename it to "{nearest}". {every}' if nearest else f"Remove it. {every}",
            address=where.address,
            path=format_path((*path, key.text)),
        )

    def _computed(self, key: Scalar, where: Where, path: Path) -> None:
        self.report.at(
            key,
            "computed-key",
            "A key that is computed",
            f'"{key.text}" is filled in by Reign from the others, and is not written.',
            fix="Remove it.",
            address=where.address,
            path=format_path((*path, key.text)),
        )

    def _refers(self, node: Scalar, ref: Reference, where: Where, path: Path, shell: bool) -> bool:
        wrong = self._wrong(ref, where)
        if wrong is None:
            return True
        code, summary, detail, nearest, fix = wrong
        self.report.at(
            node,
            code,
            summary,
            detail,
            place=place_of(node, ref.offset, ref.width),
            nearest=nearest,
            fix=_SHELL_FIX if shell and code == "unknown-name" else fix,
            address=where.address,
            path=format_path(path),
        )
        return False

    def _wrong(self, ref: Reference, where: Where) -> Told | None:
        """What is wrong with a reference that leads nowhere."""
        root, name = ref.root, ref.path[0] if ref.path else None
        if root not in where.roots:
            return self._unknown_root(ref, where)
        known = self.known
        match root:
            case "var":
                return self._named(name, known.variables, "variable", "var", "`variables`")
            case "local":
                return self._named(name, known.locals, "local", "local", "`locals`")
            case "secret":
                return self._named(name, known.secrets, "secret", "secret", "`secrets`")
            case "resources" | "data":
                return self._declared(root, name, where)
            case "self" if where.itself is not None and name is not None and name not in where.itself:
                nearest = self.report.nearest(str(name), where.itself)
                detail = f'{where.type or "What this belongs to"} has no "{name}", so `self` has none.'
                return "unknown-name", "Unknown name", detail, f"self.{nearest}" if nearest else "", ""
            case "run" if ref.path != ("id",):
                return "unknown-name", "Unknown name", "`run` has an `id`, and nothing else.", "run.id", ""
        return None

    def _named(self, name: str | int | None, names: Collection[str], what: str, root: str, section: str) -> Told | None:
        if name is None or name in names:
            return None
        nearest = self.report.nearest(str(name), names)
        return (
            f"unknown-{what.partition(' ')[0]}",
            f"Unknown {what}",
            f'There is no {what} "{str(name)[:80]}" in this project.',
            f"{root}.{nearest}" if nearest else "",
            "" if nearest else f"Declare it under {section}.",
        )

    def _declared(self, root: str, name: str | int | None, where: Where) -> Told | None:
        """The same for `resources.NAME` and `data.NAME`."""
        if name is None:
            detail = f"`{root}` stands for all of them here, so that what comes first cannot be told."
            return "expression", "Wrong expression", detail, "", f'Name one: {root}.NAME, or {root}.NAME["key"].'
        if name == where.own:
            detail = f'"{name}" refers to itself: what it is made of would have to be there before it.'
            fix = "Write `self` for it here." if "self" in where.roots else "Put what both need into a local."
            return "self-reference", "A resource that refers to itself", detail, "", fix
        known = self.known
        if root == "resources":
            told = self._named(name, known.resources, "resource", root, "`resources`")
            other = "data" if name in known.data else ""
        else:
            told = self._named(name, known.data, "data source", root, "`data`")
            other = "resources" if name in known.resources else ""
        return (*told[:3], f"{other}.{name}", "") if told and other else told

    def _unknown_root(self, ref: Reference, where: Where) -> Told:
        root = ref.root
        if root in ("each", "count"):
            key = "for_each" if root == "each" else "count"
            detail = f"`{root}` has a value only in the spec and the settings of a resource with `{key}`."
            return "unknown-name", "Unknown name", detail, "", f"Give the resource `{key}`, or leave `{root}` out."
        if root in _PLACES:
            detail, fix = _PLACES[root]
            return "unknown-name", "Unknown name", detail, "", fix
        if root == "secret" and where.roots:
            return "sensitive-shown", "A sensitive value would be shown", SHOWN, "", SHOWN_FIX
        if root in ("resources", "data"):
            detail = "What stands here has to be known before any resource is looked at, so it cannot refer to one."
            return "not-known-in-time", "Not known in time", detail, "", "Use variables and locals."
        known = self.known
        names = {
            "var": known.variables,
            "local": known.locals,
            "resources": known.resources,
            "data": known.data,
            "secret": known.secrets,
        }
        declared = (f"{front}.{root}" for front in sorted(where.roots & names.keys()) if root in names[front])
        nearest = next(declared, "") or self.report.nearest(root, sorted(where.roots))
        roots = ", ".join(sorted(where.roots)) or "none"
        detail = f'"{root}" is no name that can be used here. Those that can: {roots}.'
        if not where.roots:
            detail = "What stands here is read before anything that could be referred to."
        return "unknown-name", "Unknown name", detail, nearest, ""


Told: TypeAlias = tuple[str, str, str, str, str]
"""(code, summary, detail, nearest name, fix) of what is wrong with a reference."""

SHOWN = (
    "What stands here is shown in plans and kept in the state and in history, and it is made of something sensitive."
)
SHOWN_FIX = (
    "Use something that is not sensitive here. Sensitive values may stand in a spec, in connections and in locals."
)

_PLACES = {
    "self": (
        "`self` has a value only in health, as the resource itself, and in checks, as the project's outputs.",
        "Name the resource: resources.NAME.",
    ),
    "run": (
        "`run` is another one each time, so this would change with every run. Outputs, health and checks may use it.",
        "Leave it out.",
    ),
}
_SHELL_FIX = "Where the shell's own braces are meant, write $${...}."


def _command(node: Scalar, path: Path, text: Text, is_fixed: bool) -> Command:
    literal = "".join(part for part in text.parts if isinstance(part, str))
    shell, number = "", 0
    texts: dict[str, tuple[str, int]] = {}
    for part in text.parts:
        if isinstance(part, str):
            shell += part
            continue
        number += 1
        while f"REIGN_{number}" in literal:
            number += 1
        shell += f"${{REIGN_{number}}}"
        texts[f"REIGN_{number}"] = f"${{{_spaced(show(part))}}}", _start(part)
    return Command(node, path, shell, texts, is_fixed)


def _start(tree: Tree) -> int:
    """The first character of an expression: a node's own offset may be that of an operator inside it."""
    first, waiting = tree.offset, [tree]
    while waiting:
        node = waiting.pop()
        first = min(first, node.offset)
        waiting += children(node)
    return first


def _spaced(source: str) -> str:
    """A map right after `${` would be read as `${{`, which is never ours."""
    return f" {source}" if source.startswith("{") else source


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) else f"{text}."
