"""Templates: text with `${...}`, `%{ for }`, `%{ if }`, over the values that were handed in and nothing else.

`~` inside a tag's brackets takes the white space on that side of it away. `$${` and `%%{` are literal; `${{` is never ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

from reign.expression.carry import HELD, MAX_TEXT, Mark
from reign.expression.errors import ExpressionError
from reign.expression.evaluate import evaluate
from reign.expression.filters import text_of
from reign.expression.lexer import MAX_TOKENS, tokens
from reign.expression.loops import loop, rows
from reign.expression.parser import MAX_PLACES, Parser, plain_path
from reign.expression.run import Run, placed, truth
from reign.expression.scope import Scope
from reign.expression.secrecy import awaited
from reign.expression.syntax import Node
from reign.model.values import Sensitive, Unknown, Value

MAX_NESTING = 50
"""Tags inside tags: rendering recurses into each."""

_LITERAL = re.compile(r"(?:[^$%]++|\$\$\{|%%\{|\$\{\{|\$(?!\$?\{)|%(?!%?\{))*+")
"""As much as is no tag."""


class TemplateError(ExpressionError):
    """A template that cannot be read or rendered. `line` and `column` are the template's own, from 1."""

    def __init__(self, message: str, offset: int, width: int, hint: str, fix: str, line: int, column: int) -> None:
        super().__init__(message, offset, width, hint, fix)
        self.args = (message, offset, width, hint, fix, line, column)
        self.line = line
        self.column = column


@dataclass(slots=True)
class _Body:
    """Pieces in order: texts, expressions, and blocks."""

    pieces: list[_Piece] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _For:
    names: tuple[str, ...]
    source: Node
    condition: Node | None
    body: _Body


@dataclass(frozen=True, slots=True)
class _If:
    test: Node
    body: _Body
    other: _Body


@dataclass(frozen=True, slots=True)
class _Insert:
    node: Node


_Piece: TypeAlias = "str | _Insert | _For | _If"


def render(
    source: str, values: Mapping[str, Any], functions: Mapping[str, Callable[..., Value]] | None = None
) -> Value:
    """`source` with `values` filled in: a text, or `Unknown` when the text would depend on an unknown value.

    A text that depends on a sensitive value is `Sensitive`, with no template: no one expression leads to it.
    Raises TemplateError, which says nothing of a sensitive value.
    """
    run = Run(Scope(values, functions=functions or {}))
    try:
        page = _Page(run)
        page.render(_read(source))
    except ExpressionError as error:
        raise _placed(error, source) from None
    if page.held:
        return Unknown(tuple(sorted(page.waits_for)), page.marked)
    text = "".join(page.made)
    return Sensitive(text) if page.marked else text


def _placed(error: ExpressionError, source: str) -> TemplateError:
    before = source[: error.offset]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return TemplateError(error.message, error.offset, error.width, error.hint, error.fix, line, column)


@dataclass(slots=True)
class _Page:
    """What has been rendered so far, what it turned out to wait for, and whether it may be shown."""

    run: Run
    made: list[str] = field(default_factory=list)
    size: int = 0
    held: bool = False
    marked: bool = False
    waits_for: set[str] = field(default_factory=set)

    def render(self, body: _Body) -> None:
        """Add `body` to the page."""
        for piece in body.pieces:
            self.run.steps -= 1
            match piece:
                case str():
                    self.put(piece)
                case _Insert():
                    self.insert(piece.node)
                case _For():
                    self.loop(piece)
                case _If():
                    self.choose(piece)

    def put(self, text: str) -> None:
        self.size += len(text)
        if self.size > MAX_TEXT:
            raise ExpressionError(f"the text has more than {MAX_TEXT} characters")
        self.made.append(text)

    def decided(self, value: Any, *decides: Node) -> bool:
        """Is `value` known, as far as the page depends on it? If not, neither is what it decides about."""
        if value.__class__ is Mark:
            self.marked = True
        elif value.__class__ in HELD:
            self.held = True
            if value.__class__ is Unknown:
                value = awaited(value, self.run, *decides)
                self.waits_for.update(value.waits_for)
                self.marked = self.marked or value.sensitive
            return False
        return True

    def insert(self, node: Node) -> None:
        value = evaluate(node, self.run)
        if self.decided(value):
            placed(node, lambda: self.put(text_of(value.value if value.__class__ is Mark else value)))

    def loop(self, block: _For) -> None:
        source = evaluate(block.source, self.run)
        if self.decided(source, *_nodes(block.body)):
            turns = rows(source, len(block.names), block.source, self.run)
            held = loop(turns, block.names, block.condition, lambda: self.render(block.body), self.run)
            self.decided(held, *_nodes(block.body))

    def choose(self, block: _If) -> None:
        test = evaluate(block.test, self.run)
        if self.decided(test, *_nodes(block.body), *_nodes(block.other)):
            met = truth(test.value if test.__class__ is Mark else test, block.test)
            self.render(block.body if met else block.other)


