"""Reign as a user runs it: a process in a folder, with nothing of ours in its environment."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
CLEAN = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8"}
REIGN = [sys.executable, "-m", "reign"]

FILES = """\
version: 1
project: shop
variables:
  text: {type: string, default: one}
resources:
  a: {type: local.file, spec: {path: a.txt, content: "${var.text}\\n"}}
  b: {type: local.file, spec: {path: b.txt, content: "${resources.a.path}"}}
outputs:
  where: {value: "${resources.a.path}"}
"""


def addresses(reign: Run) -> list[str]:
    """What the state holds."""
    return [row["address"] for row in json.loads(reign("state", "list", "--json").stdout)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "reign.yaml").write_text(FILES)
    return tmp_path


@pytest.fixture
def reign(folder: Path) -> Run:
    def run(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*REIGN, *words],
            cwd=folder,
            env={**CLEAN, **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return run
