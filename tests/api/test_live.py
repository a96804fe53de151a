"""Lines are written when what they tell happens, not at the end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import pytest

CLEAN = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8", "REIGN_TRUST": "1"}
WAITS = "while ! test -e go; do sleep 0.01; done"
DATA = f'data: {{slow: {{type: shell.command, spec: {{read: "{WAITS}; echo 1"}}}}}}\n'
RESOURCE = f'resources: {{slow: {{type: shell.command, spec: {{create: "{WAITS}"}}}}}}\n'


def started(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "reign", *words],
        cwd=folder,
        env=CLEAN,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def read_until(lines: IO[bytes], type: str) -> dict[str, Any]:
    """The next line of `type`; the test ends by its timeout where none comes."""
    for line in lines:
        told: dict[str, Any] = json.loads(line)
        if told["type"] == type:
            return told
    pytest.fail(f"no {type} came")


@pytest.mark.parametrize(
    ("project", "words"), [(DATA, ("plan", "--json")), (RESOURCE, ("apply", "--json", "--auto-approve"))]
)
def test_a_line_comes_when_it_happens(tmp_path: Path, project: str, words: tuple[str, ...]) -> None:
    (tmp_path / "reign.yaml").write_text(f"version: 1\nproject: p\n{project}", encoding="utf-8")
    with started(tmp_path, *words) as running:
        assert running.stdout is not None
        begun = read_until(running.stdout, "apply_start")
        assert running.poll() is None
        (tmp_path / "go").touch()
        ended = read_until(running.stdout, "apply_complete")
        running.stdout.read()
    assert running.returncode == 0
    assert begun["hook"]["resource"] == ended["hook"]["resource"]


def test_so_it_does_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "reign.yaml").write_text(f"version: 1\nproject: p\n{DATA}", encoding="utf-8")
    os.mkfifo(tmp_path / "lines")
    with started(tmp_path, "plan", "--json-into", "lines") as running, (tmp_path / "lines").open("rb") as lines:
        assert json.loads(next(lines))["type"] == "version"
        read_until(lines, "apply_start")
        assert running.poll() is None
        (tmp_path / "go").touch()
        assert read_until(lines, "change_summary")["changes"]["add"] == 0
        lines.read()
        running.communicate()
    assert running.returncode == 0
