"""The tree of an expression. Nodes compare by what they mean; `offset` and `width` say where they were written.

`offset` counts characters of the text that was parsed, and is that of the part an error would point at: the name of
an attribute, the brackets of an index, the sign of an operator.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from reign.expression.errors import ExpressionError

MAX_DEPTH = 100
"""Levels of a tree. Evaluating and printing recurse, so a deeper one would exhaust the interpreter's stack."""
MAX_NODES = 20_000
"""Nodes of one expression: more takes too long to walk, whoever wrote it."""

ROOTS = ("var", "local", "each", "count", "data", "resources", "secret", "env", "project", "self", "run")
"""The first words of references. A comprehension may not bind them, since what stays deferred is spliced by name."""


class _Written:
    """What all nodes share. They are never changed once made: parsed trees are kept and shared.

    They are not frozen dataclasses, since those take four times as long to make, and as long again to import.
    """

    __slots__ = ()
    __match_args__: tuple[str, ...] = ()

    def _meaning(self) -> tuple[object, ...]:
        values = [getattr(self, name) for name in self.__match_args__ if name not in ("offset", "width")]
        # 1, 1.0 and true are equal to Python, and not the same literal.
        return (type(self), *((type(value), value) for value in values))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Written) and self._meaning() == other._meaning()

    def __hash__(self) -> int:
        return hash(self._meaning())

    def __repr__(self) -> str:
        values = ", ".join(repr(getattr(self, name)) for name in self.__match_args__ if name not in ("offset", "width"))
        return f"{type(self).__name__}({values})"


@dataclass(slots=True, eq=False, repr=False)
class Literal(_Written):
    """null, true, a number or a text."""

    value: None | bool | int | float | str
    offset: int = 0
    width: int = 1


@dataclass(slots=True, eq=False, repr=False)
class Name(_Written):
    """A root, or a name that a comprehension binds."""

    name: str
    offset: int = 0
    width: int = 1


@dataclass(slots=True, eq=False, repr=False)
class Item(_Written):
    """What stands left of the path after `[*]`: each item in turn."""

    offset: int = 0
    width: int = 1


@dataclass(slots=True, eq=False, repr=False)
class Attribute(_Written):
    """`base.name`."""

    base: Node
    name: str
    offset: int = 0
    width: int = 1


@dataclass(slots=True, eq=False, repr=False)
class Index(_Written):
    """`base[key]`."""

    base: Node
    key: Node
    offset: int = 0
    width: int = 1


@dataclass(slots=True, eq=False, repr=False)
class Splat(_Written):
    """`source[*].path`: `item` is the path, applied to an `Item`."""

    source: Node
    item: Node
    offset: int = 0
    width: int = 1


@dataclass(slots=True, eq=False, repr=False)
class ListOf(_Written):
    """`[a, b]`."""

    items: tuple[Node, ...]
    offset: int = 0
    width: int = 1


@dataclass(slots=True, eq=False, repr=False)
class MapOf(_Written):
    """`{k: v}`, in order. A key that was written as a name is a `Literal`."""

    entries: tuple[tuple[Node, Node], ...]
    offset: int = 0
    width: int = 1


@dataclass(slots=True, eq=False, repr=False)
class ListFor(_Written):
    """`[item for names in source if condition]`."""

    item: Node
    names: tuple[str, ...]
    source: Node
    condition: Node | None = None
    offset: int = 0
    width: int = 1


@dataclass(slots=True, eq=False, repr=False)
class MapFor(_Written):
    """`{key: value for names in source if condition}`."""

    key: Node
    value: Node
    names: tuple[str, ...]
    source: Node
    condition: Node | None = None
    offset: int = 0
    width: int = 1


@dataclass(slots=True, eq=False, repr=False)
class Unary(_Written):
    """`not x`, `-x`."""

    operator: str
    operand: Node
    offset: int = 0
    width: int = 1


@dataclass(slots=True, eq=False, repr=False)
class Binary(_Written):
    """`left operator right`."""

    operator: str
    left: Node
    right: Node
    offset: int = 0
    width: int = 1


@dataclass(slots=True, eq=False, repr=False)
class Conditional(_Written):
    """`then if test else other`."""

    then: Node
    test: Node
    other: Node
    offset: int = 0
    width: int = 1


@dataclass(slots=True, eq=False, repr=False)
class Filter(_Written):
    """`operand | name(arguments)`."""

    operand: Node
    name: str
    arguments: tuple[Node, ...] = ()
    offset: int = 0
    width: int = 1


