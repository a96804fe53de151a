"""kill -9 around a generated secret: once it is used, it is on record; and it is never made a second time."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reign.app.look import outputs, state
from reign.model.values import reveal
from tests.app.conftest import Folder

pytestmark = pytest.mark.usefixtures("strace")

TEXT = """\
version: 1
project: p
secrets: {made: {generate: {length: 32}}, given: {env: GIVEN}}
resources:
  f: {type: local.file, spec: {path: out, content: "${secret.made} ${secret.given}"}}
  g: {type: local.file, spec: {path: copy, content: "${secret.made}"}}
outputs: {made: {value: "${secret.made}", sensitive: true}}
"""
GIVEN = "given-canary-given"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "project")
    made.path.mkdir()
    made.environ["GIVEN"] = GIVEN
    (made.path / "reign.yaml").write_text(TEXT, encoding="utf-8")
    return made


def is_dead_at(folder: Folder, calls: str, number: int, *options: str) -> bool:
    """Apply, killed at the `number`th of `calls`. False when it came to its end instead."""
    command = [sys.executable, "-m", "reign", "-C", str(folder.path), "apply", "--auto-approve"]
    inject = f"inject={calls}:signal=SIGKILL:when={number}"
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", os.devnull, *options, "-e", inject, *command],
        env={**folder.environ, "PYTHONPATH": os.pathsep.join(sys.path), "HOME": str(folder.path)},
        stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    return done.returncode < 0


def events(folder: Folder) -> list[dict[str, Any]]:
    journal = folder.path / ".reign/journal"
    lines = [line for path in sorted(journal.glob("*.log")) for line in path.read_bytes().splitlines()]
    return [json.loads(line[9:]) for line in lines if line.endswith(b"}")]


def goes_on(folder: Folder) -> None:
    """The next command goes on with the secret that is on record, if there is one, and shows it nowhere."""
    used = {path.name: path.read_text().split()[0] for path in folder.path.glob("*") if path.name in ("out", "copy")}
    held = state(folder.where).secrets
    assert not used or held, "it was used before it was on record"
    assert folder.apply().status == "completed"
    made = str(reveal(outputs(folder.where, reveal="made")["made"].value))
    assert len(made) == 32
    assert set(used.values()) <= {made}
    assert (folder.path / "out").read_text() == f"{made} {GIVEN}"
    assert (folder.path / "copy").read_text() == made
    assert folder.actions() == {}
    told = [event for event in events(folder) if event["kind"] == "secret"]
    assert len(told) == 1, "it is made once"
    assert not held or state(folder.where).secrets == held
    for path in (folder.path / ".reign").rglob("*"):
        assert stat.S_IMODE(path.lstat().st_mode) == (0o700 if path.is_dir() else 0o600)
        data = path.read_bytes() if path.is_file() else b""
        assert made.encode() not in data, path
        assert GIVEN.encode() not in data, path


@pytest.mark.parametrize(("calls", "number"), [("/^link", 1), ("fsync", 12), ("/^rename", 6)])
def test_it_goes_on_with_the_same_secret(folder: Folder, calls: str, number: int) -> None:
    assert is_dead_at(folder, calls, number), "nothing was killed"
    goes_on(folder)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_it_goes_on_after_a_kill_at_a_write_to_the_journal(folder: Folder, number: int) -> None:
    path = str(folder.path / ".reign/journal/00000001.log")
    assert is_dead_at(folder, "write", number, "-P", path)
    goes_on(folder)


@pytest.mark.slow
@pytest.mark.parametrize("calls", ["fsync", "/^rename", "/^link", "/^mkdir", "/^(write|pwrite64)$"])
def test_it_goes_on_after_a_kill_anywhere(tmp_path: Path, calls: str) -> None:
    number = 1
    while True:
        each = Folder(tmp_path / f"{number}")
        each.path.mkdir()
        each.environ["GIVEN"] = GIVEN
        (each.path / "reign.yaml").write_text(TEXT, encoding="utf-8")
        if not is_dead_at(each, calls, number):
            break
        goes_on(each)
        number += 1
    assert number > 1, "nothing was killed"
