"""Variables that are set, and what setting some of them does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import BACKDOOR, DEFENCES
from reign.providers.shell.safety.expand import Words
from reign.providers.shell.safety.nodes import named, spans
from reign.providers.shell.safety.scope import Scope, Value
from reign.providers.shell.safety.skeleton import Script, read_script
from reign.providers.shell.safety.text import UNKNOWN, literal

if TYPE_CHECKING:
    from tree_sitter import Node

ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[[^]]*\])?(\+?)=(.*)", re.DOTALL)
_GUARDS = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*|[0-9])")
_RUNS = re.compile(
    r"(?:GIT_)?(?:PAGER|EDITOR|SSH_COMMAND|ASKPASS|SEQUENCE_EDITOR|EXTERNAL_DIFF)|VISUAL|MANPAGER|PROMPT_COMMAND|LESSOPEN"
)
"""Variables whose value is a command that others run."""
_READS = ("BASH_ENV", "ENV")
"""Variables whose value is a script that shells begin with."""
_HISTORY = re.compile(r"HISTFILE|HIST(?:FILE)?SIZE")
_TELLS = ("unset", "export", "declare", "typeset")


def check_variable(name: str, value: str, command: Command) -> None:
    """Look at what a variable does that another command gets."""
    if _RUNS.fullmatch(name):
        command.code(literal(value), stdin="")
    elif name in _READS and value:
        command.other((".", value), scope=command.scope.inner(), stdin="")
    elif name in ("LD_PRELOAD", "LD_AUDIT") and value.startswith(("/tmp/", "/dev/shm/", "/var/tmp/")):  # noqa: S108
        command.tell(BACKDOOR, "puts code of a temporary folder into another program")


def check_history(name: str, values: list[Value], scope: Scope) -> None:
    """Take down that what is typed is kept nowhere."""
    if _HISTORY.fullmatch(name) and values in ([("/dev/null",)], [("0",)]):
        scope.found.add(DEFENCES, "keeps what is done out of the history")


def guard(test: str, scope: Scope) -> None:
    """What a test asks about is not empty where it goes on: rather so than one false alarm for each."""
    for word in _GUARDS.findall(test):
        if scope.values(word) == [("",)]:
            scope.variables[word] = [(UNKNOWN,)]


def declared(node: Node, script: Script, words: Words) -> tuple[tuple[str, ...], list[str]]:
    """Set what a declaration sets. Its words, where it is a command that has more to tell, and the names that are set."""
    names: list[str] = []
    raws = [script.text[begin:end] for begin, end in spans(named(node))]
    if node.type == "variable_assignment":
        raws = [script.raw(node)]
    for raw in raws:
        if assignment := ASSIGNMENT.fullmatch(raw):
            _assign(assignment, words)
            names.append(assignment[1])
    head = script.raw(node.children[0]) if node.type in ("declaration_command", "unset_command") else ""
    told = (field for raw in raws for field in words.fields(raw)[0]) if head in _TELLS else ()
    return (head, *told) if head in _TELLS else (), names


def _assign(assignment: re.Match[str], words: Words) -> None:
    name, adds, raw = assignment.groups()
    is_array = raw.startswith("(") and raw.endswith(")")
    values: list[Value] = [_items(raw, words)] if is_array else [(text,) for text in words.texts(raw)]
    check_history(name, values, words.scope)
    if adds:
        old = words.scope.values(name)
        values = [(*each, *new) if is_array else ("".join((*each, *new)),) for each in old for new in values]
    words.scope.assign(name, values)


def _items(raw: str, words: Words) -> Value:
    script = read_script(f"x {raw[1:-1]}".replace("\n", " "))
    nodes = named(script.root.children[0]) if script.root.children else []
    return tuple(field for begin, end in spans(nodes)[1:] for field in words.fields(script.text[begin:end])[0])
