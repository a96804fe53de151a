"""Findings as people meet them: each case of `tests/cases/findings` ends with a command that tells one, word for word.

`run` are command lines, of Reign or of the shell; `expect` is the finding that the last one tells. `apart`: each needs a
process of its own. REIGN_ACCEPT=1 writes `expect` anew.
"""

import os
import re
import shlex
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from reign.cli.main import run
from tests.cli.conftest import CLEAN, REIGN

FOLDER = Path(__file__).parent.parent / "cases" / "findings"
CASES = [
    (path, code)
    for path in sorted(FOLDER.glob("*.yaml"))
    for code in YAML(typ="safe").load(path.read_text(encoding="utf-8"))
]
ACCEPTS = os.environ.get("REIGN_ACCEPT") == "1"
FUNCTIONS = 'reign() { $REIGN "$@"; }; told() { $PYTHON $TESTS/cli/told.py; }'
TOOLS = {"REIGN": " ".join(REIGN), "PYTHON": REIGN[0], "TESTS": str(FOLDER.parent.parent)}
_PAINT = re.compile(r"\x1b\[[0-9;]*m|\r")
"""What a terminal is told besides the text."""
_FIRST = re.compile(r"^(Error|Warning|Note): ")
_COUNTS = re.compile(r"^\d+ (error|warning|note)s?\b")


@pytest.mark.parametrize(("path", "code"), CASES, ids=[code for _, code in CASES])
def test_finding(
    path: Path, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    case = YAML(typ="safe").load(path.read_text(encoding="utf-8"))[code]
    project = tmp_path / "shop"
    project.mkdir()
    for name, text in case["files"].items():
        file = project / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (tmp_path / "home").mkdir()
    environ = {**CLEAN, "HOME": str(tmp_path / "home"), **TOOLS, "REIGN_TRUST": "1", **case.get("environ", {})}
    for name in {*os.environ} - {*environ}:
        monkeypatch.delenv(name)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(project)
    said = ""
    for line in case["run"]:
        is_ours = line.startswith("reign ") and not case.get("apart")
        said = _PAINT.sub("", here(line, capfd) if is_ours else in_a_shell(line))
        assert "Traceback" not in said
    found = steady(finding(said, code), tmp_path)
    if ACCEPTS:
        accept(path, code, found)
    else:
        assert found == case["expect"], said


def here(line: str, capfd: pytest.CaptureFixture[str]) -> str:
    """What a command of Reign says, run in this process."""
    before = os.umask(0o022)
    try:
        run(shlex.split(line)[1:])
    finally:
        os.umask(before)
    out, err = capfd.readouterr()
    return err + out


def in_a_shell(line: str) -> str:
    """What a line of the shell says, which may call Reign too."""
    words = ["bash", "-c", f"{FUNCTIONS}; {line}"]
    ran = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return ran.stderr + ran.stdout


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
        (r"\b[Rr]un [0-9a-f]{10}\b", "Run 8c20f7a1b2"),
        (r"\bruns/[0-9a-f]{10}\b", "runs/8c20f7a1b2"),
        (r"(?<=runs resume )[0-9a-f]{10}\b", "8c20f7a1b2"),
        (r"\bkey [0-9a-f]{16}\b", "key c560b520e18e5a27"),
        (r"(?<=the state here )[0-9a-f]{32}", "9f8375d0271c4a4b8f0c2e1d3a5b7c9d"),
        (r"\.torn-\d+", ".torn-2862"),
        (r"\b20\d\d-\d\d-\d\d[T ][\d:.]+", "2027-01-01T10:00:00"),
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
