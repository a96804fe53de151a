"""A run that somebody stopped listening to goes on, is recorded, and ends with the right code."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import CLEAN, REIGN, Run, addresses
from tests.cli.slow import applying, make_slow
from tests.cli.terminal import terminal

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


@pytest.fixture
def slow(folder: Path) -> Path:
    make_slow(folder)
    return folder


def shell(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """A line for the shell in which `reign` is Reign."""
    command = f'reign() {{ {" ".join(REIGN)} "$@"; }}; {line}'
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=CLEAN,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@needs_full
def test_an_end_that_cannot_be_told_is_an_error_after_the_run(folder: Path, reign: Run) -> None:
    assert reign("plan", "--out", "a.plan").returncode == 0
    ran = shell(folder, "reign apply a.plan > /dev/full")
    assert ran.returncode == 1
    assert "[system/refused]" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert addresses(reign) == ["local.file.a", "local.file.b"]
    assert json.loads(reign("runs", "list", "--json").stdout)[0]["status"] == "completed"


@needs_full
@pytest.mark.parametrize("words", ["apply --auto-approve", "apply --auto-approve --json"])
def test_a_plan_that_cannot_be_shown_is_not_carried_out(words: str, folder: Path, reign: Run) -> None:
    ran = shell(folder, f"reign {words} > /dev/full")
    assert ran.returncode == 1
    assert "[system/refused]" in ran.stderr
    assert "Nothing was done." in ran.stderr
    assert addresses(reign) == []


@needs_full
@pytest.mark.parametrize("line", ["reign apply --auto-approve 2> /dev/full", "reign apply --auto-approve 2>&-"])
def test_progress_that_cannot_be_written_changes_nothing(line: str, folder: Path, reign: Run) -> None:
    ran = shell(folder, line)
    assert ran.returncode == 0
    assert ran.stdout.endswith('Outputs:\n\nwhere: "a.txt"\n')
    assert addresses(reign) == ["local.file.a", "local.file.b"]


@pytest.mark.parametrize(
    "line",
    [
        "reign apply --auto-approve | true",
        "reign apply --auto-approve --json | head -n 1",
        "reign apply --auto-approve >&- 2>&-",
        "reign apply --auto-approve <&- >&- 2>&-",
        "reign apply --auto-approve 2>&1 | head -n 1",
    ],
)
def test_a_reader_who_leaves_changes_nothing(line: str, folder: Path, reign: Run) -> None:
    ran = shell(folder, f"{line}; exit ${{PIPESTATUS[0]}}")
    assert ran.returncode == 0
    assert "Traceback" not in ran.stderr
    assert addresses(reign) == ["local.file.a", "local.file.b"]


def test_a_failure_is_one_whoever_listens(folder: Path, reign: Run) -> None:
    (folder / "reign.yaml").write_text(
        "version: 1\nproject: p\nresources:\n  bad: {type: shell.command, spec: {create: 'exit 3'}}\n"
    )
    assert shell(folder, "reign apply --auto-approve | true; exit ${PIPESTATUS[0]}").returncode == 7


def test_a_terminal_that_is_closed_lets_what_runs_end(slow: Path, reign: Run) -> None:
    with terminal([*REIGN, "apply", "--auto-approve"], slow, CLEAN) as shown:
        (slow / "up").read_text()
        shown.close()
        (slow / "go").write_text("on\n")
        assert shown.process.wait(60) == 8
    assert addresses(reign) == ["shell.command.slow"]
    assert json.loads(reign("runs", "list", "--json").stdout)[0]["status"] == "paused"


def test_a_closed_terminal_never_stops_what_runs(slow: Path) -> None:
    with applying(slow) as running:
        running.send_signal(signal.SIGHUP)
        running.send_signal(signal.SIGHUP)
        (slow / "go").write_text("on\n")
        _, err = running.communicate()
    assert running.returncode == 8
    assert "shell.command.slow: Creation complete" in err


def test_nohup_lets_the_run_go_on(slow: Path) -> None:
    running = subprocess.Popen(
        ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *REIGN, "apply", "--auto-approve"],
        cwd=slow,
        env=CLEAN,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with running:
        (slow / "up").read_text()
        running.send_signal(signal.SIGHUP)
        (slow / "go").write_text("on\n")
        out, _ = running.communicate()
    assert running.returncode == 0
    assert "Apply complete! Resources: 2 added" in out


BROKEN = {
    "that cannot be loaded": "raise RuntimeError('broken')",
    "that cannot measure": "def cell_len(*_): raise RuntimeError('broken')\ndef set_cell_size(*_): raise RuntimeError('broken')",
}


@pytest.mark.parametrize("code", BROKEN.values(), ids=BROKEN)
def test_a_broken_rich_leaves_plain_lines(code: str, slow: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    broken = tmp_path_factory.mktemp("broken")
    (broken / "rich").mkdir()
    (broken / "rich" / "__init__.py").touch()
    (broken / "rich" / "cells.py").write_text(code)
    with terminal([*REIGN, "apply", "--auto-approve"], slow, {**CLEAN, "PYTHONPATH": str(broken)}) as shown:
        (slow / "up").read_text()
        shown.until("Applying: 2 operations")
        (slow / "go").write_text("on\n")
        assert shown.end() == 0
    assert "local.file.after: Creating...\n" in shown.text
    assert "Apply complete! Resources: 2 added, 0 changed, 0 destroyed.\n" in shown.text
    assert "broken" not in shown.text
