"""Signals: what a person at a terminal, or a CI system that loses patience, can do to a run."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue

import pytest

from reign.cli.session import Session
from reign.cli.signals import Signals
from reign.cli.watch import Watch
from reign.execution.cancel import Cancel
from tests.cli.conftest import CLEAN, REIGN, Run
from tests.cli.slow import applying, make_slow


@pytest.fixture
def slow(folder: Path) -> Path:
    make_slow(folder)
    return folder


def line_with(running: subprocess.Popen[str], text: str) -> str:
    assert running.stderr is not None
    for line in running.stderr:
        if text in line:
            return line
    raise AssertionError(f"the process ended without saying {text!r}")


def test_first_interrupt_finishes_what_runs(slow: Path) -> None:
    with applying(slow) as running:
        running.send_signal(signal.SIGINT)
        line_with(running, "Nothing new starts")
        (slow / "go").write_text("on\n")
        out, err = running.communicate()
    assert running.returncode == 130
    assert "shell.command.slow: Creation complete" in err
    assert "Apply incomplete! Resources: 1 added, 0 changed, 0 destroyed." in out
    assert not (slow / "after.txt").exists()


def test_second_interrupt_stops_now(slow: Path) -> None:
    with applying(slow) as running:
        running.send_signal(signal.SIGINT)
        line_with(running, "Nothing new starts")
        running.send_signal(signal.SIGINT)
        _, err = running.communicate()
    assert running.returncode == 130
    assert "shell.command.slow: Creation cut off" in err
    assert not (slow / "after.txt").exists()


def test_termination_stops_now(slow: Path) -> None:
    with applying(slow) as running:
        running.send_signal(signal.SIGTERM)
        _, err = running.communicate()
    assert running.returncode == 8
    assert "Traceback" not in err
    assert not (slow / "after.txt").exists()


def test_the_lock_is_held(slow: Path, reign: Run) -> None:
    with applying(slow) as running:
        other = reign("apply", "--auto-approve")
        assert other.returncode == 5
        assert str(running.pid) in other.stderr
        (slow / "go").write_text("on\n")
        running.communicate()
    assert running.returncode == 0
    assert (slow / "after.txt").exists()


def test_a_failure_ends_with_its_own_code(folder: Path, reign: Run) -> None:
    (folder / "reign.yaml").write_text(
        'version: 1\nproject: p\nresources:\n  bad: {type: shell.command, spec: {create: "echo why >&2; exit 3"}}\n'
        "  after: {type: local.file, depends_on: [bad], spec: {path: after.txt, content: x}}\n"
        "  beside: {type: local.file, spec: {path: beside.txt, content: x}}\n"
    )
    ended = reign("apply", "--auto-approve")
    assert ended.returncode == 7
    assert "shell.command.bad: Creation failed after " in ended.stderr
    assert "Skipped (waits for shell.command.bad): local.file.after" in ended.stderr
    assert "Apply incomplete! Resources: 1 added, 0 changed, 0 destroyed. 1 failed, 1 skipped." in ended.stdout
    assert (folder / "beside.txt").exists()


def test_a_signal_that_the_waiting_thread_did_not_get_is_heard_all_the_same() -> None:
    cancel, arrived = Cancel(), SimpleQueue[None]()
    cancel.listen(lambda: arrived.put(None))
    signals = Signals(cancel, Watch(Session()))
    signals.install()
    try:
        threading.Thread(target=lambda: signal.pthread_kill(threading.get_ident(), signal.SIGINT)).start()
        arrived.get(timeout=60)
        assert cancel.level == 1
    finally:
        signals.restore()
    assert signals.codes == [130]


def test_an_interrupt_ends_with_its_code_whatever_it_came_into() -> None:
    came = "try: exec('raise KeyboardInterrupt')\nexcept KeyboardInterrupt: pass\n"
    ended = subprocess.run([sys.executable, "-c", f"from reign.cli.main import leave\n{came}leave(130)"], check=False)
    assert ended.returncode == 130


ENDLESS = {
    "in many steps": "select count(*) from range(100000000000) a, range(1000) b",
    "in one step": "select levenshtein(repeat('a', 2000000), repeat('b', 2000000))",
}


@pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="the kernel does not say how long a process has worked"
)
@pytest.mark.parametrize("query", ENDLESS.values(), ids=ENDLESS)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 8)])
def test_a_query_ends_with_the_signal(folder: Path, reign: Run, query: str, number: int, code: int) -> None:
    assert reign("apply", "--auto-approve").returncode == 0
    asking = subprocess.Popen(
        [*REIGN, "sql", query], cwd=folder, env=CLEAN, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with asking:
        try:
            wait_until_worked(asking, 2.0)
            asking.send_signal(number)
            out, err = asking.communicate(timeout=20)
        finally:
            asking.kill()
    assert asking.returncode == code
    assert (out, err.strip()) == ("", "Cancelled: the query was not answered.")


def wait_until_worked(running: subprocess.Popen[str], seconds: float) -> None:
    """Until the process has used so much of a processor: by then it has begun with what it was started for."""
    worked = 0.0
    while worked < seconds:
        assert running.poll() is None, running.communicate()
        fields = Path(f"/proc/{running.pid}/stat").read_text().rpartition(")")[2].split()
        worked = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        with suppress(subprocess.TimeoutExpired):
            running.wait(0.05)
