"""Cases as files: what an expression or a text gives, and where it is wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from reign.expression import ExpressionError, Scope, resolve
from reign.model.values import Deferred, from_json, to_json

CASES = Path(__file__).parent / "cases"


def lines(name: str) -> list[str]:
    read = (CASES / name).read_text(encoding="utf-8").splitlines()
    return [line for line in read if line and not line.startswith("# ")]


def read_file(name: str) -> str:
    if name == "gone":
        raise ExpressionError("there is no file")
    return f"contents of {name}"


@pytest.fixture(scope="module")
def scope() -> Scope:
    roots: Any = from_json(json.loads((CASES / "scope.json").read_text(encoding="utf-8")))
    deeper: list[Any] = []
    for _ in range(150):
        deeper = [deeper]
    roots["local"]["deeper"] = deeper
    functions: dict[str, Any] = {"file": read_file, "yaml": lambda value: f"yaml of {value}"}
    return Scope(roots, frozenset({"resources", "data", "run"}), functions)


def expected(text: str) -> Any:
    if text.startswith("unknown "):
        return {"$reign": "unknown", "waits_for": text.split()[1:]}
    if text.startswith("deferred "):
        return {"$reign": "deferred", "text": text.removeprefix("deferred "), "kind": "any"}
    return json.loads(text)


def same(left: Any, right: Any) -> bool:
    """Equal, and of the same types: true is not 1, nor 1.0."""
    return json.dumps(left) == json.dumps(right)


@pytest.mark.parametrize("line", lines("values.txt"))
def test_value(line: str, scope: Scope) -> None:
    source, value = line.split(" -> ")
    found = to_json(resolve(f"${{ {source} }}", scope))
    assert same(found, expected(value)), found


@pytest.mark.parametrize("line", lines("texts.txt"))
def test_text(line: str, scope: Scope) -> None:
    text, value = line.split(" -> ")
    found = resolve(text, scope)
    assert same(to_json(found), expected(value)), found
    if isinstance(found, Deferred):
        again = resolve(found.text, scope)
        assert isinstance(again, Deferred)
        assert resolve(again.text, scope) == again, "what is left is not read as itself"


@pytest.mark.parametrize("line", lines("errors.txt"))
def test_error(line: str, scope: Scope) -> None:
    text, offset, width, message, hint = re.fullmatch(  # type: ignore[union-attr]
        r"(.*) ! (\d+) (\d+) (.*?)(?: \? (\S+))?", line
    ).groups()
    with pytest.raises(ExpressionError) as caught:
        resolve(text, scope)
    error = caught.value
    assert (error.message, error.offset, error.width) == (message, int(offset), int(width))
    if hint:
        assert error.hint == hint


def test_a_dash_without_spaces_is_explained(scope: Scope) -> None:
    with pytest.raises(ExpressionError) as caught:
        resolve("${var.n-1}", scope)
    assert caught.value.fix == "Write `n - 1` to subtract."


def test_every_filter_has_a_value_case() -> None:
    from reign.expression.filters import FILTERS

    written = "\n".join(lines("values.txt"))
    missing = [name for name in FILTERS if not re.search(rf"\| {name}\b.* -> (?!unknown)", written)]
    assert missing == ["fromyaml"]
