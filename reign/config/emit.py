"""Nodes written as YAML again, one value a line, each with the file and line that it comes from as a comment."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from reign.model.values import Path
from reign.yaml.nodes import Mapping, Node, Scalar, Sequence

Shown = Callable[[Path, Node], str | None]
"""What is shown instead of a node, or None for the node itself."""

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))
"""Words that some readers of YAML take for something else than a text."""


def emit(node: Mapping, instead: Shown, notes: Callable[[Path], Iterator[str]]) -> Iterator[str]:
    """The lines of a document. `notes` are lines of comment that follow what stands at a path."""
    return _mapping(node, (), "", instead, notes)


def origin(node: Node) -> str:
    """`reign.prod.yaml:12`, on one line whatever the file is called."""
    name = "".join(char if char.isprintable() else "?" for char in node.source.name)
    return f"{name}:{node.line + 1}"


def quoted(text: str) -> str:
    """`text` in double quotes, on one line."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _mapping(
    node: Mapping, path: Path, indent: str, instead: Shown, notes: Callable[[Path], Iterator[str]]
) -> Iterator[str]:
    for name, (key, value) in node.pairs.items():
        at = (*path, name)
        first, rest = _value(value, at, indent, instead, notes)
        place = origin(key if isinstance(value, Mapping) else value)
        yield f"{indent}{_key(name)}:{first and ' '}{first}  # {place}"
        yield from rest
        for note in notes(at):
            yield f"{indent}  # {note}"


def _value(
    node: Node, path: Path, indent: str, instead: Shown, notes: Callable[[Path], Iterator[str]]
) -> tuple[str, Iterator[str]]:
    """What stands on the line of the key, and the lines below it."""
    shown = instead(path, node)
    if shown is not None:
        return quoted(shown), iter(())
    if isinstance(node, Mapping):
        return ("", _mapping(node, path, f"{indent}  ", instead, notes)) if node.pairs else ("{}", iter(()))
    if isinstance(node, Sequence):
        return ("", _items(node, path, f"{indent}  ", instead, notes)) if node.items else ("[]", iter(()))
    if not isinstance(node, Scalar):
        return "null", iter(())
    header = _block_header(node.text) if node.style or "\n" in node.text else ""
    if header:
        lines = node.text.removesuffix("\n").split("\n")
        return header, (f"{indent}  {line}" if line else "" for line in lines)
    return _plain(node), iter(())


def _items(
    node: Sequence, path: Path, indent: str, instead: Shown, notes: Callable[[Path], Iterator[str]]
) -> Iterator[str]:
    for index, item in enumerate(node.items):
        at = (*path, index)
        first, rest = _value(item, at, indent, instead, notes)
        if first:
            yield f"{indent}- {first}  # {origin(item)}"
            yield from rest
        else:
            inner = iter(rest)
            yield f"{indent}- {next(inner).removeprefix(f'{indent}  ')}"
            yield from inner


def _plain(node: Scalar) -> str:
    if node.style or node.tag == "str" or not node.text.isprintable():
        return quoted(node.text)
    return node.text or "null"


def _key(name: str) -> str:
    return name if _KEY.fullmatch(name) and name.lower() not in _WORDS else quoted(name)


def _block_header(text: str) -> str:
    """The header of a block that holds `text` to the letter; empty where only quotes do."""
    lines = text.removesuffix("\n").split("\n")
    fits = (
        len(lines) > 1
        and lines[0][:1] not in ("", " ", "\t")
        and bool(lines[-1])
        and all(
            (line.isprintable() or line.replace("\t", "").isprintable()) and line == line.rstrip() for line in lines
        )
    )
    return ("|" if text.endswith("\n") else "|-") if fits else ""


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if char == "\n":
        return "\\n"
    if char.isprintable():
        return char
    return (
        f"\\x{ord(char):02x}"
        if ord(char) < 0x100
        else f"\\u{ord(char):04x}"
        if ord(char) < 0x10000
        else f"\\U{ord(char):08x}"
    )
