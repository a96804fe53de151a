"""Killing what works on a project: the command line, the small parent of a command, the command."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from reign.providers.shell.record import Found, look

from .conftest import Folder


def wait_until(condition: Callable[[], Any], what: str) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until, f"waited in vain for {what}"
        time.sleep(0.001)


def wait_for(path: Path) -> None:
    wait_until(path.exists, str(path))


def wait_for_log(folder: Folder) -> None:
    """Until the command has written into `log`, which is there before anything stands in it."""
    log = folder.path / "log"
    wait_until(lambda: log.exists() and log.stat().st_size, str(log))


def records(folder: Folder) -> list[Path]:
    """The records of commands that there are, of all environments."""
    return sorted((folder.path / ".reign").rglob("commands/*"))


def record(folder: Folder) -> Found:
    """What the only record says."""
    (path,) = records(folder)
    return look(path)


def kill_while_it_runs(folder: Folder, *words: str) -> None:
    """Kill the command line while the command runs, which has written `log`; the command goes on."""
    process = folder.start(*(words or ("apply", "--auto-approve")))
    wait_for_log(folder)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def kill_parent(folder: Folder) -> None:
    """Kill the parent of the command, the command, and who keeps its time."""
    pid = record(folder).pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for each in (pid, *map(int, children)):
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    wait_until(lambda: record(folder).status != "running", "the end of the parent")


def kill_with_its_parent(folder: Folder, *words: str) -> None:
    """Kill the command line, and then the parent: nobody saw how the command ended."""
    kill_while_it_runs(folder, *words)
    kill_parent(folder)