def _nodes(body: _Body) -> Iterator[Node]:
    """The expressions in it, at any depth."""
    for piece in body.pieces:
        match piece:
            case _Insert(node):
                yield node
            case _For(_, source, condition, inner):
                yield source
                yield from () if condition is None else (condition,)
                yield from _nodes(inner)
            case _If(test, inner, other):
                yield test
                yield from _nodes(inner)
                yield from _nodes(other)


@dataclass(slots=True)
class _Opened:
    """A block whose `%{ end }` is awaited. `make` builds it from its bodies."""

    word: str
    offset: int
    outer: _Body
    body: _Body
    make: Callable[[_Body, _Body], _For | _If]
    other: _Body | None = None


@lru_cache(maxsize=256)
def _read(source: str) -> _Body:
    """The tree of a template."""
    reader = _Reader(source)
    reader.read()
    return reader.body


class _Reader:
    """One pass over a template."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.body = _Body()
        self.opened: list[_Opened] = []
        self.literal = ""
        self.trim = False
        self.places = 0
        self.left = MAX_TOKENS

    def read(self) -> None:
        """Fill `body`."""
        at = 0
        while True:
            end = _LITERAL.match(self.source, at).end()  # type: ignore[union-attr]
            self.text(self.source[at:end].replace("$${", "${").replace("%%{", "%{"))
            if end == len(self.source):
                break
            at = self.tag(end)
        self.flush()
        if self.opened:
            block = self.opened[-1]
            message = f"`%{{ {block.word} }}` has no `%{{ end }}`"
            raise ExpressionError(message, block.offset, 2, fix="Write `%{ end }` where it ends.")

    def text(self, text: str) -> None:
        if self.trim:
            text = text.lstrip()
            self.trim = not text
        self.literal += text

    def flush(self) -> None:
        if self.literal:
            self.body.pieces.append(self.literal)
        self.literal = ""

    def tag(self, start: int) -> int:
        """Read the tag at `start`. Returns where it ends."""
        self.places += 1
        if self.places > MAX_PLACES:
            raise ExpressionError(f"the template has more than {MAX_PLACES} tags", start)
        if self.source[start] == "$" and (path := plain_path(self.source, start + 2)):
            self.flush()
            self.body.pieces.append(_Insert(path[0]))
            self.trim = False
            return path[1]
        inside = start + 2
        if self.source.startswith("~", inside):
            self.literal, inside = self.literal.rstrip(), inside + 1
        self.flush()
        parser = Parser(tokens(self.source, inside, closing="~}", most=self.left), reserved=())
        self.left -= len(parser.tokens)
        end = parser.tokens[-1].offset
        if self.source[start] == "$":
            self.body.pieces.append(_Insert(parser.whole()))
        else:
            self.block(parser, start, end)
        self.trim = self.source[end] == "~"
        return end + 1 + self.trim

    def block(self, parser: Parser, start: int, end: int) -> None:
        """Begin, turn or end a block."""
        width = end + 1 - start
        if parser.is_word("for"):
            names, source, condition = parser.clause()
            self.open("for", start, lambda body, _: _For(names, source, condition, body))
        elif parser.is_word("if"):
            test = parser.after_word()
            self.open("if", start, lambda body, other: _If(test, body, other))
        elif parser.is_word("else") and parser.tokens[1].kind == "end":
            self.turn(start, width)
        elif parser.is_word("end") and parser.tokens[1].kind == "end":
            self.close(start, width)
        else:
            fix = "Tags are `%{ for x in xs }`, `%{ if c }`, `%{ else }` and `%{ end }`; `%%{` is a literal `%{`."
            raise ExpressionError("the tag means nothing", start, width, fix=fix)

    def open(self, word: str, start: int, make: Callable[[_Body, _Body], _For | _If]) -> None:
        if len(self.opened) >= MAX_NESTING:
            raise ExpressionError(f"the tags are nested deeper than {MAX_NESTING}", start, 2)
        self.opened.append(_Opened(word, start, self.body, body := _Body(), make))
        self.body = body

    def turn(self, start: int, width: int) -> None:
        if not self.opened or self.opened[-1].word != "if" or self.opened[-1].other is not None:
            raise ExpressionError("`%{ else }` has no `%{ if }`", start, width)
        self.opened[-1].other = self.body = _Body()

    def close(self, start: int, width: int) -> None:
        if not self.opened:
            raise ExpressionError("`%{ end }` has no beginning", start, width)
        block = self.opened.pop()
        self.body = block.outer
        self.body.pieces.append(block.make(block.body, block.other or _Body()))
