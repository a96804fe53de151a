"""What the documents have to name, collected from the code itself."""

import ast
import inspect
import itertools
import re
from collections.abc import Iterator
from enum import Enum

import click

from reign.cli.main import Reign
from reign.model.finding import DANGER
from tests.docs.pages import ROOT

CODE = re.compile(r"[a-z][a-z0-9-]*(/[a-z][a-z0-9-]*)?")
WORDS = re.compile(r"\S+ .*|Cancelled")
SUMMARY = re.compile(r"[A-Z][^A-Z]* .*")
NO_FINDINGS = {"PydanticCustomError", "_read", "frozenset"}
"""Calls whose texts look like a code and its summary, and are none: names of sections, of kinds of errors, of words."""


def commands() -> dict[str, click.Command]:
    """`reign state list` -> its command; groups are left out, what they hold is not."""
    root = Reign("reign")
    context = click.Context(root, info_name="reign")
    return dict(_leaves(root, context, "reign"))


def _leaves(command: click.Command, context: click.Context, words: str) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield words, command
        return
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        assert below is not None, f"{words} {name}"
        yield from _leaves(below, click.Context(below, info_name=name, parent=context), f"{words} {name}")


def finding_codes() -> set[str]:
    """The code of every finding in the source: a text like `plan/stale` that stands before a summary, or that begins like one.

    What `config` and `yaml` report about a file is written without its `config/`, which the report puts in front. A code that
    is put together from parts is known from the cases that expect it. The summary of a danger stands elsewhere.
    """
    texts: set[str] = set()
    codes: set[str] = set()
    for path in sorted((ROOT / "reign").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                texts.add(node.value)
            codes |= {code for code in _before_summaries(node) if "/" in code}
            if path.parent.name in ("config", "yaml"):
                codes |= {f"config/{code}" for code in _before_summaries(node) if "/" not in code}
    rooms = {code.partition("/")[0] for code in (*codes, DANGER)}
    for path in sorted((ROOT / "tests/cases/config").glob("*.yaml")):
        codes |= set(re.findall(r"\[([a-z]+/[a-z0-9-]+)\]$", path.read_text(encoding="utf-8"), re.MULTILINE))
    return codes | {text for text in texts if "/" in text and text.partition("/")[0] in rooms}


def member_docs(kind: type[Enum]) -> dict[str, str]:
    """Member -> what the text below it in the source says."""
    [body] = ast.parse(inspect.getsource(kind)).body
    assert isinstance(body, ast.ClassDef)
    return {
        before.targets[0].id: " ".join(node.value.value.split())
        for before, node in itertools.pairwise(body.body)
        if isinstance(before, ast.Assign) and isinstance(before.targets[0], ast.Name)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }


def _before_summaries(node: ast.AST) -> Iterator[str]:
    """The codes among the arguments of a call, or the items of a tuple, that a summary follows."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in NO_FINDINGS:
        return
    items = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else []
    pairs = list(itertools.pairwise(items))
    if isinstance(node, ast.Call):
        named = {word.arg: word.value for word in node.keywords}
        if "code" in named and "summary" in named:
            pairs.append((named["code"], named["summary"]))
    for code, summary in pairs:
        for text in _texts(code):
            pattern = WORDS if "/" in text else SUMMARY
            if CODE.fullmatch(text) and any(pattern.fullmatch(words) for words in _texts(summary)):
                yield text


def _texts(node: ast.AST) -> list[str]:
    """The texts that an expression may be: itself, or either side of a conditional."""
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body), *_texts(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []
