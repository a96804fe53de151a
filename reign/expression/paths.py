"""Steps along a path: a name, a key, an index, and what to say where there is none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from reign.expression.errors import ExpressionError, MissingError
from reign.expression.filters import is_list, is_number, kind_of
from reign.expression.run import Run, misplaced
from reign.expression.syntax import Attribute, Index, Name, Node
from reign.model.nearest import nearest

_LONGEST = 80
"""Characters of a key that are shown."""


def member(base: Any, key: Any, node: Attribute | Index, run: Run) -> Any:
    """`base[key]` of what is known. Raises MissingError where `default` may answer, else ExpressionError."""
    if isinstance(base, Mapping):
        if not isinstance(key, str):
            raise misplaced("the keys of a map are texts", node, "Write it in quotes, or add `| string`.")
        try:
            return base[key]
        except KeyError:
            raise _no_key(base, key, node, run) from None
        except MissingError as error:  # a map that says in its own words that there is none, such as `env`
            raise _missing(error.message, node, error.hint, error.fix, error.veiled) from None
    if is_list(base):
        if not isinstance(key, int) or isinstance(key, bool):
            raise misplaced("the items of a list have numbers", node, "Write `[0]`, or `[*]` for all of them.")
        if not -len(base) <= key < len(base):
            message = f"there is no item {_shown(key)} in a list of {len(base)}"
            raise _missing(message, node, veiled="there is no such item in the list")
        return base[key]
    kind, what = kind_of(base), _shown(key) if isinstance(key, str) else f"item {_shown(key)}"
    message, veiled = f"{kind} has no {what}", f"{kind} has nothing inside"
    if base is None:
        raise _missing(message, node, fix="Is what it belongs to disabled?", veiled=veiled)
    raise ExpressionError(message, node.offset, node.width, veiled=veiled)


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


def _shown(key: Any) -> str:
    if isinstance(key, str):
        return f"`{key[:_LONGEST]}`" if key.isprintable() else json.dumps(key[:_LONGEST])
    return str(key) if is_number(key) else kind_of(key)


def _no_key(base: Mapping[str, Any], key: str, node: Attribute | Index, run: Run) -> ExpressionError:
    # What the root itself lacks (`var.typo`) is a mistake that no default should hide.
    top = isinstance(node.base, Name) and node.base.name not in run.bound
    # Looking for it takes long, and what `default` answers is never told.
    hint = nearest(key, base) if len(key) <= _LONGEST and (top or not run.answered) else ""
    message, fix, veiled = f"there is no {_shown(key)} here", _minus(key, base), "there is nothing of that name here"
    if top:
        return ExpressionError(message, node.offset, node.width, hint, fix, veiled)
    return _missing(message, node, hint, fix, veiled)


def _missing(message: str, node: Node, hint: str = "", fix: str = "", veiled: str = "") -> MissingError:
    error = MissingError(message, node.offset, node.width, hint, fix, veiled)
    error.step = node
    return error
