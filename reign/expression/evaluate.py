"""Trees to values. Pure and bounded: every node that is visited costs a step, and long texts and lists cost more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from reign.expression.carry import HELD, Open, carry, opened, survey
from reign.expression.errors import MissingError
from reign.expression.filters import FILTERS, is_list, kind_of
from reign.expression.operators import DEEP, OPERATORS, negative
from reign.expression.paths import member, no_name
from reign.expression.run import Run, misplaced, placed, too_long, truth
from reign.expression.syntax import (
    Attribute,
    Binary,
    Call,
    Conditional,
    Filter,
    Index,
    Item,
    ListFor,
    ListOf,
    Literal,
    MapFor,
    MapOf,
    Name,
    Node,
    Splat,
    Unary,
)
from reign.model.values import Deferred, Unknown

_ITEM = "*"


def evaluate(node: Node, run: Run) -> Any:
    """The value of `node`: a value of the model, a lazy map or list of the scope, or one that is held back.

    Raises ExpressionError.
    """
    run.steps -= 1
    if run.steps < 0:
        raise too_long(node)
    value = _EVALUATED[node.__class__](node, run)
    return placed(node, opened, value) if value.__class__ is Deferred else value


def _name(node: Name, run: Run) -> Any:
    name = node.name
    if name in run.bound:
        return run.bound[name]
    scope = run.scope
    if name in scope.deferred:
        return Open(node)
    try:
        return scope.roots[name]
    except KeyError:
        raise no_name(node, run) from None


def _attribute(node: Attribute, run: Run) -> Any:
    base = evaluate(node.base, run)
    if base.__class__ is dict and node.name in base:
        return base[node.name]
    if base.__class__ is Unknown:
        return base
    if base.__class__ is Open:
        return Open(Attribute(base.node, node.name, node.offset, node.width))
    return member(base, node.name, node, run)


def _index(node: Index, run: Run) -> Any:
    base, key = evaluate(node.base, run), evaluate(node.key, run)
    if base.__class__ in HELD or key.__class__ in HELD:
        return placed(node, carry, (base, key), lambda base, key: Index(base, key, node.offset, node.width))
    return member(base, key, node, run)


def _list(node: ListOf, run: Run) -> Any:
    return [evaluate(item, run) for item in node.items]


def _map(node: MapOf, run: Run) -> Any:
    made: dict[str, Any] = {}
    entries = [(evaluate(key, run), evaluate(value, run)) for key, value in node.entries]
    if any(key.__class__ in HELD for key, _ in entries):
        flat = [part for entry in entries for part in entry]
        return placed(
            node, carry, flat, lambda *parts: MapOf(tuple(zip(parts[::2], parts[1::2], strict=True)), node.offset)
        )
    for (key, value), (place, _) in zip(entries, node.entries, strict=True):
        _put(made, key, value, place)
    return made


def _put(made: dict[str, Any], key: Any, value: Any, place: Node) -> None:
    if not isinstance(key, str):
        raise misplaced(f"{kind_of(key)} as a key", place, "Keys are texts: add `| string`.")
    if key in made:
        raise misplaced(f"the key `{key}` twice", place)
    made[key] = value


def _splat(node: Splat, run: Run) -> Any:
    source = evaluate(node.source, run)
    if source.__class__ is Unknown or source is None:
        return [] if source is None else source
    if source.__class__ is Open:
        item = _bound(run, {_ITEM: Open(Item())}, lambda: evaluate(node.item, run))
        return placed(node, carry, (source, item), lambda source, item: Splat(source, item, node.offset, node.width))
    made: list[Any] = []
    loop(rows(source, 1, node, run), (_ITEM,), None, lambda: made.append(evaluate(node.item, run)), run)
    return made


def _list_for(node: ListFor, run: Run) -> Any:
    source = evaluate(node.source, run)
    if source.__class__ is Unknown:
        return source
    if source.__class__ is not Open:
        made: list[Any] = []
        held = loop(
            rows(source, len(node.names), node, run),
            node.names,
            node.condition,
            lambda: made.append(evaluate(node.item, run)),
            run,
        )
        if held.__class__ is not Open:
            return made if held is None else held
    return _left(
        node,
        source,
        (node.item,),
        run,
        lambda names, source, condition, item: ListFor(item, names, source, condition, node.offset),
    )


def _map_for(node: MapFor, run: Run) -> Any:
    source = evaluate(node.source, run)
    if source.__class__ is Unknown:
        return source
    if source.__class__ is not Open:
        made: dict[str, Any] = {}

        def add() -> Any:
            key = evaluate(node.key, run)
            if key.__class__ in HELD:
                return key
            return _put(made, key, evaluate(node.value, run), node.key)

        held = loop(rows(source, len(node.names), node, run), node.names, node.condition, add, run)
        if held.__class__ is not Open:
            return made if held is None else held
    return _left(
        node,
        source,
        (node.key, node.value),
        run,
        lambda names, source, condition, key, value: MapFor(key, value, names, source, condition, node.offset),
    )


def rows(source: Any, names: int, node: Node, run: Run) -> Iterable[tuple[Any, ...]]:
    """What the names of a comprehension stand for, in turn: the value, or key (or index) and value.

    Raises ExpressionError, placed at `node`, when `source` has no items.
    """
    run.charge(source, node)
    if isinstance(source, Mapping):
        return source.items() if names == 2 else ((value,) for value in source.values())
    if is_list(source):
        return enumerate(source) if names == 2 else ((item,) for item in source)
    fix = "Add `| default([])` to it." if source is None else ""
    raise misplaced(f"{kind_of(source)} has no items", node, fix)


def loop(
    turns: Iterable[tuple[Any, ...]], names: tuple[str, ...], condition: Node | None, add: Callable[[], Any], run: Run
) -> Any:
    """Call `add` for each turn that meets the condition. Returns what is held back as soon as that decides, else None."""
    outer = run.bound
    run.bound = inner = dict(outer)
    try:
        for turn in turns:
            inner.update(zip(names, turn, strict=True))
            if condition is not None:
                met = evaluate(condition, run)
                if met.__class__ in HELD:
                    return met
                if not truth(met, condition):
                    continue
            held = add()
            if held is not None:
                return held
    finally:
        run.bound = outer
    return None


def _bound(run: Run, names: Mapping[str, Any], evaluated: Callable[[], Any]) -> Any:
    outer = run.bound
    run.bound = {**outer, **names}
    try:
        return evaluated()
    finally:
        run.bound = outer


def _left(node: ListFor | MapFor, source: Any, made: tuple[Node, ...], run: Run, build: Callable[..., Node]) -> Any:
    """A comprehension that is left, since its source or its condition is; all but its own names is filled in.

    Names are made distinct from those around, so that nothing that is spliced in is caught by the wrong one.
    """
    names = {name: _fresh(name, run.symbolic) for name in node.names}
    outer, run.symbolic = run.symbolic, run.symbolic | set(names.values())
    parts = (*made, node.condition) if node.condition is not None else made
    try:
        values = _bound(
            run,
            {name: Open(Name(new)) for name, new in names.items()},
            lambda: [evaluate(part, run) for part in parts],
        )
    finally:
        run.symbolic = outer

    def built(source: Node, *nodes: Node) -> Node:
        condition = nodes[-1] if node.condition is not None else None
        return build(tuple(names.values()), source, condition, *nodes[: len(made)])

    return placed(node, carry, (source, *values), built)


def _fresh(name: str, taken: frozenset[str]) -> str:
    number = 2
    fresh = name
    while fresh in taken:
        fresh, number = f"{name}_{number}", number + 1
    return fresh


def _unary(node: Unary, run: Run) -> Any:
    operand = evaluate(node.operand, run)
    if operand.__class__ in HELD:
        return placed(node, carry, (operand,), lambda operand: Unary(node.operator, operand, node.offset, node.width))
    if node.operator == "not":
        return not truth(operand, node.operand)
    return placed(node, negative, operand)


def _binary(node: Binary, run: Run) -> Any:
    operator = node.operator
    if operator in ("and", "or"):
        return _logic(node, run)
    left, right = evaluate(node.left, run), evaluate(node.right, run)
    if left.__class__ in HELD or right.__class__ in HELD or (operator in DEEP and _undecided(left, right, run, node)):
        return placed(
            node, carry, (left, right), lambda left, right: Binary(operator, left, right, node.offset, node.width)
        )
    made = placed(node, OPERATORS[operator], left, right)
    if made.__class__ in _LARGE:
        run.charge(made, node)
    return made


_LARGE: frozenset[type] = frozenset({str, list})


def _undecided(left: Any, right: Any, run: Run, node: Node) -> bool:
    """Does something held back inside of lists or maps decide whether they are equal?"""
    if not (isinstance(right, Mapping) or is_list(right)):
        run.charge(right, node)
        return False
    if isinstance(right, Mapping) and not isinstance(left, Mapping):
        return False
    found = placed(node, survey, left, right)
    run.steps -= found.parts
    return found.held


def _logic(node: Binary, run: Run) -> Any:
    """`and`, `or`: an operand that decides does so whatever the other is, held back or not."""
    decides = node.operator == "or"
    left = evaluate(node.left, run)
    if left.__class__ not in HELD:
        if truth(left, node.left) is decides:
            return decides
        right = evaluate(node.right, run)
        return right if right.__class__ in HELD else truth(right, node.right)
    right = evaluate(node.right, run)
    if right.__class__ not in HELD:
        return decides if truth(right, node.right) is decides else left
    return placed(
        node, carry, (left, right), lambda left, right: Binary(node.operator, left, right, node.offset, node.width)
    )


def _conditional(node: Conditional, run: Run) -> Any:
    test = evaluate(node.test, run)
    if test.__class__ is Unknown:
        return test
    if test.__class__ is Open:
        parts = (evaluate(node.then, run), test, evaluate(node.other, run))
        return placed(
            node, carry, parts, lambda then, test, other: Conditional(then, test, other, node.offset, node.width)
        )
    return evaluate(node.then if truth(test, node.test) else node.other, run)


def _filter(node: Filter, run: Run) -> Any:
    name = node.name
    operand = _defaulted(node, run) if name == "default" else evaluate(node.operand, run)
    values = [operand, *(evaluate(argument, run) for argument in node.arguments)]
    form = FILTERS[name]
    if not form.least <= len(node.arguments) <= form.most:
        raise misplaced(f"`{name}` takes {_count(form.least, form.most)}, not {len(node.arguments)}", node)
    if name == "default" and operand is not None and operand.__class__ not in HELD:
        return operand
    if any(value.__class__ in HELD for value in values) or (form.deep and _within(node, values, run)):
        return placed(node, carry, values, lambda first, *rest: Filter(first, name, rest, node.offset, node.width))
    run.charge(operand, node)
    made = placed(node, run.scope.functions.get(name, form.apply), *values)
    run.charge(made, node)
    return made


def _within(node: Node, values: list[Any], run: Run) -> bool:
    found = placed(node, survey, *values)
    run.steps -= found.parts
    return found.held


def _defaulted(node: Filter, run: Run) -> Any:
    """The operand of `default`; null where the path that stands there leads nowhere."""
    if not isinstance(node.operand, Attribute | Index):
        return evaluate(node.operand, run)
    try:
        return evaluate(node.operand, run)
    except MissingError:
        return None


def _count(least: int, most: int) -> str:
    if most == 0:
        return "no arguments"
    return f"{least} to {most} arguments" if least != most else f"{most} argument{'s' * (most > 1)}"


def _call(node: Call, run: Run) -> Any:
    values = [evaluate(argument, run) for argument in node.arguments]
    if any(value.__class__ in HELD for value in values):
        return placed(node, carry, values, lambda *nodes: Call(node.name, nodes, node.offset, node.width))
    function = run.scope.functions.get(node.name)
    if function is None:
        raise misplaced(f"`{node.name}` is not available here", node)
    if len(values) != 1 or not isinstance(values[0], str):
        raise misplaced(f"`{node.name}` takes one text", node)
    made = placed(node, function, *values)
    run.charge(made, node)
    return made


_EVALUATED: dict[type, Callable[[Any, Run], Any]] = {
    Literal: lambda node, _: node.value,
    Name: _name,
    Item: lambda _, run: run.bound[_ITEM],
    Attribute: _attribute,
    Index: _index,
    Splat: _splat,
    ListOf: _list,
    MapOf: _map,
    ListFor: _list_for,
    MapFor: _map_for,
    Unary: _unary,
    Binary: _binary,
    Conditional: _conditional,
    Filter: _filter,
    Call: _call,
}