@dataclass(slots=True, eq=False, repr=False)
class Call(_Written):
    """`name(arguments)`."""

    name: str
    arguments: tuple[Node, ...] = ()
    offset: int = 0
    width: int = 1


Node: TypeAlias = (
    Literal
    | Name
    | Item
    | Attribute
    | Index
    | Splat
    | ListOf
    | MapOf
    | ListFor
    | MapFor
    | Unary
    | Binary
    | Conditional
    | Filter
    | Call
)


@dataclass(frozen=True, slots=True)
class Text:
    """Literal text with expressions in it. No two texts stand side by side, and none is empty."""

    parts: tuple[str | Node, ...]

    @property
    def whole(self) -> Node | None:
        """The expression, when there is nothing else: it keeps the type of its value."""
        return self.parts[0] if len(self.parts) == 1 and not isinstance(self.parts[0], str) else None


@dataclass(frozen=True, slots=True)
class Reference:
    """What an expression reads. `path` is as much of it as is written out: `resources.web["eu"].id` has three parts."""

    root: str
    path: tuple[str | int, ...]
    offset: int = field(default=0, compare=False)
    width: int = field(default=1, compare=False)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, in no order that means anything."""
    match node:
        case Literal() | Name() | Item():
            return ()
        case Attribute():
            return (node.base,)
        case Index():
            return (node.base, node.key)
        case Splat():
            return (node.source, node.item)
        case ListOf():
            return node.items
        case MapOf():
            return tuple(part for entry in node.entries for part in entry)
        case ListFor():
            return (node.item, node.source, *_if_any(node.condition))
        case MapFor():
            return (node.key, node.value, node.source, *_if_any(node.condition))
        case Unary():
            return (node.operand,)
        case Binary():
            return (node.left, node.right)
        case Conditional():
            return (node.then, node.test, node.other)
        case Filter():
            return (node.operand, *node.arguments)
        case Call():
            return node.arguments


def _if_any(node: Node | None) -> tuple[Node, ...]:
    return () if node is None else (node,)


def measured(node: Node) -> Node:
    """`node`, when it is small enough to be walked recursively. Raises ExpressionError."""
    level, depth, total = [node], 0, 0
    while level:
        depth += 1
        total += len(level)
        if depth > MAX_DEPTH or total > MAX_NODES:
            limit = f"{MAX_DEPTH} levels" if depth > MAX_DEPTH else f"{MAX_NODES} parts"
            raise ExpressionError(
                f"the expression has more than {limit}", level[0].offset, level[0].width, fix="Split it over locals."
            )
        level = [child for parent in level for child in children(parent)]
    return node


def references(tree: Text | Node) -> tuple[Reference, ...]:
    """Everything that `tree` reads, in the order it is written. Names that a comprehension binds are none."""
    parts = tree.parts if isinstance(tree, Text) else (tree,)
    found = [reference for part in parts if not isinstance(part, str) for reference in _references(part)]
    return tuple(sorted(found, key=lambda reference: reference.offset))


def _references(node: Node) -> Iterator[Reference]:
    stack: list[tuple[Node, frozenset[str]]] = [(node, frozenset())]
    while stack:
        node, bound = stack.pop()
        root, path, end, rest = _chain(node)
        if root is not None:
            if root.name not in bound:
                yield Reference(root.name, path, root.offset, end - root.offset)
            stack += [(key, bound) for key in rest]
        elif isinstance(node, ListFor | MapFor):
            inner = bound | frozenset(node.names)
            stack.append((node.source, bound))
            stack += [(child, inner) for child in children(node) if child is not node.source]
        else:
            stack += [(child, bound) for child in children(node)]


def _chain(node: Node) -> tuple[Name | None, tuple[str | int, ...], int, list[Node]]:
    """(root, static path, where it ends, keys that are expressions) of `a.b["c"][d]`; root is None for anything else."""
    links: list[Attribute | Index] = []
    while isinstance(node, Attribute | Index):
        links.append(node)
        node = node.base
    if not isinstance(node, Name):
        return None, (), 0, []
    path: list[str | int] = []
    end, static, rest = node.offset + node.width, True, []
    for link in reversed(links):
        part = link.name if isinstance(link, Attribute) else _static(link.key)
        if part is None and isinstance(link, Index):
            rest.append(link.key)
        static = static and part is not None
        if static and part is not None:
            path.append(part)
            end = link.offset + link.width
    return node, tuple(path), end, rest


def _static(key: Node) -> str | int | None:
    if isinstance(key, Literal) and isinstance(key.value, str | int) and not isinstance(key.value, bool):
        return key.value
    return None
