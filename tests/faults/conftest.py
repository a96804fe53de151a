"""Lives of a small project, and strace as the hand that ends them."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from reign.app.look import state
from tests.app.conftest import Folder

FIRST = """\
  v: {type: value, spec: {value: one}}
  d: {type: local.directory, spec: {path: out}}
  f: {type: local.file, spec: {path: "${resources.d.path}/a", content: "${resources.v.value}", mode: "0640"}}
  g: {type: local.file, for_each: [x, y], spec: {path: "deep/er/${each.key}", content: g}}
  n: {type: local.file, lifecycle: {create_before_destroy: true}, spec: {path: old/n, content: n}}
"""
SECOND = """\
  v: {type: value, spec: {value: two}}
  d: {type: local.directory, spec: {path: out}}
  f: {type: local.file, spec: {path: "${resources.d.path}/a", content: "${resources.v.value}", mode: "0600"}}
  g: {type: local.file, for_each: [y, z], spec: {path: "deeper/${each.key}", content: g}}
  n: {type: local.file, lifecycle: {create_before_destroy: true}, spec: {path: new/n, content: n}}
"""
MADE = {
    "out": "",
    "out/a": "one",
    "deep": "",
    "deep/er": "",
    "deep/er/x": "g",
    "deep/er/y": "g",
    "old": "",
    "old/n": "n",
}
CHANGED = {"out": "", "out/a": "two", "deeper": "", "deeper/y": "g", "deeper/z": "g", "new": "", "new/n": "n"}


@dataclass
class Life:
    """One command on one project, and the world that it leads to: path -> content, empty for a folder."""

    name: str
    folder: Folder
    words: tuple[str, ...]
    world: dict[str, str]

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

    def goes_on(self) -> None:
        """The next command goes on: nothing doubled, orphaned or lost, and then there is nothing left to do."""
        self.is_private()
        destroy = self.words == ("destroy",)
        self.folder.plan(destroy=destroy)
        assert self.folder.apply(destroy=destroy).status == "completed"
        assert self.folder.actions(destroy=destroy) == {}
        assert self.there() == self.world
        held = state(self.folder.where)
        assert (held.open_intents, held.open_runs, held.deposed) == ((), (), {})
        assert {s.external_id for s in held.resources.values() if s.address.type != "value"} <= self.world.keys()
        assert len(held.resources) == (0 if destroy else 6)
        marks = {path.suffix for path in (self.folder.path / ".reign" / "marks").glob("*")}
        assert marks == (set() if destroy else {"", ".parent"})
        self.is_private()

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


def begin(name: str, path: Path) -> Life:
    """A project at the point where the life `name` begins."""
    path.mkdir()
    folder = Folder(path)
    folder.write(FIRST)
    if name == "create":
        return Life(name, folder, ("apply",), MADE)
    assert folder.apply().status == "completed"
    if name == "destroy":
        return Life(name, folder, ("destroy",), {})
    folder.write(SECOND)
    return Life(name, folder, ("apply",), CHANGED)


@pytest.fixture
def life(tmp_path: Path) -> Callable[[str], Life]:
    """Begins lives, each in a folder of its own."""
    numbers = iter(range(10_000))
    return lambda name: begin(name, tmp_path / f"{name}-{next(numbers)}")


@pytest.fixture(scope="session")
def strace() -> None:
    """Skips without strace, or where it may not trace; fails instead where REIGN_TEST_REQUIRE names it."""
    found = shutil.which("strace")
    if found and subprocess.run([found, "-qq", "-o", os.devnull, "true"], check=False).returncode == 0:
        return
    reason = "strace may not trace here" if found else "strace is not installed"
    if "strace" in re.split(r"[\s,]+", os.environ.get("REIGN_TEST_REQUIRE", "")):
        pytest.fail(reason)
    pytest.skip(reason)
