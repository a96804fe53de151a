"""Redirections: what a command reads, and where what it prints goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reign.providers.shell.safety.danger import EXHAUSTS, LEAKS
from reign.providers.shell.safety.paths import content_of, resolved
from reign.providers.shell.safety.scope import Scope
from reign.providers.shell.safety.text import ASKED, ENVIRON, FETCHED, SECRET
from reign.providers.shell.safety.writing import check_write


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
            stdin = FETCHED if each.target in scope.sockets else stdin
        else:
            stdin = content_of(each.target, scope.folder, scope.files)
    return stdin


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
                if ASKED in text and not resolved(target, scope.folder).startswith("/dev/"):
                    scope.found.add(EXHAUSTS, "writes without an end, until the disk is full")
        if each.number in ("1", "") or each.op.startswith("&"):
            left = ""
    return left


def _sent(text: str, scope: Scope) -> None:
    if SECRET in text or ENVIRON in text:
        scope.found.add(LEAKS, "sends what nobody else may see over the network")
