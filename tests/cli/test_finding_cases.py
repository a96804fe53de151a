"""Findings as people meet them: each case of `tests/cases/findings` ends with a command that tells one, word for word.

`run` are command lines, of Reign or of the shell; `expect` is the finding that the last one tells. REIGN_ACCEPT=1 writes
the latter anew.
"""

import os
import re
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from tests.cli.conftest import CLEAN, REIGN

FOLDER = Path(__file__).parent.parent / "cases" / "findings"
CASES = [
    (path, code)
    for path in sorted(FOLDER.glob("*.yaml"))
    for code in YAML(typ="safe").load(path.read_text(encoding="utf-8"))
]
_FIRST = re.compile(r"^(Error|Warning|Note): ")
_COUNTS = re.compile(r"^\d+ (error|warning|note)s?\b")


@pytest.mark.parametrize(("path", "code"), CASES, ids=[code for _, code in CASES])
def test_finding(path: Path, code: str, tmp_path: Path) -> None:
    case = YAML(typ="safe").load(path.read_text(encoding="utf-8"))[code]
    project = tmp_path / "shop"
    for name, text in case["files"].items():
        file = project / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (tmp_path / "home").mkdir()
    environ = {**CLEAN, "HOME": str(tmp_path / "home"), "REIGN_TRUST": "1", **case.get("environ", {})}
    said = ""
    for line in case["run"]:
        words = line.split("reign ", 1)[1] if line.startswith("reign ") else None
        command = f'exec "$@" {words}' if words is not None else line
        ran = subprocess.run(
            ["bash", "-c", command, "bash", *REIGN],
            cwd=project,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        said = ran.stderr + ran.stdout
        assert "Traceback" not in said
    found = steady(finding(said, code), tmp_path)
    if os.environ.get("REIGN_ACCEPT") == "1":
        accept(path, code, found)
    assert found == case["expect"], said


def finding(said: str, code: str) -> str:
    """The finding of that code in what a command said: to the next one, or to the counts."""
    blocks: list[list[str]] = []
    for line in said.splitlines():
        if _FIRST.match(line):
            blocks.append([line])
        elif _COUNTS.match(line) or (line and not line.startswith(" ")):
            blocks.append([])
        elif blocks:
            blocks[-1].append(line)
    texts = ["\n".join(block).strip("\n") for block in blocks if block]
    return next((f"{text}\n" for text in texts if f"[{code}]" in text or f"({code}, " in text), said)


def steady(text: str, folder: Path) -> str:
    """Without what is another every time: where the project stands, who runs it, and when."""
    for pattern, stands in (
        (re.escape(str(folder / "shop")), "/home/me/shop"),
        (re.escape(str(folder)), "/home/me"),
        (rf"\b{re.escape(socket.gethostname())}\b", "HOST"),
        (r"\bprocess \d+", "process 4711"),
        (r"\b20\d\d-\d\d-\d\d[T ][\d:.]+", "2027-01-01T10:00:00"),
        (r"\bkey_id [0-9a-f]+", "key_id 5f0c"),
    ):
        text = re.sub(pattern, stands, text)
    return text


def accept(path: Path, code: str, found: str) -> None:
    """Write what was found as what is expected."""
    yaml = YAML()
    yaml.width = 1000
    several: Any = yaml.load(path.read_text(encoding="utf-8"))
    several[code]["expect"] = LiteralScalarString(found)
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(several, file)
