"""The published schemas, and which command prints what, as schemas/README.md says."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

SCHEMAS = Path(__file__).parents[2] / "schemas"
_ROW = re.compile(
    r"\| `(?P<command>[^`]+)` \| \[(?P<schema>[^]]+)\]\((?P=schema)\.schema\.json\)(?P<lines>, a line each)? \|"
)


@dataclass(frozen=True)
class Printed:
    """What a command prints. `lines`: one value a line, each by the schema."""

    schema: str
    lines: bool


@cache
def table() -> dict[str, Printed]:
    """The command as the table writes it (`show --json FILE`) -> what it prints."""
    rows = _ROW.finditer((SCHEMAS / "README.md").read_text(encoding="utf-8"))
    return {row["command"]: Printed(row["schema"], bool(row["lines"])) for row in rows}


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """Every schema by its name."""
    return {
        path.name.removesuffix(".schema.json"): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(SCHEMAS.glob("*.schema.json"))
    }


@cache
def validator(name: str) -> Draft202012Validator:
    """References between schemas are file names."""
    registry: Registry[Any] = Registry().with_resources(
        [(f"{each}.schema.json", Resource.from_contents(schema)) for each, schema in schemas().items()]
    )
    reference = name if "#" in name else f"{name}.schema.json"
    return Draft202012Validator({"$ref": reference}, registry=registry)


def faults(name: str, value: Any) -> list[str]:
    """What of `value` is not as the schema says: each with its path; of a line, by what its type says."""
    wrong = [*validator(name).iter_errors(value)]
    kind = value.get("type") if isinstance(value, dict) else None
    if wrong and name == "stream" and kind in schemas()[name]["$defs"]:
        wrong = [*validator(f"{name}.schema.json#/$defs/{kind}").iter_errors(value)] or wrong
    return [f"{error.json_path}: {error.message[:300]}" for error in wrong]


def values(printed: Printed, text: str) -> list[Any]:
    """What was printed, as values. Raises ValueError where it is no JSON."""
    return (
        [json.loads(line, parse_constant=_refused) for line in text.splitlines()]
        if printed.lines
        else [json.loads(text, parse_constant=_refused)]
    )


def check(printed: Printed, text: str, *, failed: bool = False) -> list[Any]:
    """Assert that `text` is what is printed, or where the command failed, what says so. Returns its values."""
    if failed and not printed.lines:
        printed = Printed("diagnostics", lines=False)
    found = values(printed, text)
    wrong = [fault for value in found for fault in faults(printed.schema, value)]
    assert not wrong, "\n".join(wrong[:10])
    if printed.schema == "stream":
        assert [line["type"] for line in found].index("version") == 0
        assert [line["@timestamp"] for line in found] == sorted(line["@timestamp"] for line in found)
        assert not failed or any(line["@level"] == "error" for line in found)
    return found


def _refused(constant: str) -> Iterable[Any]:
    raise ValueError(f"{constant} is no JSON")
