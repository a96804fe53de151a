"""Follows a script the way a shell would run it, without running it: every branch, each loop once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product
from typing import TYPE_CHECKING

from reign.providers.shell.safety import bombs
from reign.providers.shell.safety.assigning import ASSIGNMENT, check_history, check_variable, declared, guard
from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import EXHAUSTS, UNREAD
from reign.providers.shell.safety.expand import Words
from reign.providers.shell.safety.nodes import named, span_of, spans
from reign.providers.shell.safety.redirect import Redirection, opened, read_redirection, written
from reign.providers.shell.safety.scope import MOST_LEVELS, Function, Scope, Value
from reign.providers.shell.safety.skeleton import Script, read_script
from reign.providers.shell.safety.text import UNKNOWN, is_known, literal

if TYPE_CHECKING:
    from tree_sitter import Node

_MOST_WAYS = 12


def follow(code: str, scope: Scope) -> str:
    """Follow `code` in `scope`. What it prints, as far as that is known."""
    if scope.levels > MOST_LEVELS:
        scope.found.add(UNREAD, "goes deeper than it can be followed")
        return UNKNOWN
    script = read_script(literal(code))
    if script.is_broken and is_known(code):
        scope.found.add(UNREAD, "holds a command that cannot be read as shell")
    return Follower(script, scope).run(script.root)


class Follower:
    """Follows one script in one shell."""

    def __init__(self, script: Script, scope: Scope) -> None:
        self.script, self.scope = script, scope
        self.is_outermost = scope.levels == scope.found.level and script.text == scope.found.source
        self.words = Words(scope, self._substituted)

    def _substituted(self, code: str, scope: Scope) -> str:
        scope.levels += 1
        return follow(code, scope)

    # Statements

    def run(self, node: Node) -> str:
        """Follow what stands at `node`. What it prints."""
        if self.scope.found.is_spent():
            return UNKNOWN
        match node.type:
            case "command" | "test_command":
                return self._command(node, [], span_of(node))
            case "redirected_statement":
                return self._redirected(node)
            case "pipeline":
                return self._pipeline(node)
            case "variable_assignment" | "variable_assignments" | "declaration_command" | "unset_command":
                return self._declared(node)
            case "function_definition":
                return self._defined(node)
            case "for_statement":
                return self._for(node)
            case "while_statement" | "c_style_for_statement":
                return self._loop(node)
            case "if_statement" | "case_statement":
                return self._branches(node)
            case "subshell":
                return Follower(self.script, self.scope.inner()).all(node)
            case "list":
                return self._list(node)
            case "comment" | "heredoc_body" | "word" | "variable_name":
                return ""
        return self.all(node)

    def all(self, node: Node) -> str:
        """Everything in `node`, one after the other."""
        return "".join([self.run(child) for child in node.children if child.is_named])

    def _list(self, node: Node, redirects: list[Node] | None = None, end: int = 0) -> str:
        """`redirects` are the last one's: the grammar puts `a && b > c` down as `{ a && b; } > c`."""
        first, *others = [child for child in node.children if child.is_named] or [node]
        printed = self.run(first)
        is_else = any(child.type == "||" for child in node.children)
        for other in others:
            self.scope.doubtful += is_else
            printed += self._redirect(other, redirects, (other.start_byte, end)) if redirects else self.run(other)
            self.scope.doubtful -= is_else
        return printed

    def _perhaps(self, node: Node) -> str:
        self.scope.doubtful += 1
        printed = self.run(node)
        self.scope.doubtful -= 1
        return printed

    def _branches(self, node: Node) -> str:
        printed = ""
        is_condition = True
        for child in node.children:
            if not child.is_named:
                is_condition = is_condition and child.type not in ("then", "in")
            elif child.type in ("else_clause", "elif_clause", "case_item"):
                printed += self._perhaps(child)
            else:
                printed += self.run(child) if is_condition else self._perhaps(child)
        return printed

    def _loop(self, node: Node) -> str:
        if bombs.spawns_for_ever(self.script, node):
            self._mark(span_of(node))
            bombs.tell(self.scope.found)
        if bombs.swells_for_ever(self.script, node):
            self._mark(span_of(node))
            self.scope.found.add(EXHAUSTS, bombs.SWELLS)
        return "".join([self._perhaps(child) if child.type == "do_group" else self.run(child) for child in named(node)])

    def _for(self, node: Node) -> str:
        name, *rest = named(node)
        body = next((child for child in rest if child.type in ("do_group", "compound_statement")), None)
        raws = [self.script.text[b:e] for b, e in spans([each for each in rest if each is not body])]
        fields = [field for raw in raws for way in self.words.fields(raw) for field in way]
        if body is not None and len(fields) >= bombs.MOST_DOUBLINGS and bombs.doubles(self.script, body):
            self._mark(span_of(node))
            self.scope.found.add(EXHAUSTS, bombs.SWELLS)
        is_listed = any(child.type == "in" for child in node.children)
        self.scope.assign(
            self.script.raw(name), [(field,) for field in (fields if is_listed else self.scope.args)] or [()]
        )
        return self._perhaps(body) if body is not None else ""

    def _defined(self, node: Node) -> str:
        name = self.script.raw(named(node)[0])
        body = next((child for child in named(node)[1:] if child.type != "word"), None)
        if body is None:
            return ""
        self.scope.functions[name] = Function(body, self.script)
        if bombs.is_bomb(self.script, name, body):
            self._mark(span_of(node))
            bombs.tell(self.scope.found)
        self._mark(span_of(node))
        unseen = self.scope.anew((UNKNOWN,) * 9)
        unseen.levels = self.scope.levels
        unseen.calling = (*self.scope.calling, name)
        Follower(self.script, unseen).run(body)
        return ""

    # Pipelines and redirections

    def _pipeline(self, node: Node) -> str:
        stages = named(node)
        flowing = self.scope.stdin
        for at, stage in enumerate(stages):
            scope = self.scope.inner()
            scope.stdin = flowing
            behind = [self.script.raw(each) for each in stages[at + 1 :]]
            scope.feeds = " | ".join([*behind, *filter(None, [self.scope.feeds])])
            flowing = Follower(self.script, scope).run(stage)
        return flowing

    def _redirected(self, node: Node) -> str:
        body, redirects = None, []
        for child in named(node):
            if child.type in ("file_redirect", "herestring_redirect"):
                redirects.append(child)
            elif body is None:
                body = child
        return self._redirect(body, redirects, span_of(node))

    def _redirect(self, body: Node | None, redirects: list[Node], span: tuple[int, int]) -> str:
        if body is None or body.type in ("command", "test_command"):
            return self._command(body, redirects, span)
        if body.type == "list":
            return self._list(body, redirects, span[1])
        outer = self.scope.stdin
        found = [read_redirection(each, self.script, self.words)[0] for each in redirects]
        self.scope.stdin = opened(found, self.scope, outer)
        self._mark(span)
        printed = self.run(body)
        self.scope.stdin = outer
        return self._written(found, printed)

    def _written(self, found: list[Redirection], printed: str) -> str:
        for each in found:
            if (code := self.scope.sinks.get(each.target)) and each.op.startswith((">", "&")):
                follow(code, self.scope.anew(stdin=printed))
        return written(found, printed, self.scope)

    # Commands

    def _command(self, node: Node | None, redirects: list[Node], span: tuple[int, int]) -> str:
        self._mark(span)
        children = named(node) if node is not None else []
        inner = [child for child in children if child.type.endswith("_redirect")]
        read = [read_redirection(each, self.script, self.words) for each in (*inner, *redirects)]
        raws = [self.script.text[begin:end] for begin, end in spans([c for c in children if c not in inner])]
        raws += [raw for _, more in read for raw in more]
        found = [each for each, _ in read]
        assigned: list[tuple[str, list[Value]]] = []
        while raws and (assignment := ASSIGNMENT.fullmatch(raws[0])):
            assigned.append((assignment[1], [(text,) for text in self.words.texts(assignment[3])]))
            raws = raws[1:]
        self.scope.stdin, kept = opened(found, self.scope, self.scope.stdin), self.scope.stdin
        printed = self._executed(raws, assigned, found)
        self.scope.stdin = kept
        return self._written(found, printed)

    def _executed(self, raws: list[str], assigned: list[tuple[str, list[Value]]], found: list[Redirection]) -> str:
        if raws and raws[0].startswith(("[[", "((", "[")):
            guard(" ".join(raws), self.scope)
            return ""
        ways = [tuple(field for fields in way for field in fields) for way in self._ways(raws)]
        before = {name: self.scope.variables.get(name) for name, _ in assigned}
        for name, values in assigned:
            self.scope.variables[name] = values
            check_history(name, values, self.scope)
            for value in values if any(ways) else ():
                check_variable(name, value[0], Command(("sh",), self.scope, "", (), follow, call))
        printed = ""
        for way in ways:
            if way:
                printed = Command(way, self.scope, self.scope.stdin, tuple(found), follow, call).run()
        for name, values_before in before.items():
            if values_before is None:
                self.scope.variables.pop(name, None)
            else:
                self.scope.variables[name] = values_before
        return printed

    def _ways(self, raws: list[str]) -> Iterator[tuple[Value, ...]]:
        yield from islice(product(*[self.words.fields(raw) for raw in raws]), _MOST_WAYS)

    def _declared(self, node: Node) -> str:
        self._mark(span_of(node))
        words, names = declared(node, self.script, self.words)
        for name in names:
            for value in self.scope.values(name):
                check_variable(name, "".join(value), Command(("sh",), self.scope, "", (), follow, call))
        return Command(words, self.scope, self.scope.stdin, (), follow, call).run() if words else ""

    def _mark(self, span: tuple[int, int]) -> None:
        """What is found from now on is found there."""
        if self.is_outermost:
            self.scope.found.at = span


def call(name: str, args: Value, scope: Scope) -> str:
    """Call a function of `scope`."""
    function = scope.functions[name]
    if name in scope.calling or scope.found.is_spent():
        return UNKNOWN
    outer = scope.args, scope.calling
    scope.args, scope.calling = args, (*scope.calling, name)
    printed = Follower(function.script, scope).run(function.body)
    scope.args, scope.calling = outer
    return printed
