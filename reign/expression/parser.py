"""Tokens to a tree, by binding power (Pratt), and text with `${...}` in it to its parts."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from reign.expression.errors import ExpressionError
from reign.expression.filters import FILTERS
from reign.expression.lexer import MAX_BRACKETS, MAX_TOKENS, Token, tokens
from reign.expression.syntax import (
    MAX_DEPTH,
    ROOTS,
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
    measured,
)
from reign.model.nearest import nearest

KEYWORDS = frozenset({"and", "or", "not", "in", "if", "else", "for", "true", "false", "null"})
CONSTANTS = {"true": True, "false": False, "null": None}
FUNCTIONS = ("file", "filehash", "files")

WHOLE, UNCONDITIONAL, OR, AND, NOT, COMPARE, ADD, MULTIPLY, FILTER, MINUS, PATH = range(11)
"""How tightly things bind, loosest first. `UNCONDITIONAL` is everything but `A if C else B`."""
POWERS = {
    "or": OR,
    "and": AND,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in"), COMPARE),
    **dict.fromkeys("+-", ADD),
    **dict.fromkeys("*/%", MULTIPLY),
    "|": FILTER,
    **dict.fromkeys(".[", PATH),
}

MAX_PLACES = 5_000
"""Of `${...}` in one text."""

_KEPT_TEXT = 4096
"""Longer texts are parsed each time, so that the kept ones stay small."""
_NAMES = re.compile(
    rf"\s*+([A-Za-z_][A-Za-z0-9_-]*+(?:\.[A-Za-z_][A-Za-z0-9_-]*+){{0,{MAX_DEPTH - 2}}}+)\s*+\}}",
)
_LITERAL = re.compile(r"(?:[^$]++|\$\$\{|\$\{\{|\$(?!\$?\{))*+")
"""As much as is no expression."""


def parse(text: str) -> Text:
    """Read literal text with `${...}` in it. `$${` is a literal `${`; `${{` stays as it is. Raises ExpressionError."""
    return _kept(text) if len(text) <= _KEPT_TEXT else _parse(text)


def parse_expression(source: str) -> Node:
    """Read what stands between `${` and `}`. Raises ExpressionError."""
    return Parser(tokens(source)).whole()


def _parse(text: str) -> Text:
    parts: list[str | Node] = []
    at, places, left = 0, 0, MAX_TOKENS
    while True:
        end = _LITERAL.match(text, at).end()  # type: ignore[union-attr]
        if end > at:
            parts.append(text[at:end].replace("$${", "${"))
        if end == len(text):
            return Text(tuple(parts))
        places += 1
        if places > MAX_PLACES:
            raise ExpressionError(f"the text has more than {MAX_PLACES} expressions", end, 2)
        path = plain_path(text, end + 2)
        if path is not None:
            node, at = path
        else:
            read = tokens(text, end + 2, closing="}", most=left)
            node, at, left = Parser(read).whole(), read[-1].offset + 1, left - len(read)
        parts.append(node)


def plain_path(text: str, at: int) -> tuple[Node, int] | None:
    """(tree, where to go on) of `var.name`: most expressions are no more, and this is four times as quick."""
    found = _NAMES.match(text, at)
    if found is None:
        return None
    names = found[1].split(".")
    if names[0] in KEYWORDS:
        return None
    at = found.start(1)
    node: Node = Name(names[0], at, len(names[0]))
    for before, name in pairwise(names):
        at += len(before) + 1
        node = Attribute(node, name, at, len(name))
    return node, found.end()


_kept = lru_cache(maxsize=32768)(_parse)


class Parser:
    """One pass over the tokens of one expression."""

    def __init__(self, read: list[Token], reserved: tuple[str, ...] = ROOTS) -> None:
        self.tokens = read
        self.reserved = reserved
        self.at = 0
        self.depth = 0

    def whole(self) -> Node:
        """The tree of all the tokens."""
        if self.tokens[0].kind == "end":
            raise ExpressionError("nothing stands between `${` and `}`", max(self.tokens[0].offset - 2, 0), 2)
        return self.ended(self.expression())

    def ended(self, node: Node) -> Node:
        """`node`, when nothing follows it and it is not too large."""
        if self.tokens[self.at].kind != "end":
            raise _unexpected(self.tokens[self.at])
        # No tree is deeper than its tokens are many.
        if len(self.tokens) > MAX_DEPTH:
            measured(node)
        return node

    def after_word(self) -> Node:
        """All that follows the first word."""
        self.at = 1
        return self.ended(self.expression())

    def clause(self) -> tuple[tuple[str, ...], Node, Node | None]:
        """(names, source, condition) of a `for` that stands alone."""
        names, source, condition = self.comprehension()
        self.ended(source)
        return names, source, None if condition is None else self.ended(condition)

    def expression(self, power: int = WHOLE) -> Node:
        """The longest expression here whose operators bind more tightly than `power`."""
        self.depth += 1
        if self.depth > MAX_BRACKETS:
            raise ExpressionError(_TOO_DEEP, self.tokens[self.at].offset, fix="Split it over locals.")
        left = self.prefix()
        while (binds := self.binds()) > power:
            left = self.path(left) if binds == PATH else self.infix(left, binds)
        if power == WHOLE and self.is_word("if"):
            left = self.conditional(left)
        self.depth -= 1
        return left

    def binds(self) -> int:
        """How tightly the sign or word here binds, if it may be an operator; `not` only in front of `in`."""
        kind, text, *_ = self.tokens[self.at]
        if kind != "name":
            return POWERS.get(kind, WHOLE)
        if text == "not" and self.is_word("in", ahead=1):
            return COMPARE
        return POWERS.get(text, WHOLE)

    def prefix(self) -> Node:
        """What an expression may begin with."""
        token = self.next()
        match token.kind:
            case "name":
                return self.word(token)
            case "number" | "text":
                return Literal(token.value, token.offset, len(token.text))
            case "(":
                node = self.expression()
                self.expect(")")
                return node
            case "[":
                return self.list_(token)
            case "{":
                return self.map_(token)
            case "-":
                return self.minus(token)
            case _:
                raise _unexpected(token)

    def minus(self, token: Token) -> Node:
        number = self.tokens[self.at]
        if number.kind == "number" and isinstance(number.value, int | float):
            self.at += 1
            return Literal(-number.value, token.offset, number.offset + len(number.text) - token.offset)
        return Unary("-", self.expression(MINUS - 1), token.offset)

    def word(self, token: Token) -> Node:
        name, width = token.text, len(token.text)
        if name in CONSTANTS:
            return Literal(CONSTANTS[name], token.offset, width)
        if name == "not":
            return Unary("not", self.expression(NOT), token.offset, width)
        if name in KEYWORDS:
            raise _unexpected(token)
        if self.tokens[self.at].kind == "(":
            if name not in FUNCTIONS:
                raise _no_function(token)
            return Call(name, self.arguments(), token.offset, width)
        return Name(name, token.offset, width)

    def infix(self, left: Node, binds: int) -> Node:
        """`left`, the operator here, and what stands right of it."""
        token = self.next()
        if binds == FILTER:
            return self.filter(left)
        negated = token.text == "not"
        self.at += negated
        right = self.expression(binds)
        node = Binary("in" if negated else token.text, left, right, token.offset, len(token.text))
        if binds == COMPARE and self.binds() == COMPARE:
            following = self.tokens[self.at]
            raise ExpressionError(
                "comparisons cannot be chained",
                following.offset,
                len(following.text),
                fix="Write `a < b and b < c`.",
            )
        return Unary("not", node, token.offset, len(token.text)) if negated else node

    def conditional(self, then: Node) -> Node:
        """`then`, with the `if` here."""
        token = self.next()
        test = self.expression(UNCONDITIONAL)
        if not self.is_word("else"):
            raise _unexpected(self.tokens[self.at], "`else`", "Write `A if C else B`.")
        self.at += 1
        return Conditional(then, test, self.expression(), token.offset, 2)

    def filter(self, operand: Node) -> Node:
        """`operand` through the filter whose name stands here."""
        token = self.next()
        if token.kind != "name":
            raise _unexpected(token, "the name of a filter", "Write `or`." if token.kind == "|" else "")
        if token.text not in FILTERS:
            hint = nearest(token.text, FILTERS)
            raise ExpressionError(f"there is no filter `{token.text}`", token.offset, len(token.text), hint)
        arguments = self.arguments() if self.tokens[self.at].kind == "(" else ()
        return Filter(operand, token.text, arguments, token.offset, len(token.text))

    def arguments(self) -> tuple[Node, ...]:
        self.expect("(")
        found: list[Node] = []
        while self.tokens[self.at].kind != ")":
            found.append(self.expression())
            self.comma(")")
        self.at += 1
        return tuple(found)

    def path(self, base: Node) -> Node:
        """`base` and the one `.name`, `[key]` or `[*]` here; a splat takes the rest of the path with it."""
        token = self.next()
        if token.kind == ".":
            return self.attribute(base, token)
        if self.tokens[self.at].kind == "*" and self.tokens[self.at + 1].kind == "]":
            self.at += 2
            item: Node = Item(token.offset, 3)
            while self.tokens[self.at].kind in (".", "["):
                item = self.path(item)
            return Splat(base, item, token.offset, 3)
        key = self.expression()
        end = self.expect("]")
        return Index(base, key, token.offset, end.offset + 1 - token.offset)

    def attribute(self, base: Node, dot: Token) -> Node:
        name = self.next()
        if name.kind != "name":
            fix = f"Write `[{name.text}]`." if name.kind == "number" else 'A name with other characters is `["..."]`.'
            raise ExpressionError("no name stands after the dot", dot.offset, 1, fix=fix)
        return Attribute(base, name.text, name.offset, len(name.text))

    def list_(self, opened: Token) -> Node:
        """`[a, b]` or `[item for ...]`, after its bracket."""
        items: list[Node] = []
        while self.tokens[self.at].kind != "]":
            items.append(self.expression())
            if len(items) == 1 and self.is_word("for"):
                names, source, condition = self.comprehension()
                self.expect("]")
                return ListFor(items[0], names, source, condition, opened.offset)
            self.comma("]")
        self.at += 1
        return ListOf(tuple(items), opened.offset)

    def map_(self, opened: Token) -> Node:
        """`{k: v}` or `{key: value for ...}`, after its brace."""
        entries: list[tuple[Node, Node]] = []
        while self.tokens[self.at].kind != "}":
            first = self.tokens[self.at]
            bare = first.kind == "name" and self.tokens[self.at + 1].kind == ":"
            key = self.bare(first) if bare else self.expression()
            self.expect(":")
            value = self.expression()
            if not entries and self.is_word("for"):
                names, source, condition = self.comprehension()
                self.expect("}")
                key = Name(first.text, first.offset, len(first.text)) if bare else key
                return MapFor(key, value, names, source, condition, opened.offset)
            if not bare and first.kind not in ("text", "("):
                fix = "Write the key in quotes, or in `( )` to compute it."
                raise ExpressionError("the key is neither a name nor a text", first.offset, len(first.text), fix=fix)
            entries.append((key, value))
            self.comma("}")
        self.at += 1
        return MapOf(tuple(entries), opened.offset)

    def bare(self, token: Token) -> Node:
        self.at += 1
        return Literal(token.text, token.offset, len(token.text))

    def comprehension(self) -> tuple[tuple[str, ...], Node, Node | None]:
        """(names, source, condition) of the `for` here."""
        self.at += 1
        names = [self.bound()]
        if self.tokens[self.at].kind == ",":
            self.at += 1
            names.append(self.bound())
        if not self.is_word("in"):
            raise _unexpected(self.tokens[self.at], "`in`")
        self.at += 1
        source = self.expression(UNCONDITIONAL)
        condition = None
        if self.is_word("if"):
            self.at += 1
            condition = self.expression(UNCONDITIONAL)
        return tuple(names), source, condition

    def bound(self) -> str:
        token = self.next()
        if token.kind != "name" or token.text in KEYWORDS:
            raise _unexpected(token, "a name")
        if token.text in self.reserved:
            fix = "Choose another name."
            raise ExpressionError(f"`{token.text}` is a name of Reign's own", token.offset, len(token.text), fix=fix)
        return token.text

    def comma(self, closing: str) -> None:
        """Go past a comma; none is needed in front of the closing bracket."""
        if self.tokens[self.at].kind == ",":
            self.at += 1
        elif self.tokens[self.at].kind != closing:
            raise _unexpected(self.tokens[self.at], f"`,` or `{closing}`")

    def expect(self, kind: str) -> Token:
        token = self.next()
        if token.kind != kind:
            raise _unexpected(token, f"`{kind}`")
        return token

    def is_word(self, word: str, ahead: int = 0) -> bool:
        token = self.tokens[self.at + ahead]
        return token.kind == "name" and token.text == word

    def next(self) -> Token:
        token = self.tokens[self.at]
        if token.kind != "end":
            self.at += 1
        return token


_TOO_DEEP = f"the expression is nested deeper than {MAX_BRACKETS} levels"


def _unexpected(token: Token, expected: str = "", fix: str = "") -> ExpressionError:
    if token.kind == "end":
        message = f"it ends where {expected} is expected" if expected else "it ends where more is expected"
    else:
        found = f"`{token.text[:40]}`" if token.text[:40].isprintable() else "this text"
        message = f"{found} stands where {expected} is expected" if expected else f"{found} is not expected here"
    return ExpressionError(message, token.offset, max(len(token.text), 1), fix=fix)


def _no_function(token: Token) -> ExpressionError:
    if token.text in FILTERS:
        return ExpressionError(
            f"`{token.text}` is a filter", token.offset, len(token.text), fix=f"Write `x | {token.text}`."
        )
    hint = nearest(token.text, FUNCTIONS)
    return ExpressionError(f"there is no function `{token.text}`", token.offset, len(token.text), hint)
