"""Steps along a path: a name, a key, an index, and what to say where there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reign.expression.errors import ExpressionError, MissingError
from reign.expression.filters import is_list, kind_of
from reign.expression.run import Run, misplaced
from reign.expression.syntax import Attribute, Index, Name
from reign.model.nearest import nearest


def member(base: Any, key: Any, node: Attribute | Index, run: Run) -> Any:
    """`base[key]` of what is known. Raises MissingError where `default` may answer, else ExpressionError."""
    if isinstance(base, Mapping):
        if not isinstance(key, str):
            raise misplaced("the keys of a map are texts", node, "Write it in quotes, or add `| string`.")
        try:
            return base[key]
        except KeyError:
            raise _missing(base, key, node, run) from None
    if is_list(base):
        if not isinstance(key, int) or isinstance(key, bool):
            raise misplaced("a list has numbers for its items", node, "Write `[0]`, or `[*]` for all of them.")
        if not -len(base) <= key < len(base):
            message = f"there is no item {key} in a list of {len(base)}"
            raise MissingError(message, node.offset, node.width)
        return base[key]
    if base is None:
        raise MissingError(
            f"null has no {_quoted(key)}", node.offset, node.width, fix="Is what it belongs to disabled?"
        )
    raise misplaced(f"{kind_of(base)} has no {_quoted(key)}", node)


def no_name(node: Name, run: Run) -> ExpressionError:
    """What to raise where `node` names nothing."""
    name, scope = node.name, run.scope
    hint = nearest(name, (*scope.roots, *scope.deferred, *run.bound))
    fix = _minus(name, scope.roots)
    return ExpressionError(f"there is no `{name}` here", node.offset, node.width, hint, fix)


def _minus(name: str, names: Iterable[str]) -> str:
    """A fix for `a-b` where `a` is a name."""
    first, dash, rest = name.partition("-")
    return f"Write `{first} - {rest}` to subtract." if dash and first in names else ""


def _quoted(key: Any) -> str:
    return f"`{key}`" if isinstance(key, str) else f"item {key}"


def _missing(base: Mapping[str, Any], key: str, node: Attribute | Index, run: Run) -> ExpressionError:
    # What the root itself lacks (`var.typo`) is a mistake that no default should hide.
    top = isinstance(node.base, Name) and node.base.name not in run.bound
    error = ExpressionError if top else MissingError
    return error(f"there is no `{key}` here", node.offset, node.width, nearest(key, base), _minus(key, base))
