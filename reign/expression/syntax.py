"""The tree of an expression. Nodes compare by what they mean; `offset` and `width` say where they were written.

`offset` counts characters of the text that was parsed, and is that of the part an error would point at: the name of
an attribute, the brackets of an index, the sign of an operator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from reign.expression.errors import ExpressionError

MAX_DEPTH = 100
"""Levels of a tree. Evaluating and printing recurse, so a deeper one would exhaust the interpreter's stack."""
MAX_NODES = 10_000
"""Nodes of one text's expressions: more takes too long to walk, whoever wrote it."""

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


@dataclass(slots=True, eq=False, repr=False)
class Text(_Written):
    """Literal text with expressions in it. No two texts stand side by side, and none is empty."""

    parts: tuple[str | Node, ...]
    references: tuple[Reference, ...] | None = field(default=None, init=False)
    """What it reads, once that was asked for."""
    names: tuple[str, ...] | None = field(default=None, init=False)
    """`a.b.c`, when it is one path of names and nothing else; empty when it is more. None before that was asked for."""

    @property
    def whole(self) -> Node | None:
        """The expression, when there is nothing else: it keeps the type of its value."""
        return self.parts[0] if len(self.parts) == 1 and not isinstance(self.parts[0], str) else None


@dataclass(slots=True, eq=False, repr=False)
class Reference(_Written):
    """What an expression reads. `path` is as much of it as is written out: `resources.web["eu"].id` has three parts."""

    root: str
    path: tuple[str | int, ...]
    offset: int = 0
    width: int = 1


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, in no order that means anything."""
    return _CHILDREN[node.__class__](node)


def _if_any(node: Node | None) -> tuple[Node, ...]:
    return () if node is None else (node,)


_CHILDREN: dict[type, Callable[[Any], tuple[Node, ...]]] = {
    Literal: lambda _: (),
    Name: lambda _: (),
    Item: lambda _: (),
    Attribute: lambda node: (node.base,),
    Index: lambda node: (node.base, node.key),
    Splat: lambda node: (node.source, node.item),
    ListOf: lambda node: node.items,
    MapOf: lambda node: tuple(part for entry in node.entries for part in entry),
    ListFor: lambda node: (node.item, node.source, *_if_any(node.condition)),
    MapFor: lambda node: (node.key, node.value, node.source, *_if_any(node.condition)),
    Unary: lambda node: (node.operand,),
    Binary: lambda node: (node.left, node.right),
    Conditional: lambda node: (node.then, node.test, node.other),
    Filter: lambda node: (node.operand, *node.arguments),
    Call: lambda node: node.arguments,
}


def too_large(limit: str = "") -> ExpressionError:
    """What to raise where an expression is too large to be walked."""
    return ExpressionError(f"the expression has more than {limit or f'{MAX_NODES} parts'}", fix="Split it over locals.")


def measured(*nodes: Node) -> None:
    """Raises ExpressionError when `nodes` are too large, together, to be walked recursively."""
    level, depth, total = [node for node in nodes if not 0 < len(names_of(node)) < MAX_DEPTH], 0, len(nodes)
    while level:
        depth += 1
        below: list[Node] = []
        for parent in level:
            inner = children(parent)
            total += len(inner)
            if depth > MAX_DEPTH or total > MAX_NODES:
                raise too_large(f"{MAX_DEPTH} levels" if depth > MAX_DEPTH else "").at(parent.offset, parent.width)
            below += inner
        level = below


def names_of(node: Node | None) -> tuple[str, ...]:
    """The names of `a.b.c`, as most expressions are; nothing when `node` is any more than that."""
    names: list[str] = []
    while node.__class__ is Attribute:
        names.append(node.name)
        node = node.base
    return (node.name, *reversed(names)) if node.__class__ is Name else ()


def path_of(text: Text) -> tuple[str, ...]:
    """The same of a text that is one whole expression."""
    if text.names is None:
        text.names = names_of(text.whole)
    return text.names


def references(tree: Text | Node) -> tuple[Reference, ...]:
    """Everything that `tree` reads, in the order it is written. Names that a comprehension binds are none."""
    if not isinstance(tree, Text):
        return tuple(sorted(_references(tree), key=lambda reference: reference.offset))
    if tree.references is None:
        found: list[Reference] = []
        for part in tree.parts:
            if not isinstance(part, str):
                found += references(part)
        tree.references = tuple(found)
    return tree.references


def _references(node: Node) -> list[Reference]:
    found: list[Reference] = []
    stack: list[tuple[Node, frozenset[str]]] = [(node, _UNBOUND)]
    while stack:
        node, bound = stack.pop()
        kind = node.__class__
        if kind is Literal:
            continue
        if kind in _STEPS:
            root, path, end, rest = _chain(node)
            if root is not None:
                if root.name not in bound:
                    found.append(Reference(root.name, path, root.offset, end - root.offset))
                stack += [(key, bound) for key in rest]
                continue
        if isinstance(node, ListFor | MapFor):
            inner = bound | frozenset(node.names)
            stack.append((node.source, bound))
            stack += [(child, inner) for child in children(node) if child is not node.source]
        else:
            stack += [(child, bound) for child in children(node)]
    return found


_UNBOUND: frozenset[str] = frozenset()
_STEPS: frozenset[type] = frozenset({Name, Attribute, Index})


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
