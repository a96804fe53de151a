"""Splats and comprehensions: something made of each item of a list or a map."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reign.expression.carry import HELD, Mark, Open, carry, clear, marked, surveyed, veiled
from reign.expression.errors import ExpressionError
from reign.expression.filters import is_list, kind_of
from reign.expression.run import Run, misplaced, truth
from reign.expression.secrecy import awaited
from reign.expression.step import evaluate
from reign.expression.syntax import Filter, Index, Item, ListFor, Literal, MapFor, Name, Node, Splat
from reign.model.values import Unknown

_ITEM = "*"
_BEGUN = 5
"""Steps that a loop costs beside its turns."""
_MARKED = 6
"""Steps that it costs to mark an item."""


def item(_: Item, run: Run) -> Any:
    """What stands left of a splat's path."""
    return run.bound[_ITEM]


def splat(node: Splat, run: Run) -> Any:
    """`source[*].path`: where the path leads from each item. null has no items."""
    source = evaluate(node.source, run)
    if source is None:
        return []

    def build(_: tuple[str, ...], source: Node, __: None, item: Node) -> Node:
        return Splat(source, item, node.offset, node.width)

    loop = _Loop(node, source, (_ITEM,), None, (node.item,), build)
    if source.__class__ is Mark and source.value is None:
        return Mark([], loop.written(run))
    return loop.made(run)


def list_for(node: ListFor, run: Run) -> Any:
    """`[item for names in source if condition]`."""

    def build(names: tuple[str, ...], source: Node, condition: Node | None, item: Node) -> Node:
        return ListFor(item, names, source, condition, node.offset)

    return _Loop(node, evaluate(node.source, run), node.names, node.condition, (node.item,), build).made(run)


def map_for(node: MapFor, run: Run) -> Any:
    """`{key: value for names in source if condition}`."""

    def build(names: tuple[str, ...], source: Node, condition: Node | None, key: Node, value: Node) -> Node:
        return MapFor(key, value, names, source, condition, node.offset)

    parts = (node.key, node.value)
    return _Loop(node, evaluate(node.source, run), node.names, node.condition, parts, build).made(run)


@dataclass(slots=True)
class _Loop:
    """One loop that is evaluated: `parts` are the item of a list, or the key and the value of a map.

    `build` makes its node again, of names, source, condition and parts.
    """

    node: Node
    source: Any
    names: tuple[str, ...]
    condition: Node | None
    parts: tuple[Node, ...]
    build: Callable[..., Node]

    def made(self, run: Run) -> Any:
        """The list or the map, or what is held back instead of it."""
        node, source = self.node, self.source
        if source.__class__ is Unknown:
            return awaited(source, run, node)
        if source.__class__ is Open:
            return self.left(run)
        run.pay(_BEGUN, node)
        made, add = self._gathering(run)
        decided = loop(rows(source, len(self.names), node, run), self.names, self.condition, add, run)
        if decided.__class__ is Unknown:
            return awaited(marked(decided, None) if source.__class__ is Mark else decided, run, node)
        if decided.__class__ is Open:
            return self.left(run)
        if decided is None and source.__class__ is not Mark:
            return made
        # None of it may be shown, not even how many there are.
        found = surveyed(node, run, made)
        if found.unknown:
            return marked(found.waiting, None)
        return self.left(run) if found.opened else Mark(clear(made), self.written(run))

    def _gathering(self, run: Run) -> tuple[Any, Callable[[], Any]]:
        """A list or a map, and what adds one more to it. That returns what is held back in a key."""
        if len(self.parts) == 1:
            (part,) = self.parts
            items: list[Any] = []
            return items, lambda: items.append(evaluate(part, run))
        entries: dict[str, Any] = {}
        at, of = self.parts

        def add() -> Any:
            key = evaluate(at, run)
            if key.__class__ is Mark:
                veiled(put, entries, key.value, evaluate(of, run), at)
                return key
            return key if key.__class__ in HELD else put(entries, key, evaluate(of, run), at)

        return entries, add

    def left(self, run: Run) -> Any:
        """The loop as it is left, since its source or its condition is; all but its own names is filled in.

        Names are made distinct from those around, so that nothing that is spliced in is caught by the wrong one.
        """
        fresh = {name: _fresh(name, run.symbolic) for name in self.names if name != _ITEM}
        outer, symbolic = run.bound, run.symbolic
        run.bound = {**outer, _ITEM: Open(Item()), **{name: Open(Name(new)) for name, new in fresh.items()}}
        run.symbolic = symbolic | {_ITEM, *fresh.values()}
        try:
            parts = [evaluate(part, run) for part in self.parts]
            met = [] if self.condition is None else [evaluate(self.condition, run)]
        finally:
            run.bound, run.symbolic = outer, symbolic

        def built(source: Node, *nodes: Node) -> Node:
            condition = nodes[-1] if met else None
            return self.build(tuple(fresh.values()), source, condition, *nodes[: len(parts)])

        return carry(self.node, run, (self.source, *parts, *met), built)

    def written(self, run: Run) -> Node | None:
        """The node of a loop over something marked, if there is one."""
        try:
            left = self.left(run)
        except ExpressionError:
            return None
        return left.node if left.__class__ is Open else None


