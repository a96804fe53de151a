"""What waits for what, as DOT for Graphviz and as Mermaid."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reign.model.picture import Edge, Node, Picture
from reign.render.words import one_line, plural

MERMAID_EDGES = 500
MERMAID_CHARACTERS = 50_000
"""What Mermaid draws of one text unless whoever embeds it allows more."""

_COLOURS = {
    "create": "darkgreen",
    "read": "steelblue",
    "import": "steelblue",
    "move": "steelblue",
    "update": "darkorange",
    "replace": "firebrick",
    "delete": "red",
    "forget": "gray40",
    "no-op": "gray60",
}
_SHAPES = {"managed": "box", "data": "ellipse", "output": "note"}
_STYLES = {"implied": "dashed", "order": "dotted"}
_BRACKETS = {"managed": ("[", "]"), "data": ("([", "])"), "output": ("[/", "/]")}
_ARROWS = {"implied": "-. implied .->", "order": "-. then .->"}
_SPECIAL = re.compile(r"[^\w .,:/()\[\]=+~*?!@^$|-]")


def dot(picture: Picture) -> str:
    """A digraph whose nodes are named by their addresses; each arrow leads to what is waited for."""
    lines = [f"digraph {_quoted(_title(picture))} {{", '  rankdir = "RL";', '  node [fontname = "sans-serif"];']
    for block, nodes in _clusters(picture):
        indent = "    " if block else "  "
        if block:
            lines += [f"  subgraph {_quoted(f'cluster {block}')} {{", f"    label = {_label(block)};"]
        lines += [f"{indent}{_dot_node(node)}" for node in nodes]
        lines += ["  }"] if block else []
    lines += [f"  {_dot_edge(edge)}" for edge in picture.edges]
    return "\n".join([*lines, "}"]) + "\n"


def mermaid(picture: Picture) -> str:
    """A flowchart with the addresses as labels; each arrow leads to what is waited for."""
    names = {node.address: f"n{number}" for number, node in enumerate(picture.nodes)}
    lines = ["flowchart RL"]
    for number, (block, nodes) in enumerate(_clusters(picture)):
        indent = "    " if block else "  "
        if block:
            lines.append(f'  subgraph g{number}["{_entities(block)}"]')
        lines += [f"{indent}{_mermaid_node(names[node.address], node)}" for node in nodes]
        lines += ["  end"] if block else []
    for edge in picture.edges:
        lines.append(f"  {names[edge.source]} {_ARROWS.get(edge.kind, '-->')} {names[edge.target]}")
    return "\n".join([*lines, *_classes(picture, names)]) + "\n"


def beyond_mermaid(picture: Picture, text: str) -> str:
    """What to say where Mermaid will not draw `text` by itself; empty where it will."""
    if len(picture.edges) <= MERMAID_EDGES and len(text) <= MERMAID_CHARACTERS:
        return ""
    return (
        f"Note: Mermaid draws at most {MERMAID_EDGES} edges and {MERMAID_CHARACTERS:,} characters unless maxEdges and "
        f"maxTextSize allow more; here are {plural(len(picture.edges), 'edge')} and {len(text):,} characters. "
        "Graphviz draws them: --format dot"
    )


def _title(picture: Picture) -> str:
    return f"{picture.project}/{picture.env}" if picture.env else picture.project


def _clusters(picture: Picture) -> Iterator[tuple[str, list[Node]]]:
    """The nodes in order, those of one block of several instances together under its name."""
    found: dict[str, list[Node]] = {}
    for node in picture.nodes:
        found.setdefault(node.block or node.address, []).append(node)
    for block, nodes in found.items():
        yield block if nodes[0].block else "", nodes


def _words(node: Node) -> tuple[str, str]:
    """The address, and what the plan does to it."""
    numbers = ", ".join(map(str, node.steps))
    steps = f" ({'step' if len(node.steps) == 1 else 'steps'} {numbers})" if numbers else ""
    return node.address, f"{node.action}{steps}"


def _dot_node(node: Node) -> str:
    address, action = _words(node)
    label = f'{_label(address)[:-1]}\\n{_label(action)[1:-1]}"' if action else _label(address)
    colour = f", color = {_COLOURS[node.action]}" if node.action in _COLOURS else ""
    return f"{_quoted(address)} [label = {label}, shape = {_SHAPES[node.mode]}{colour}];"


def _dot_edge(edge: Edge) -> str:
    style = f" [style = {_STYLES[edge.kind]}]" if edge.kind in _STYLES else ""
    return f"{_quoted(edge.source)} -> {_quoted(edge.target)}{style};"


def _quoted(text: str) -> str:
    """A name in DOT: where only the quote is special, and a backslash before it or at the end."""
    escaped = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _label(text: str) -> str:
    """The same to be shown, where an ampersand begins an entity."""
    return _quoted(text.replace("&", "&amp;"))


def _mermaid_node(name: str, node: Node) -> str:
    begin, end = _BRACKETS[node.mode]
    told = "<br>".join(_entities(part) for part in _words(node) if part)
    return f'{name}{begin}"{told}"{end}'


def _entities(text: str) -> str:
    """Text inside quotes, where quotes, marks of Markdown and of HTML would mean something."""
    return _SPECIAL.sub(lambda found: "".join(f"#{ord(char)};" for char in found[0]), one_line(text))


def _classes(picture: Picture, names: dict[str, str]) -> Iterator[str]:
    """The nodes of each action, in its colour."""
    for action, colour in _COLOURS.items():
        members = [names[node.address] for node in picture.nodes if node.action == action]
        if members:
            kind = action.replace("-", "")
            yield f"  classDef {kind} stroke:{colour}"
            yield f"  class {','.join(members)} {kind}"
