"""What the signs between two known values do. Errors are placed by the caller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reign.expression.carry import MAX_PARTS
from reign.expression.errors import ExpressionError
from reign.expression.filters import is_list, is_number, kind_of, number, room_for


def same(left: Any, right: Any) -> bool:
    """`left == right`: deep, and false across types; whole numbers and others are one type."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return len(left) == len(right) and all(key in right and same(item, right[key]) for key, item in left.items())
    if is_list(left) and is_list(right):
        return len(left) == len(right) and all(map(same, left, right))
    if is_number(left) and is_number(right):
        return bool(left == right)
    return type(left) is type(right) and bool(left == right)


def contained(left: Any, right: Any) -> bool:
    """`left in right`: an item of a list, a key of a map, a part of a text."""
    if isinstance(right, Mapping):
        return left in right if isinstance(left, str) else False
    if is_list(right):
        return any(same(left, item) for item in right)
    if isinstance(right, str) and isinstance(left, str):
        return left in right
    raise ExpressionError(f"`in` cannot look for {kind_of(left)} in {kind_of(right)}")


def negative(value: Any) -> int | float:
    """`-value`."""
    return -_number("-", value)


def _number(sign: str, value: Any) -> int | float:
    if not is_number(value):
        fix = "Add `| number`." if isinstance(value, str) else ""
        raise ExpressionError(f"`{sign}` needs numbers, and this is {kind_of(value)}", fix=fix)
    return value  # type: ignore[no-any-return]


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, str) and isinstance(right, str):
        room_for(len(left) + len(right))
        return left + right
    if is_list(left) and is_list(right):
        if len(left) + len(right) > MAX_PARTS:
            raise ExpressionError(f"the list has more than {MAX_PARTS} items")
        return [*left, *right]
    if isinstance(left, str) or isinstance(right, str):
        other = right if isinstance(left, str) else left
        raise ExpressionError(
            f"`+` cannot add a text and {kind_of(other)}", fix="Write it inside text, or add `| string`."
        )
    return number(_number("+", left) + _number("+", right))


def _subtract(left: Any, right: Any) -> Any:
    return number(_number("-", left) - _number("-", right))


def _multiply(left: Any, right: Any) -> Any:
    return number(_number("*", left) * _number("*", right))


def _divide(left: Any, right: Any) -> Any:
    """A whole number where it comes out even for whole numbers."""
    left, right = _number("/", left), _number("/", right)
    if right == 0:
        raise ExpressionError("nothing can be divided by zero")
    if isinstance(left, int) and isinstance(right, int) and left % right == 0:
        return left // right
    return number(left / right)


def _remainder(left: Any, right: Any) -> Any:
    left, right = _number("%", left), _number("%", right)
    if right == 0:
        raise ExpressionError("nothing can be divided by zero")
    return number(left % right)


def _ordered(sign: str, compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def ordered(left: Any, right: Any) -> bool:
        if (is_number(left) and is_number(right)) or (isinstance(left, str) and isinstance(right, str)):
            return compare(left, right)
        raise ExpressionError(f"`{sign}` cannot compare {kind_of(left)} and {kind_of(right)}")

    return ordered


OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": same,
    "!=": lambda left, right: not same(left, right),
    "<": _ordered("<", lambda left, right: left < right),
    "<=": _ordered("<=", lambda left, right: left <= right),
    ">": _ordered(">", lambda left, right: left > right),
    ">=": _ordered(">=", lambda left, right: left >= right),
    "in": contained,
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "%": _remainder,
}
DEEP = frozenset({"==", "!=", "in"})
"""Those that look inside lists and maps."""
