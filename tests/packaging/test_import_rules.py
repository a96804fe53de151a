"""The import rule is checked by machine, and knows every room."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_import_rules_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_rooms_without_inhabitants_stand_in_parentheses() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    rows = " ".join(contracts[0]["layers"])
    empty = set(re.findall(r"\((\w+)\)", rows))
    assert empty
    inhabited = {path.parent.name for path in (ROOT / "reign").glob("*/__init__.py")}
    assert empty & inhabited == set()
    assert inhabited <= set(re.findall(r"\w+", rows))
