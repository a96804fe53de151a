"""`fmt`: tests/cases/fmt/*.before and what comes of them, and that nothing ever says something else than before.

REIGN_ACCEPT=1 writes what comes now as what is expected.
"""

from __future__ import annotations

import os
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]

from reign.config import formatted
from reign.config.layout import lay_out
from reign.config.lines import whole
from reign.model.errors import Failed
from reign.yaml.compose import compose
from reign.yaml.nodes import Mapping, Node, Scalar, Sequence, Source
from reign.yaml.report import Report

ROOT = Path(__file__).parents[2]
CASES = sorted((ROOT / "tests/cases/fmt").glob("*.before"))
ENDS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


def laid(text: str) -> str:
    """What `fmt` makes of a text, without the net that catches what would say something else."""
    lines = lay_out(text)
    return "".join(f"{shown}{line.end}" for shown, line in zip(whole(lines), lines, strict=True))


def said(node: Node | None) -> Any:
    """What a document says: every scalar by its source text, and whether it is quoted, which is what tells how it is read."""
    if isinstance(node, Mapping):
        return {key: said(value) for key, (_, value) in node.pairs.items()}
    if isinstance(node, Sequence):
        return [said(item) for item in node.items]
    return (node.text, bool(node.style), node.tag) if isinstance(node, Scalar) else None


def marks(text: str) -> list[tuple[str, str]]:
    """The anchors, aliases and tags, in order."""
    parser, found = CParser(text), []
    while (token := parser.get_token()) is not None:
        name = type(token).__name__
        if name in ("AnchorToken", "AliasToken", "TagToken"):
            found.append((name, str(token.value)))
    return found


def comments(text: str) -> list[str]:
    """Every comment, in order: what stands between the tokens, and behind the header of a block."""
    parser, found, end = CParser(text), list[str](), 0
    while (token := parser.get_token()) is not None:
        start = token.start_mark.index
        between = text[end:start] if start >= end else ""
        if type(token).__name__ == "ScalarToken" and text[start : start + 1] in ("|", ">") and not token.plain:
            between += ENDS.split(text[start : token.end_mark.index])[0]
        found += [line[line.index("#") :].rstrip() for line in ENDS.split(between) if "#" in line]
        end = max(end, token.end_mark.index)
    found += [line[line.index("#") :].rstrip() for line in ENDS.split(text[end:]) if "#" in line]
    return found


def check(text: str) -> str:
    """What comes of a text, after looking whether it says the same, has the same comments, and stays as it is from now on."""
    made = laid(text)
    assert said(compose(Source("b", made), Report())) == said(compose(Source("a", text), Report()))
    assert marks(made) == marks(text)
    assert comments(made) == comments(text)
    assert laid(made) == made
    return made


def yaml_of_the_repository() -> dict[str, str]:
    """Every YAML text that is kept here and that Reign reads: projects, cases, and the files of projects that cases hold."""
    found: dict[str, str] = {}
    folders = ("plans", "tests/projects", "tests/cases", "tests/faults", ".github")
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.y*ml"))]
    for path in paths:
        text = path.read_text(encoding="utf-8")
        found[str(path.relative_to(ROOT))] = text
        given = YAML(typ="safe").load(text) if "cases" in path.parts else None
        for case in (given, *given.values()) if isinstance(given, dict) else ():
            files = case.get("files") if isinstance(case, dict) else None
            found |= {f"{path.stem}/{name}": str(content) for name, content in (files or {}).items()}
    return {name: text for name, text in found.items() if is_read(text)}


def is_read(text: str) -> bool:
    try:
        formatted(text.encode(), "x")
    except Failed:
        return False
    return True


TEXTS = yaml_of_the_repository()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_how_it_is_written(case: Path) -> None:
    data = case.read_bytes()
    made = formatted(data, case.name)
    expected = case.with_suffix(".after")
    if os.environ.get("REIGN_ACCEPT") == "1":
        expected.write_bytes(made.text.encode())
    assert made.text.encode() == expected.read_bytes()
    assert check(data.decode("utf-8-sig")) == made.text
    assert not formatted(expected.read_bytes(), case.name).changed


