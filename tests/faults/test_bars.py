"""The bars, as `make faults` tries them: a sample of each here, all of it with the slow tests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BARS = [f"R{number}" for number in range(1, 15)]
pytestmark = pytest.mark.usefixtures("strace")
TOP = Path(__file__).resolve().parents[2]


def rows(tmp_path: Path, *words: str) -> list[dict[str, object]]:
    """What the harness says, in a process of its own: it forks."""
    told = tmp_path / "rows"
    command = [sys.executable, "-m", "tests.faults", *words, "--json", str(told)]
    ran = subprocess.run(command, cwd=TOP, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    found: list[dict[str, object]] = json.loads(told.read_text())
    return found


@pytest.mark.timeout(400)  # dozens of commands, each under strace, on a machine that may be busy
@pytest.mark.parametrize("bar", BARS)
def test_a_sample_holds(tmp_path: Path, bar: str) -> None:
    assert all(row["held"] or row["skipped"] for row in rows(tmp_path, bar, "--sample", "--jobs", "1"))


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("bar", BARS)
def test_it_holds(tmp_path: Path, bar: str) -> None:
    assert all(row["held"] or row["skipped"] for row in rows(tmp_path, bar, "--jobs", "1"))


def test_what_did_not_fire_is_not_held() -> None:
    from tests.faults.crew import Trial
    from tests.faults.table import Row

    row = Row("R1", "all", "nothing")
    assert not row.held
    row.add(Trial("all", fired=0))
    assert not row.held
    row.add(Trial("all", fired=1))
    assert row.held
    row.add(Trial("all", fired=1, broken="why"))
    assert not row.is_fine


def test_an_unknown_bar_is_wrong_usage() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.faults", "R99"], cwd=TOP, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert "R99" in ran.stderr
