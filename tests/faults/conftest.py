"""Lives of a small project, and strace as the hand that ends them."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from dataclasses import dataclass

import pytest

from tests.app.conftest import Folder
from tests.faults.needs import unless
from tests.programs import missing


@dataclass
class Life:
    """One command on one project."""

    name: str
    folder: Folder
    words: tuple[str, ...]

    @property
    def environ(self) -> dict[str, str]:
        """What the command is given."""
        return {**self.folder.environ, "PYTHONPATH": os.pathsep.join(sys.path), "HOME": str(self.folder.path)}

    def under_strace(self, *options: str) -> subprocess.CompletedProcess[str]:
        """The command as a user starts it, with `options` for strace."""
        command = [sys.executable, "-m", "reign", "-C", str(self.folder.path), *self.words, "--auto-approve"]
        return subprocess.run(
            ["strace", "-f", "-qq", "-o", os.devnull, *options, *command],
            env=self.environ,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    def is_dead_at(self, calls: str, number: int, *options: str) -> bool:
        """Kill it at the `number`th of `calls` that one of its threads begins. False when it came to its end instead."""
        return self.under_strace(*options, "-e", f"inject={calls}:signal=SIGKILL:when={number}").returncode < 0

    def there(self) -> dict[str, str]:
        """All that stands in the project, beside what a person put there and the state."""
        found = {}
        for path in self.folder.path.rglob("*"):
            name = path.relative_to(self.folder.path)
            if name.parts[0] not in (".reign", "reign.yaml"):
                found[str(name)] = "" if path.is_dir() else path.read_text()
        return found

    def is_private(self) -> None:
        """Everything under `.reign` is 0600 or 0700."""
        for path in (self.folder.path / ".reign").rglob("*"):
            wanted = 0o700 if path.is_dir() else 0o600
            assert stat.S_IMODE(path.lstat().st_mode) == wanted, path


@pytest.fixture(scope="session")
def strace() -> None:
    """Skips without strace, or where it may not trace; fails instead where REIGN_TEST_REQUIRE names it."""
    if reason := unless("strace"):
        missing("strace", reason)
