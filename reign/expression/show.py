"""Trees back to text: parsing what is printed gives the same tree."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from reign.expression.parser import (
    COMPARE,
    FILTER,
    MINUS,
    NOT,
    PATH,
    POWERS,
    UNCONDITIONAL,
    WHOLE,
)
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
    Text,
    Unary,
    names_of,
)

_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"


def show_text(text: Text) -> str:
    """`text` as it would be written in a value."""
    last = len(text.parts) - 1
    return "".join(
        _literal(part, index < last) if isinstance(part, str) else _braced(part)
        for index, part in enumerate(text.parts)
    )


def show(node: Node) -> str:
    """`node` as it would be written between `${` and `}`. `node` must be `measured`: printing recurses."""
    return _show(node, WHOLE)


def _braced(node: Node) -> str:
    names = names_of(node)
    if names:
        return f"${{{'.'.join(names)}}}"
    shown = show(node)
    # `${{` is never ours, so a map keeps its distance.
    return f"${{ {shown} }}" if shown.startswith("{") else f"${{{shown}}}"


def _literal(part: str, followed: bool) -> str:
    escaped = part.replace("${", "$${")
    # A `$` in front of `${...}` would escape it.
    return escaped[:-1] + '${"$"}' if followed and part.endswith("$") else escaped


def _show(node: Node, power: int) -> str:
    """`node` where the parser reads what binds more tightly than `power`."""
    shown, binds = _SHOWN[type(node)](node)
    return shown if binds > power else f"({shown})"


def _base(node: Node) -> str:
    # A splat takes the path that follows it; without brackets that would be this one.
    return f"({show(node)})" if isinstance(node, Splat) else _show(node, PATH - 1)


def _all(nodes: tuple[Node, ...]) -> str:
    return ", ".join(map(show, nodes))


def _show_literal(node: Literal) -> tuple[str, int]:
    value = node.value
    shown = repr(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
    return shown, MINUS if shown.startswith("-") else _ATOM


def _show_unary(node: Unary) -> tuple[str, int]:
    if node.operator == "not":
        return f"not {_show(node.operand, NOT)}", NOT
    operand = _show(node.operand, MINUS)
    # `-5` is a number, not a minus in front of one.
    return f"-({operand})" if operand[0].isdigit() else f"-{operand}", MINUS


def _show_binary(node: Binary) -> tuple[str, int]:
    binds = POWERS[node.operator]
    left = _show(node.left, binds if binds == COMPARE else binds - 1)
    return f"{left} {node.operator} {_show(node.right, binds)}", binds


def _show_conditional(node: Conditional) -> tuple[str, int]:
    then, test = _show(node.then, UNCONDITIONAL), _show(node.test, UNCONDITIONAL)
    return f"{then} if {test} else {show(node.other)}", UNCONDITIONAL


def _show_filter(node: Filter) -> tuple[str, int]:
    arguments = f"({_all(node.arguments)})" if node.arguments else ""
    return f"{_show(node.operand, FILTER - 1)} | {node.name}{arguments}", FILTER


def _for(node: ListFor | MapFor) -> str:
    condition = "" if node.condition is None else f" if {_show(node.condition, UNCONDITIONAL)}"
    return f" for {', '.join(node.names)} in {_show(node.source, UNCONDITIONAL)}{condition}"


def _show_map(node: MapOf) -> tuple[str, int]:
    return "{" + ", ".join(f"{_key(key)}: {show(value)}" for key, value in node.entries) + "}", _ATOM


def _key(key: Node) -> str:
    if isinstance(key, Literal) and isinstance(key.value, str):
        return key.value if re.fullmatch(_NAME, key.value) else show(key)
    return f"({show(key)})"


def _show_map_for(node: MapFor) -> tuple[str, int]:
    # A bare word in front of `:` is a name there, so `true` needs brackets.
    constant = isinstance(node.key, Literal) and not isinstance(node.key.value, str)
    key = f"({show(node.key)})" if constant else show(node.key)
    return f"{{{key}: {show(node.value)}{_for(node)}}}", _ATOM


_ATOM = PATH + 1
_SHOWN: dict[type, Callable[[Any], tuple[str, int]]] = {
    Literal: _show_literal,
    Name: lambda node: (node.name, _ATOM),
    Item: lambda _: ("", _ATOM),
    Attribute: lambda node: (f"{_base(node.base)}.{node.name}", _ATOM),
    Index: lambda node: (f"{_base(node.base)}[{show(node.key)}]", _ATOM),
    Splat: lambda node: (f"{_base(node.source)}[*]{show(node.item)}", _ATOM),
    ListOf: lambda node: (f"[{_all(node.items)}]", _ATOM),
    MapOf: _show_map,
    ListFor: lambda node: (f"[{show(node.item)}{_for(node)}]", _ATOM),
    MapFor: _show_map_for,
    Unary: _show_unary,
    Binary: _show_binary,
    Conditional: _show_conditional,
    Filter: _show_filter,
    Call: lambda node: (f"{node.name}({_all(node.arguments)})", _ATOM),
}
