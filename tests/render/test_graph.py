"""Graphs with names that mean something to DOT, to Mermaid, to HTML or to a terminal."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from reign.api.graph import graph_document
from reign.model.address import Address
from reign.model.picture import Edge, Node, Picture
from reign.render.graph import MERMAID_EDGES, beyond_mermaid, dot, mermaid
from reign.render.words import one_line
from tests.programs import node_modules, program

KEYS = [
    "eu",
    'quote"d',
    "back\\slash\\",
    "new\nline",
    "a]b[c",
    "{brace} (paren) <b>bold</b> `code`",
    "&lt;&amp;#35;",
    "%% comment %%{init: {}}%%",
    "--> n1; end",
    "subgraph x",
    "\x1b[31mred\x07",
    "\u202eright to left\u2066",
    "\u05e9\u05dc\u05d5\u05dd",
    "\u6771\u4eac\U0001f680",
    "e\u0301",
    "x" * 300,
    "",
    " ",
    "${resources.a}",
]
NODES = tuple(Node(Address("local.file", "web", key).text, "local.file", "managed", "local.file.web") for key in KEYS)
PICTURE = Picture(
    "shop",
    "prod",
    (
        *NODES,
        Node("data.git.head", "git", "data", action="read", steps=(1,)),
        Node("local.file.old", "local.file", "managed", action="replace", steps=(2, 3)),
        Node("output.url", "output", "output", action="no-op"),
    ),
    (
        *(Edge(node.address, NODES[0].address, "reference") for node in NODES[1:]),
        Edge("local.file.old", NODES[0].address, "implied"),
        Edge("local.file.old", "data.git.head", "order"),
        Edge("output.url", "local.file.old", "depends_on"),
    ),
)
WORDS = {"data.git.head": "read (step 1)", "local.file.old": "replace (steps 2, 3)", "output.url": "no-op"}


@pytest.mark.parametrize("draw", [dot, mermaid])
def test_what_is_drawn_is_safe_to_print(draw: Any) -> None:
    text = draw(PICTURE)
    assert one_line(text.replace("\n", "")) == text.replace("\n", "")
    assert draw(PICTURE) == text


def test_graphviz_reads_every_name() -> None:
    ran = subprocess.run(
        [program("dot"), "-Tjson0"], input=dot(PICTURE), capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert ran.stderr == ""
    told = json.loads(ran.stdout, strict=False)  # it writes control characters as they are
    objects = told["objects"]
    nodes = {each["_gvid"]: each for each in objects if "nodes" not in each and "subgraphs" not in each}
    names = {number: _unescaped(node["name"]) for number, node in nodes.items()}
    assert set(names.values()) == {one_line(node.address) for node in PICTURE.nodes}
    assert {(names[edge["tail"]], names[edge["head"]], edge.get("style", "")) for edge in told["edges"]} == {
        (
            one_line(edge.source),
            one_line(edge.target),
            {"implied": "dashed", "order": "dotted"}.get(edge.kind, ""),
        )
        for edge in PICTURE.edges
    }


def _unescaped(name: str) -> str:
    return name.replace("\\\\", "\\")


def test_graphviz_shows_every_name() -> None:
    ran = subprocess.run([program("dot"), "-Tsvg"], input=dot(PICTURE).encode(), capture_output=True, check=True)
    assert ran.stderr == b""
    from xml.etree import ElementTree

    tree = ElementTree.fromstring(ran.stdout)
    texts = {(each.text or "").replace("\u00a0", " ") for each in tree.iter("{http://www.w3.org/2000/svg}text")}
    assert {one_line(node.address) for node in PICTURE.nodes} | set(WORDS.values()) <= texts


def test_mermaid_reads_every_name() -> None:
    modules = node_modules("mermaid@11.12.0", "jsdom@24.1.3")
    ran = subprocess.run(
        [program("node"), str(Path(__file__).parent / "mermaid" / "read.mjs")],
        input=mermaid(PICTURE),
        env={**os.environ, "NODE_MODULES": str(modules)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    shown = [f"{one_line(node.address)}<br>{WORDS[node.address]}" for node in PICTURE.nodes if node.action]
    assert told["nodes"] == [*(one_line(node.address) for node in NODES), *shown]
    assert told["groups"] == ["local.file.web"]
    place = {node.address: f"n{number}" for number, node in enumerate(PICTURE.nodes)}
    assert told["edges"] == [
        [place[edge.source], place[edge.target], "dotted" if edge.kind in ("implied", "order") else "normal"]
        for edge in PICTURE.edges
    ]


LINE = re.compile(
    r'flowchart RL|  (  )?n\d+(\[|\(\[|\[/)"[^"`<>{}%;]*(#\d+;[^"`<>{}%;]*)*(<br>[^"<>]*)?"(\]|\]\)|/\])'
    r'|  subgraph g\d+\["[^"]*"\]|  end|  n\d+ (-->|-\. \w+ \.->) n\d+|  classDef \w+ stroke:\w+|  class [n\d,]+ \w+'
)


def test_every_line_of_mermaid_is_one_of_a_few_forms() -> None:
    for line in mermaid(PICTURE).splitlines():
        assert LINE.fullmatch(line), line


def test_what_mermaid_will_not_draw_is_told() -> None:
    nodes = PICTURE.nodes[:1]
    edges = tuple(Edge(nodes[0].address, f"x{number}", "reference") for number in range(MERMAID_EDGES + 1))
    assert beyond_mermaid(Picture("shop", "", nodes, edges[:-1]), "flowchart") == ""
    assert "501 edges" in beyond_mermaid(Picture("shop", "", nodes, edges), "flowchart")
    assert "50,001 characters" in beyond_mermaid(Picture("shop", "", nodes, ()), "x" * 50_001)


def test_the_document_keeps_names_as_they_are() -> None:
    told = graph_document(PICTURE)
    assert [node["address"] for node in told["nodes"]] == [node.address for node in PICTURE.nodes]
    assert told["nodes"][-2] == {
        "address": "local.file.old",
        "mode": "managed",
        "type": "local.file",
        "action": "replace",
        "steps": [2, 3],
    }
