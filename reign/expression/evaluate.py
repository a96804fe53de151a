"""What each node means: trees to values. Pure and bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reign.expression.carry import (
    HELD,
    OUTSIDE,
    Mark,
    Open,
    carry,
    marked,
    quote,
    surveyed,
    veiled,
)
from reign.expression.errors import ExpressionError, MissingError
from reign.expression.filters import FILTERS, Form, is_list
from reign.expression.loops import item, list_for, map_for, put, splat
from reign.expression.operators import DEEP, OPERATORS, negative
from reign.expression.paths import member, no_name
from reign.expression.run import Run, misplaced, placed, truth
from reign.expression.secrecy import awaited
from reign.expression.step import EVALUATED, evaluate
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
from reign.model.values import Unknown

__all__ = ["evaluate"]


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
    kind = base.__class__
    if kind is dict and node.name in base:
        return base[node.name]
    if kind is Unknown:
        return base
    if kind is Open:
        return Open(Attribute(base.node, node.name, node.offset, node.width))
    if kind is Mark:
        return _inside(base, node.name, node, run, lambda at: Attribute(at, node.name, node.offset, node.width))
    return member(base, node.name, node, run)


def _index(node: Index, run: Run) -> Any:
    base, key = evaluate(node.base, run), evaluate(node.key, run)
    if key.__class__ not in HELD:
        if base.__class__ not in HELD:
            return member(base, key, node, run)
        if base.__class__ is Mark:
            return _inside(base, key, node, run, lambda at: Index(at, quote(key), node.offset, node.width))
    return carry(
        node,
        run,
        (base, key),
        lambda base, key: Index(base, key, node.offset, node.width),
        lambda base, key: member(base, key, node, run),
    )


_INSIDE = 3
"""Steps that one into something marked costs besides."""


def _inside(base: Mark, key: Any, node: Attribute | Index, run: Run, build: Callable[[Node], Node]) -> Any:
    """One step of a path into something marked."""
    run.pay(_INSIDE, node)
    found = veiled(member, base.value, key, node, run)
    return placed(node, marked, found, None if base.node is None else build(base.node))


def _list(node: ListOf, run: Run) -> Any:
    return [evaluate(item, run) for item in node.items]


def _map(node: MapOf, run: Run) -> Any:
    entries = [(evaluate(key, run), evaluate(value, run)) for key, value in node.entries]

    def made(*parts: Any) -> dict[str, Any]:
        united: dict[str, Any] = {}
        for key, value, (place, _) in zip(parts[::2], parts[1::2], node.entries, strict=True):
            put(united, key, value, place)
        return united

    def build(*parts: Node) -> Node:
        return MapOf(tuple(zip(parts[::2], parts[1::2], strict=True)), node.offset)

    flat = [part for entry in entries for part in entry]
    if any(key.__class__ in HELD for key, _ in entries):
        return carry(node, run, flat, build, made)
    return made(*flat)


def _unary(node: Unary, run: Run) -> Any:
    def made(operand: Any) -> Any:
        return not truth(operand, node.operand) if node.operator == "not" else placed(node, negative, operand)

    operand = evaluate(node.operand, run)
    if operand.__class__ in HELD:
        return carry(
            node, run, (operand,), lambda operand: Unary(node.operator, operand, node.offset, node.width), made
        )
    return made(operand)


def _binary(node: Binary, run: Run) -> Any:
    operator = node.operator
    if operator in ("and", "or"):
        return _logic(node, run)
    left, right = evaluate(node.left, run), evaluate(node.right, run)
    if left.__class__ in HELD or right.__class__ in HELD or (operator in DEEP and _undecided(left, right, run, node)):
        return carry(node, run, (left, right), _again(node), lambda left, right: _computed(node, run, left, right))
    return _computed(node, run, left, right)


def _computed(node: Binary, run: Run, left: Any, right: Any) -> Any:
    made = placed(node, OPERATORS[node.operator], left, right)
    if made.__class__ in _LARGE:
        run.charge(made, node)
    return made


_LARGE: frozenset[type] = frozenset({str, list})


def _again(node: Binary) -> Callable[[Node, Node], Node]:
    return lambda left, right: Binary(node.operator, left, right, node.offset, node.width)


def _undecided(left: Any, right: Any, run: Run, node: Node) -> bool:
    """Does something held back inside of lists or maps have a say in whether they are equal?"""
    if not (isinstance(right, Mapping) or is_list(right)):
        run.charge(right, node)
        return False
    if isinstance(right, Mapping) and not isinstance(left, Mapping):
        return False
    return surveyed(node, run, left, right).held


def _logic(node: Binary, run: Run) -> Any:
    """`and`, `or`: an operand that decides does so whatever the other is, held back or not."""
    decides = node.operator == "or"
    left = evaluate(node.left, run)
    if left.__class__ not in HELD:
        if truth(left, node.left) is decides:
            return decides
        right = evaluate(node.right, run)
        if right.__class__ is Mark:
            truth(right.value, node.right)
        return right if right.__class__ in HELD else truth(right, node.right)
    if left.__class__ is Mark and truth(left.value, node.left) is decides:
        right = _untaken(node.right, bool(run.symbolic), run)
        if right is True or right is False:
            return decides if right is decides else left
        return carry(node, run, (left, right), _again(node), lambda *_: decides)
    right = evaluate(node.right, run)
    if right.__class__ not in HELD:
        return decides if truth(right, node.right) is decides else left
    if right.__class__ is Mark:
        truth(right.value, node.right)
    return carry(node, run, (left, right), _again(node), lambda _, right: right)


def _conditional(node: Conditional, run: Run) -> Any:
    test = evaluate(node.test, run)
    if test.__class__ is Unknown:
        return awaited(test, run, node.then, node.other)
    if test.__class__ is Mark:
        return _secretly(node, test, run)
    if test.__class__ is Open:
        return carry(node, run, (evaluate(node.then, run), test, evaluate(node.other, run)), _decision(node))
    return evaluate(node.then if truth(test, node.test) else node.other, run)


def _decision(node: Conditional) -> Callable[[Node, Node, Node], Node]:
    return lambda then, test, other: Conditional(then, test, other, node.offset, node.width)


def _secretly(node: Conditional, test: Mark, run: Run) -> Any:
    """A choice that must not be seen in what comes of it. What was not chosen stands in its text, as far as it can."""
    if truth(test.value, node.test):
        taken = evaluate(node.then, run)
        parts = (taken, test, _untaken(node.other, _is_late(taken, node, run), run))
        return carry(node, run, parts, _decision(node), lambda then, *_: then)
    taken = evaluate(node.other, run)
    parts = (_untaken(node.then, _is_late(taken, node, run), run), test, taken)
    return carry(node, run, parts, _decision(node), lambda *parts: parts[2])


def _is_late(value: Any, node: Node, run: Run) -> bool:
    return bool(run.symbolic) or surveyed(node, run, value).opened


def _untaken(node: Node, is_late: bool, run: Run) -> Any:
    """What stands for an operand that has no say, so that the operation can be written: null where it cannot be.

    `is_late`: what has a say is known only later, so this may be, too.
    """
    try:
        value = evaluate(node, run)
        found = surveyed(node, run, value)
    except ExpressionError:
        return None
    return None if found.unknown or found.untold or (found.opened and not is_late) else value


def _filter(node: Filter, run: Run) -> Any:
    name, form = node.name, FILTERS[node.name]
    operand = _defaulted(node, run) if name == "default" else evaluate(node.operand, run)
    values = [operand, *(evaluate(argument, run) for argument in node.arguments)]
    if not form.least <= len(node.arguments) <= form.most:
        raise misplaced(f"`{name}` takes {_count(form.least, form.most)}, not {len(node.arguments)}", node)
    if name == "default" and _stands(values, node, run):
        return operand
    apply = run.scope.functions.get(name)
    computed = form.apply if apply is None else _foreign(name, apply)

    def made(*values: Any) -> Any:
        run.pay(form.steps, node)
        for value in values:
            run.charge(value, node, form.per)
        given = placed(node, computed, *values)
        run.charge(given, node, form.per)
        return given

    if any(value.__class__ in HELD for value in values) or _looks_at_held(form, values, node, run):
        return carry(node, run, values, lambda first, *rest: Filter(first, name, rest, node.offset, node.width), made)
    return made(*values)


def _looks_at_held(form: Form, values: list[Any], node: Node, run: Run) -> bool:
    """Does the filter look at something held back that is inside of what it was given?"""
    if form.deep:
        return surveyed(node, run, *values).held
    operand = values[0]
    return form.unites and is_list(operand) and any(item.__class__ in HELD | OUTSIDE for item in operand)


def _foreign(name: str, apply: Callable[..., Any]) -> Callable[..., Any]:
    """A filter of another room, whose errors may hold anything."""

    def applied(*values: Any) -> Any:
        try:
            return apply(*values)
        except ExpressionError as error:
            error.veiled = error.veiled or f"`{name}` cannot be applied to what stands here"
            raise

    return applied


def _stands(values: list[Any], node: Node, run: Run) -> bool:
    """Does the operand of `default` stand as it is? One that is marked does where the other could not be written."""
    operand, *others = values
    if operand.__class__ is not Mark:
        return operand is not None and operand.__class__ not in HELD
    if operand.value is None:
        return False
    found = surveyed(node, run, *others)
    return found.unknown or found.opened or found.untold


def _defaulted(node: Filter, run: Run) -> Any:
    """The operand of `default`; null where the path that stands there leads nowhere."""
    if not isinstance(node.operand, Attribute | Index):
        return evaluate(node.operand, run)
    answered, run.answered = run.answered, True
    try:
        return evaluate(node.operand, run)
    except MissingError as error:
        if not any(error.step is step for step in _steps(node.operand)):
            raise
        run.pay(_ANSWERED, node)
        return Mark(None, _astray(node.operand, run)) if error.is_veiled else None
    finally:
        run.answered = answered


_ANSWERED = 15
"""Steps that it takes to find out that a path leads nowhere."""


def _steps(node: Node) -> Iterator[Node]:
    """The steps of a path, and of the paths that are its keys."""
    while isinstance(node, Attribute | Index):
        yield node
        if isinstance(node, Index):
            yield from _steps(node.key)
        node = node.base


def _astray(node: Node, run: Run) -> Node | None:
    """The node of a path that leads nowhere inside of something marked."""
    try:
        value = evaluate(node, run)
        return None if surveyed(node, run, value).unknown else quote(value)
    except MissingError:
        base = _astray(node.base, run) if isinstance(node, Attribute | Index) else None
    except ExpressionError:
        return None
    if isinstance(node, Attribute) and base is not None:
        return Attribute(base, node.name, node.offset, node.width)
    key = _astray(node.key, run) if isinstance(node, Index) and base is not None else None
    return None if base is None or key is None else Index(base, key, node.offset, node.width)


def _count(least: int, most: int) -> str:
    if most == 0:
        return "no arguments"
    return f"{least} to {most} arguments" if least != most else f"{most} argument{'s' * (most > 1)}"


def _call(node: Call, run: Run) -> Any:
    values = [evaluate(argument, run) for argument in node.arguments]
    if any(value.__class__ in HELD for value in values):
        if any(value.__class__ is Mark for value in values):
            fix = "Use a name that is not sensitive."
            raise misplaced(f"`{node.name}` takes a name that may be shown, and this one is sensitive", node, fix)
        return carry(node, run, values, lambda *nodes: Call(node.name, nodes, node.offset, node.width))
    function = run.scope.functions.get(node.name)
    if function is None:
        raise misplaced(f"`{node.name}` is not available here", node)
    if len(values) != 1 or not isinstance(values[0], str):
        raise misplaced(f"`{node.name}` takes one text", node)
    made = placed(node, function, *values)
    run.charge(made, node)
    return made


EVALUATED.update(
    {
        Literal: lambda node, _: node.value,
        Name: _name,
        Item: item,
        Attribute: _attribute,
        Index: _index,
        Splat: splat,
        ListOf: _list,
        MapOf: _map,
        ListFor: list_for,
        MapFor: map_for,
        Unary: _unary,
        Binary: _binary,
        Conditional: _conditional,
        Filter: _filter,
        Call: _call,
    }
)