def put(made: dict[str, Any], key: Any, value: Any, place: Node) -> None:
    """Add to a map that is being made. Raises ExpressionError, placed, when that cannot be its key."""
    if not isinstance(key, str):
        raise misplaced(f"a key is a text, and this is {kind_of(key)}", place, "Add `| string`.")
    if key in made:
        message = f"the key {json.dumps(key[:80], ensure_ascii=False)} stands there twice"
        raise ExpressionError(message, place.offset, place.width, veiled="a key stands there twice")
    made[key] = value


def rows(source: Any, names: int, node: Node, run: Run) -> Iterable[tuple[Any, ...]]:
    """What the names of a comprehension stand for, in turn: the value, or key (or index) and value.

    Raises ExpressionError, placed at `node`, when `source` has no items.
    """
    if source.__class__ is Mark:
        return _marked_rows(source, names, node, run)
    run.charge(source, node)
    if isinstance(source, Mapping):
        return source.items() if names == 2 else ((value,) for value in source.values())
    if is_list(source):
        return enumerate(source) if names == 2 else ((item,) for item in source)
    fix = "Add `| default([])` to it." if source is None else ""
    raise misplaced(f"{kind_of(source)} has no items", node, fix)


def _marked_rows(source: Mark, names: int, node: Node, run: Run) -> Iterable[tuple[Any, ...]]:
    """The same, each marked. Their nodes count the items, since a key must not be written out."""
    keys = values = source.node
    if isinstance(source.value, Mapping) and source.node is not None:
        keys, values = Filter(source.node, "keys"), Filter(source.node, "values")

    def step(base: Node | None, at: int) -> Node | None:
        return None if base is None else Index(base, Literal(at))

    for at, row in enumerate(rows(source.value, names, node, run)):
        run.pay(_MARKED, node)
        value = marked(row[-1], step(values, at))
        if names == 1:
            yield (value,)
        else:
            yield (marked(row[0], step(keys, at)) if isinstance(row[0], str) else row[0], value)


def loop(
    turns: Iterable[tuple[Any, ...]], names: tuple[str, ...], condition: Node | None, add: Callable[[], Any], run: Run
) -> Any:
    """Call `add` for each turn that meets the condition. Returns what is held back and decides about that, or None.

    With an unknown or what is left the loop ends; a mark is returned after all turns.
    """
    outer, secret = run.bound, None
    run.bound = inner = dict(outer)
    try:
        for turn in turns:
            inner.update(zip(names, turn, strict=True))
            if condition is not None:
                met = evaluate(condition, run)
                if met.__class__ is Mark:
                    secret, met = met, met.value
                elif met.__class__ in HELD:
                    return marked(met, None) if secret and met.__class__ is Unknown else met
                if not truth(met, condition):
                    continue
            held = add()
            if held.__class__ is Mark:
                secret = held
            elif held is not None:
                return marked(held, None) if secret and held.__class__ is Unknown else held
    finally:
        run.bound = outer
    return secret


def _fresh(name: str, taken: frozenset[str]) -> str:
    number = 2
    fresh = name
    while fresh in taken:
        fresh, number = f"{name}_{number}", number + 1
    return fresh
