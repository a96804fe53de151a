"""Disks that fail or are full. Never a false success; the next command goes on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Life

DONE = ("Apply complete!", "Destroy complete!")


def told(ended: subprocess.CompletedProcess[str]) -> bool:
    """Whether it said that all went well, after checking that words and exit code agree and no traceback came."""
    assert "Traceback" not in ended.stderr
    assert "internal/error" not in ended.stderr
    is_done = any(words in ended.stdout for words in DONE)
    assert ended.returncode in ((0,) if is_done else (1, 7)), ended.stderr
    assert is_done or "Error: " in ended.stderr
    return is_done


@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("create", "fsync:error=EIO:when=2"),
        ("update", "write:error=ENOSPC:when=2"),
        ("destroy", "fsync:error=EIO:when=1"),
    ],
)
def test_a_journal_that_fails_ends_the_run(life: Callable[[str], Life], name: str, fault: str) -> None:
    begun = life(name)
    journal = str(begun.folder.path / ".reign/journal/00000001.log")
    ended = begun.under_strace("-P", journal, "-e", f"inject={fault}")
    assert not told(ended)
    assert ended.returncode == 1
    assert "state/not-writable" in ended.stderr
    begun.goes_on()


@pytest.mark.usefixtures("strace")
@pytest.mark.slow
@pytest.mark.parametrize("name", ["create", "update"])
@pytest.mark.parametrize("fault", ["fsync:error=EIO", "/^rename:error=EIO", "/^link:error=EIO", "/^mkdir:error=ENOSPC"])
def test_a_fault_anywhere_is_told(life: Callable[[str], Life], tmp_path: Path, name: str, fault: str) -> None:
    log, number = tmp_path / "calls", 1
    while True:
        begun = life(name)
        ended = begun.under_strace("-o", str(log), "-e", f"inject={fault}:when={number}")
        if told(ended):
            assert begun.there() == begun.world
        begun.goes_on()
        if "INJECTED" not in log.read_text():
            break
        number += 1
    assert number > 1, "nothing failed"


LIMITED = (
    "import os, resource, sys\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)\n"
    "os.execv(sys.executable, [sys.executable, '-m', 'reign', *sys.argv[2:]])\n"
)


@pytest.mark.parametrize("kib", [24, 64, 256, 1024])
def test_a_store_that_has_no_room_does_not_change_how_a_run_ended(life: Callable[[str], Life], kib: int) -> None:
    begun = life("create")
    words = ["-C", str(begun.folder.path), "apply", "--auto-approve"]
    ended = subprocess.run(
        [sys.executable, "-c", LIMITED, str(kib << 10), *words],
        env=begun.environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told(ended), ended.stderr
    assert begun.there() == begun.world
    assert not list((begun.folder.path / ".reign").glob("*state.duckdb*"))
    begun.goes_on()
    begun.folder.write("  v: {type: value, spec: {value: three}}\n")
    begun.folder.apply()
    assert (begun.folder.path / ".reign" / "state.duckdb").exists()
