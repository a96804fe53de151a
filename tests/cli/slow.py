"""An apply that is caught while an operation runs: that says `up` into one pipe, and waits for a line from another."""

import os
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli.conftest import CLEAN, REIGN

SLOW = """\
version: 1
project: slow
resources:
  slow:
    type: shell.command
    spec: {create: "echo up > up; read line < go", timeout: 60s}
  after:
    type: local.file
    depends_on: [slow]
    spec: {path: after.txt, content: x}
"""


def make_slow(folder: Path) -> None:
    """The project, and its pipes `up` and `go`."""
    (folder / "reign.yaml").write_text(SLOW)
    os.mkfifo(folder / "up")
    os.mkfifo(folder / "go")


@contextmanager
def applying(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """An apply whose slow operation is running."""
    running = subprocess.Popen(
        [*REIGN, "apply", "--auto-approve"],
        cwd=folder,
        env=CLEAN,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with running:
        try:
            _wait_for(folder / "up", running)
            yield running
        finally:
            running.kill()


def _wait_for(pipe: Path, running: subprocess.Popen[str]) -> None:
    """Until somebody has written into `pipe`. Opened for writing too, so that it opens at once and never ends."""
    end = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    try:
        while not select.select([end], [], [], 0.5)[0]:
            assert running.poll() is None, running.communicate()
    finally:
        os.close(end)
