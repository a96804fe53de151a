"""An example of each finding, from the cases that the tests run."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.docs.pages import ROOT

CONFIG = ROOT / "tests" / "cases" / "config"
FINDINGS = ROOT / "tests" / "cases" / "findings"
_HEAD = re.compile(r"^(?!\s).*\[([a-z]+/[a-z0-9-]+)\](?: \([a-z]+\))?$")


def cases(folder: Path) -> Iterator[Any]:
    """The content of every case file of `folder`, by name."""
    for path in sorted(folder.glob("*.yaml")):
        yield YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def examples() -> dict[str, str]:
    """Code -> the finding as it is told. A case of its own goes first, then the shortest that a case of `config` expects."""
    found: dict[str, str] = {}
    for case in cases(CONFIG):
        for code, text in told(case.get("expect") or ""):
            if code not in found or (len(text), text) < (len(found[code]), found[code]):
                found[code] = text
    for several in cases(FINDINGS):
        found |= {code: case["expect"].rstrip("\n") for code, case in several.items()}
    return dict(sorted(found.items()))


def told(text: str) -> Iterator[tuple[str, str]]:
    """Each finding in a text: from the line with its code to the line before the next one."""
    code, lines = "", list[str]()
    for line in [*text.splitlines(), ""]:
        head = _HEAD.match(line)
        if head is None and not (line and line[0] != " " and lines):
            lines.append(line)
            continue
        if code:
            yield code, "\n".join(lines).strip("\n")
        code, lines = (head[1], [line]) if head else ("", [])
    if code:
        yield code, "\n".join(lines).strip("\n")