def test_there_are_hundreds_of_texts() -> None:
    assert len(TEXTS) > 200


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_says_the_same(name: str) -> None:
    check(TEXTS[name])


@pytest.mark.parametrize("name", TEXTS)
def test_another_reader_reads_the_same(name: str) -> None:
    """A parser that shares nothing with the one that the tokens come from."""
    assert heard(laid(TEXTS[name])) == heard(TEXTS[name])


def heard(text: str) -> list[tuple[Any, ...]]:
    """What the parser that is written in Python makes of a text, but for places and quotes."""
    names = ("anchor", "tag", "value", "implicit")
    events = YAML(typ="safe", pure=True).parse(text)
    return [(type(event), *(getattr(event, name, None) for name in names)) for event in events]


PIECES = [
    *("  ", "\ufeff", "\n", "\n\n", "- ", "? ", ": ", ", ", "[", "{", "]", "}"),
    *("# c", "  # d\n", "#e\n", "&a ", "*a", "!!str ", "|\n"),
    *(">-\n", "|+\n", "|2\n", "'", '"', "\\", "\t", "a", "b: ", "-\n", "---\n", "\r\n", "\u2028", "\x85", "...\n", '"x": '),
    *("'y'", "\n    ", "<<: ", "- - ", "a: |\n  t\n", "${x}", "\n# z\n", "\n   # z\n"),
]  # fmt: skip
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 5), st.sampled_from(PIECES)), max_size=4)
SHORT = sorted(text for text in TEXTS.values() if len(text) < 2000)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([*SHORT, *(case.read_text(encoding="utf-8-sig") for case in CASES)]), EDITS)
def test_whatever_stands_there_says_the_same(text: str, edits: list[tuple[float, int, str]]) -> None:
    for part, cut, piece in edits:
        at = int(part * len(text))
        text = text[:at] + piece + text[at + cut :]
    try:
        made = formatted(text.encode(), "x")
    except Failed:
        return
    if made.changed:
        assert check(text.removeprefix("\ufeff")) == made.text


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    st.sampled_from([1, 3, 4, 7]),
    st.booleans(),
)
def test_any_value_in_any_style_says_the_same(value: object, indent: int, is_flow: bool) -> None:
    writer = YAML(typ="safe", pure=True)
    writer.indent, writer.default_flow_style, writer.width = indent + 1, is_flow, 40
    stream = StringIO()
    writer.dump({"k": value}, stream)
    if is_read(stream.getvalue()):
        check(stream.getvalue())


def test_a_key_that_would_begin_a_document_stays_where_it_is() -> None:
    made = formatted(b" --- a: 1\n", "x")
    assert (made.text, made.changed) == (" --- a: 1\n", False)


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"a: [1\nb: 2\n", "config/yaml-syntax", 2),
        (b"a: {x: ${b}}\n", "config/cut-expression", 1),
        (b"a: !x 1\n", "config/custom-tag", 1),
        (b"a: 1\n---\nb: 1\n", "config/yaml-syntax", 2),
        (b"[" * 70 + b"]" * 70, "config/too-deep", 1),
        (b"a: &a [x]\nb: [" + b"*a, " * 101 + b"]\n", "config/too-many-aliases", 2),
        (b"a: \xff\n", "config/not-utf8", None),
        (b"some text\nof two lines\n", "config/wrong-type", None),
        (b"- a\n-   b\n", "config/wrong-type", None),
    ],
)
def test_what_is_not_read_is_a_finding(data: bytes, code: str, line: int | None) -> None:
    with pytest.raises(Failed) as failed:
        formatted(data, "reign.yaml")
    [finding] = failed.value.findings
    assert finding.code == code
    assert (finding.place and finding.place.line) == line


def test_the_lines_know_where_they_come_from() -> None:
    made = formatted(b"a:\n- 1\n-\n  - 2\n# c\nb: |\n   x\n", "x")
    assert list(zip(made.after, made.origins, strict=True)) == [
        ("a:\n", 0),
        ("  - 1\n", 1),
        ("  - - 2\n", 2),
        ("# c\n", 4),
        ("b: |\n", 5),
        ("  x\n", 6),
    ]
