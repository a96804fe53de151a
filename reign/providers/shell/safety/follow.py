"""Follows a script the way a shell would run it, without running it: every branch, each loop once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, product
from typing import TYPE_CHECKING

from reign.providers.shell.safety import bombs
from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import DEFENCES, UNREAD
from reign.providers.shell.safety.expand import Words
from reign.providers.shell.safety.redirect import Redirection, opened, written
from reign.providers.shell.safety.scope import MOST_LEVELS, Function, Scope, Value
from reign.providers.shell.safety.skeleton import Script, read_script
from reign.providers.shell.safety.text import UNKNOWN, is_known, literal

if TYPE_CHECKING:
    from tree_sitter import Node

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[[^]]*\])?(\+?)=(.*)", re.DOTALL)
_GUARDS = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*|[0-9])")
_MOST_WAYS = 12
_RUNS = re.compile(
    r"(?:GIT_)?(?:PAGER|EDITOR|SSH_COMMAND|ASKPASS|SEQUENCE_EDITOR|EXTERNAL_DIFF)|VISUAL|MANPAGER|PROMPT_COMMAND|LESSOPEN"
)
"""Variables whose value is a command that others run."""


def follow(code: str, scope: Scope) -> str:
    """Follow `code` in `scope`. What it prints, as far as that is known."""
    if scope.levels > MOST_LEVELS:
        scope.found.add(UNREAD, "goes deeper than it can be followed")
        return UNKNOWN
    script = read_script(literal(code))
    if script.root.has_error and is_known(code):
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
                return self._command(node, [])
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

    def _list(self, node: Node) -> str:
        first, *others = [child for child in node.children if child.is_named] or [node]
        printed = self.run(first)
        is_else = any(child.type == "||" for child in node.children)
        for other in others:
            printed += self._perhaps(other) if is_else else self.run(other)
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
            self._mark(node)
            bombs.tell(self.scope.found)
        return "".join([self._perhaps(child) if child.type == "do_group" else self.run(child) for child in named(node)])

    def _for(self, node: Node) -> str:
        name, *rest = named(node)
        body = next((child for child in rest if child.type in ("do_group", "compound_statement")), None)
        raws = [self.script.text[b:e] for b, e in spans([each for each in rest if each is not body])]
        fields = [field for raw in raws for way in self.words.fields(raw) for field in way]
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
            self._mark(node)
            bombs.tell(self.scope.found)
        self._mark(node)
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
        if body is None or body.type in ("command", "test_command"):
            return self._command(body, redirects, node)
        outer = self.scope.stdin
        found = [self._redirection(each)[0] for each in redirects]
        self.scope.stdin = opened(found, self.scope, outer)
        self._mark(node)
        printed = self.run(body)
        self.scope.stdin = outer
        return written(found, printed, self.scope)

    def _redirection(self, node: Node) -> tuple[Redirection, list[str]]:
        """A redirection, and the words behind it that belong to the command."""
        raw = self.script.raw(node)
        begin = node.start_byte
        if document := next(
            (self.script.documents[at] for at in range(begin, node.end_byte) if at in self.script.documents), None
        ):
            said = self.words.document(document.text) if document.expands else document.text
            return Redirection("<<", "0", said), []
        found = re.match(r"(\d*|\{\w+\})(<<<|&>>|&>|>>|>&|<&|<>|>\||<|>)\s*", raw)
        if found is None:
            return Redirection(">", "1", UNKNOWN), []
        nodes = [child for child in named(node) if child.type != "file_descriptor"]
        raws = [self.script.text[each[0] : each[1]] for each in spans(nodes)] or [raw[found.end() :]]
        targets = self.words.texts(raws[0])
        number = found[1] or ("0" if found[2][0] == "<" else "1")
        follows = self.script.text[node.end_byte : node.end_byte + 1] in ("<", ">")
        more = raws[1:-1] if follows and raws[1:] and raws[-1].isdigit() else raws[1:]
        return Redirection(found[2], number, targets[0], tuple(targets[1:])), more

    # Commands

    def _command(self, node: Node | None, redirects: list[Node], whole: Node | None = None) -> str:
        at = whole or node
        if at is None:
            return ""
        self._mark(at)
        children = named(node) if node is not None else []
        inner = [child for child in children if child.type.endswith("_redirect")]
        read = [self._redirection(each) for each in (*inner, *redirects)]
        raws = [self.script.text[begin:end] for begin, end in spans([c for c in children if c not in inner])]
        raws += [raw for _, more in read for raw in more]
        found = [each for each, _ in read]
        assigned: list[tuple[str, list[Value]]] = []
        while raws and (assignment := _ASSIGNMENT.fullmatch(raws[0])):
            assigned.append((assignment[1], [(text,) for text in self.words.texts(assignment[3])]))
            raws = raws[1:]
        self.scope.stdin, kept = opened(found, self.scope, self.scope.stdin), self.scope.stdin
        printed = self._executed(raws, assigned, found)
        self.scope.stdin = kept
        return written(found, printed, self.scope)

    def _executed(self, raws: list[str], assigned: list[tuple[str, list[Value]]], found: list[Redirection]) -> str:
        if raws and raws[0].startswith(("[[", "((", "[")):
            self._guard(" ".join(raws))
            return ""
        ways = [tuple(field for fields in way for field in fields) for way in self._ways(raws)]
        before = {name: self.scope.variables.get(name) for name, _ in assigned}
        for name, values in assigned:
            self.scope.variables[name] = values
            self._check_history(name, values)
            for value in values if _RUNS.fullmatch(name) and ways and any(ways) else ():
                Command(("sh",), self.scope, "", (), follow, call).code(literal(value[0]))
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
        self._mark(node)
        raws = [self.script.text[begin:end] for begin, end in spans(named(node))]
        if node.type == "variable_assignment":
            raws = [self.script.raw(node)]
        head = self.script.raw(node.children[0]) if node.type in ("declaration_command", "unset_command") else ""
        for raw in raws:
            if assignment := _ASSIGNMENT.fullmatch(raw):
                self._assign(assignment)
        if head in ("unset", "export", "declare", "typeset"):
            words = tuple(field for raw in raws for field in self.words.fields(raw)[0])
            return Command((head, *words), self.scope, self.scope.stdin, (), follow, call).run()
        return ""

    def _assign(self, assignment: re.Match[str]) -> None:
        name, adds, raw = assignment[1], assignment[2], assignment[3]
        values: list[Value]
        if raw.startswith("(") and raw.endswith(")"):
            script = read_script(f"x {raw[1:-1]}".replace("\n", " "))
            words = (
                [script.text[b:e] for b, e in spans(named(script.root.children[0]))][1:] if script.root.children else []
            )
            values = [tuple(field for word in words for field in self.words.fields(word)[0])]
        else:
            values = [(text,) for text in self.words.texts(raw)]
        self._check_history(name, values)
        if adds and raw.startswith("("):
            values = [(*old, *new) for old in self.scope.values(name) for new in values]
        elif adds:
            values = [("".join((*old, *new)),) for old in self.scope.values(name) for new in values]
        self.scope.assign(name, values)

    def _check_history(self, name: str, values: list[Value]) -> None:
        """Take down that what is typed is kept nowhere."""
        if re.fullmatch(r"HISTFILE|HIST(?:FILE)?SIZE", name) and values in ([("/dev/null",)], [("0",)]):
            self.scope.found.add(DEFENCES, "keeps what is done out of the history")

    def _guard(self, test: str) -> None:
        """What a test asks about is not empty where it goes on: rather so than one false alarm for each."""
        for word in _GUARDS.findall(test):
            if self.scope.values(word) == [("",)]:
                self.scope.variables[word] = [(UNKNOWN,)]

    def _mark(self, node: Node) -> None:
        """What is found from now on is found in `node`."""
        if self.is_outermost:
            self.scope.found.at = (node.start_byte, node.end_byte)


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


def named(node: Node) -> list[Node]:
    """The children of a node that are no signs and no comments."""
    return [child for child in node.children if child.is_named and child.type != "comment"]


def spans(nodes: list[Node]) -> list[tuple[int, int]]:
    """Where words begin and end; nodes that touch are one word."""
    made: list[tuple[int, int]] = []
    for node in nodes:
        if made and made[-1][1] == node.start_byte:
            made[-1] = (made[-1][0], node.end_byte)
        else:
            made.append((node.start_byte, node.end_byte))
    return made
