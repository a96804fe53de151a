"""What starts more and more of itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reign.providers.shell.safety.danger import EXHAUSTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from reign.providers.shell.safety.scope import Found
    from reign.providers.shell.safety.skeleton import Script

_ALWAYS = re.compile(r"\s*(?::|true|\[\s+1\s+\]|\[\[\s+1\s+\]\]|\(\(\s*1\s*\)\)|test 1|/bin/true|\[ true \])\s*")
_NEVER = re.compile(r"\s*(?:false|\[ \]|! (?:true|:))\s*")
_ENDS = re.compile(r"\b(?:wait|break|return|exit|read|sleep|sem|inotifywait)\b")
_ITSELF = re.compile(r"[\"']?(?:\$\{?0\}?|\$\{?BASH_SOURCE(?:\[0\])?\}?|\./\$0)[\"']?")
_ASSIGNED = re.compile(r"(\w+)(\+?)=(.*)", re.DOTALL)
MOST_DOUBLINGS = 36
"""Two to the power of it is more than a machine has memory."""
SWELLS = "makes a text longer and longer, until the memory is full"
WHY = "starts itself again and again, until the machine stands still"


def tell(found: Found) -> None:
    """Take it down."""
    found.add(EXHAUSTS, WHY)


def is_bomb(script: Script, name: str, body: Node) -> bool:
    """Whether a function calls itself twice at once, or once and goes on beside it."""
    calls = [node for node in _commands(body) if script.raw(node).split()[:1] == [name]]
    return _multiplies(calls)


def runs_itself_twice(script: Script, root: Node) -> bool:
    """Whether a script starts itself so."""
    calls = [node for node in _commands(root) if _ITSELF.fullmatch((script.raw(node).split() or [""])[0])]
    return _multiplies(calls)


def _multiplies(calls: list[Node]) -> bool:
    piped = [node for node in calls if _is_in(node, "pipeline")]
    return len(piped) > 1 or any(_is_behind(node) for node in calls)


def spawns_for_ever(script: Script, loop: Node) -> bool:
    """Whether a loop without an end starts what it does not wait for."""
    body = _endless_body(script, loop)
    if body is None or _waits(script, body):
        return False
    return any(_is_behind(node) for node in _nodes(body) if node is not body)


def swells_for_ever(script: Script, loop: Node) -> bool:
    """Whether a loop without an end makes a text longer and longer."""
    body = _endless_body(script, loop)
    return body is not None and not _waits(script, body) and (doubles(script, body) or _grows(script, body))


def doubles(script: Script, body: Node) -> bool:
    """Whether a text is put behind itself there."""
    return any(len(re.findall(rf"\$\{{?{name}\b", value)) + adds > 1 for name, adds, value in _set(script, body))


def _grows(script: Script, body: Node) -> bool:
    return any(adds and not value.strip("\"'").isdigit() for _, adds, value in _set(script, body))


def _set(script: Script, body: Node) -> Iterator[tuple[str, bool, str]]:
    for node in _nodes(body):
        if node.type == "variable_assignment" and (found := _ASSIGNED.match(script.raw(node))):
            yield found[1], bool(found[2]), found[3]


def _endless_body(script: Script, loop: Node) -> Node | None:
    """What a loop does that never ends by its own condition."""
    body = next((child for child in loop.children if child.type == "do_group"), None)
    if body is None:
        return None
    head = script.text[loop.start_byte : body.start_byte]
    if loop.type == "c_style_for_statement":
        return body if re.search(r"\(\([^;]*;\s*(?:1|true)?\s*;[^;]*\)\)", head) else None
    word, _, condition = head.partition(" ")
    pattern = _NEVER if word == "until" else _ALWAYS
    return body if pattern.fullmatch(condition.strip().rstrip(";")) else None


def _waits(script: Script, body: Node) -> bool:
    return any(_ENDS.search(script.raw(node)) and not _is_beside(node) for node in _commands(body))


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _nodes(child)


def _commands(node: Node) -> list[Node]:
    return [each for each in _nodes(node) if each.type == "command"]


def _is_behind(node: Node) -> bool:
    """Whether it is started with `&`, itself or as a part of a pipe."""
    while node.next_sibling is None or node.next_sibling.type in ("|", "|&"):
        if node.parent is None or node.parent.type not in ("pipeline", "redirected_statement"):
            return False
        node = node.parent
    if (
        node.next_sibling.type != "&"
        and node.parent is not None
        and node.parent.type in ("pipeline", "redirected_statement")
    ):
        return _is_behind(node.parent)
    return node.next_sibling.type == "&"


def _is_beside(node: Node) -> bool:
    """Whether it, or what it stands in, is started with `&`."""
    above: Node | None = node
    while above is not None and above.type != "do_group":
        if _is_behind(above):
            return True
        above = above.parent
    return False


def _is_in(node: Node, kind: str) -> bool:
    above = node.parent
    while above is not None and above.type not in ("compound_statement", "function_definition", "program"):
        if above.type == kind:
            return True
        above = above.parent
    return False
