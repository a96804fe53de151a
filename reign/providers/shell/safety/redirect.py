"""Redirections: what a command reads, and where what it prints goes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reign.providers.shell.safety.danger import LEAKS
from reign.providers.shell.safety.expand import Words
from reign.providers.shell.safety.nodes import named, spans
from reign.providers.shell.safety.paths import content_of
from reign.providers.shell.safety.scope import Scope
from reign.providers.shell.safety.skeleton import Script
from reign.providers.shell.safety.text import ENVIRON, FETCHED, SECRET, UNKNOWN
from reign.providers.shell.safety.writing import check_fill, check_write

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True, slots=True)
class Redirection:
    """`number op target`; `others` are the other ways in which the target comes out. `<<`: the target is the text."""

    op: str
    number: str
    target: str
    others: tuple[str, ...] = ()

    @property
    def is_input(self) -> bool:
        """Whether it is read from there."""
        return self.op.startswith("<") and self.op != "<>"

    @property
    def is_socket(self) -> bool:
        """Whether bash opens a connection for it."""
        return self.target.startswith(("/dev/tcp/", "/dev/udp/"))


_OPERATOR = re.compile(r"(\d*|\{\w+\})(<<<|&>>|&>|>>|>&|<&|<>|>\||<|>)\s*")


def read_redirection(node: Node, script: Script, words: Words) -> tuple[Redirection, list[str]]:
    """The redirection at `node`, and the words behind it that belong to the command."""
    begun = (script.documents[at] for at in range(node.start_byte, node.end_byte) if at in script.documents)
    if document := next(begun, None):
        return Redirection("<<", "0", words.document(document.text) if document.expands else document.text), []
    raw = script.raw(node)
    found = _OPERATOR.match(raw)
    if found is None:
        return Redirection(">", "1", UNKNOWN), []
    nodes = [child for child in named(node) if child.type != "file_descriptor"]
    raws = [script.text[begin:end] for begin, end in spans(nodes)] or [raw[found.end() :]]
    targets = words.texts(raws[0])
    number = found[1] or ("0" if found[2][0] == "<" else "1")
    follows = script.text[node.end_byte : node.end_byte + 1] in ("<", ">")
    more = raws[1:-1] if follows and raws[1:] and raws[-1].isdigit() else raws[1:]
    return Redirection(found[2], number, targets[0], tuple(targets[1:])), more


def opened(found: Sequence[Redirection], scope: Scope, stdin: str) -> str:
    """What is read as standard input."""
    for each in found:
        if each.number not in ("0", "") or not (each.is_input or each.op == "<>"):
            continue
        if each.op == "<<":
            stdin = each.target
        elif each.op == "<<<":
            stdin = f"{each.target}\n"
        elif each.op == "<&":
            stdin = FETCHED if each.target in scope.sockets else scope.inputs.get(each.target, stdin)
        else:
            stdin = content_of(each.target, scope.folder, scope.files)
    return stdin


def keep_open(found: Sequence[Redirection], scope: Scope) -> None:
    """What `exec 3< file` opens for the commands behind it."""
    for each in found:
        if each.number not in ("0", "") and each.is_input and not each.op.startswith("<&"):
            scope.inputs[each.number] = opened([replace(each, number="0")], scope, "")


def written(found: Sequence[Redirection], printed: str, scope: Scope) -> str:
    """Look at where `printed` goes. What is left of it for the next in the pipe."""
    left = printed
    for each in found:
        if each.is_input or (each.op == ">&" and each.target.isdigit()):
            if each.op == ">&" and each.number == "1" and each.target in scope.sockets:
                _sent(printed, scope)
            continue
        text = "" if each.number not in ("1", "") and not each.op.startswith("&") else printed
        for target in (each.target, *each.others):
            if each.is_socket:
                _sent(text, scope)
            else:
                check_write(target, text, scope, adds=each.op.endswith(">>"))
                check_fill(target, text, scope)
        if each.number in ("1", "") or each.op.startswith("&"):
            left = ""
    return left


def _sent(text: str, scope: Scope) -> None:
    if SECRET in text or ENVIRON in text:
        scope.found.add(LEAKS, "sends what nobody else may see over the network")
