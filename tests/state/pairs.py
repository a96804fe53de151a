"""R7: two applies at once, as two processes. Exactly one runs; the other names who holds the lock, and has done nothing."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from reign.model.event import EventKind
from reign.state.layout import Layout
from reign.state.reader import Reading

LOCKED = 5
PATIENCE_S = 60.0
FILES = """\
version: 1
project: pair
resources:
  made: {{type: shell.command, spec: {{create: "echo x >> made.{number}; cat go.{number}"}}}}
  beside: {{type: local.file, spec: {{path: "beside", content: "{number}"}}}}
"""


@dataclass(frozen=True)
class Pair:
    """How two applies at once ended: how often the command ran, and what whoever was turned away said."""

    codes: tuple[int, ...]
    made: int
    names_holder: bool
    is_one_run: bool

    @property
    def held(self) -> bool:
        """Whether it went as it must."""
        return sorted(self.codes) == [0, LOCKED] and self.made == 1 and self.names_holder and self.is_one_run


def pairs(folder: Path, count: int) -> list[Pair]:
    """`count` pairs in one project, one pair after the other."""
    return [pair(folder, number) for number in range(count)]


def pair(folder: Path, number: int) -> Pair:
    """Two applies of the same change that begin at once; the one that runs ends when the other is turned away."""
    (folder / "reign.yaml").write_text(FILES.format(number=number), encoding="utf-8")
    gate = folder / f"go.{number}"
    os.mkfifo(gate)
    before = _runs(folder)
    both = [_apply(folder) for _ in range(2)]
    turned_away = _first_to_end(both)
    said = turned_away.communicate()[1]
    (runs,) = (each for each in both if each is not turned_away)
    _open(gate, runs)
    runs.communicate(timeout=PATIENCE_S)
    made = folder / f"made.{number}"
    return Pair(
        codes=tuple(each.returncode for each in both),
        made=len(made.read_text().splitlines()) if made.exists() else 0,
        names_holder=f"Process {runs.pid} on " in said and "`reign apply`" in said,
        is_one_run=_runs(folder) == before + 1,
    )


def _apply(folder: Path) -> subprocess.Popen[str]:
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "REIGN_TRUST": "1",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "reign", "-C", str(folder), "apply", "--auto-approve"],
        env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def _first_to_end(both: list[subprocess.Popen[str]]) -> subprocess.Popen[str]:
    """Waits for it: the other cannot end before its gate is opened. Where both run, the first is killed."""
    ends = {os.pidfd_open(each.pid): each for each in both}
    try:
        ready, _, _ = select.select([*ends], [], [], PATIENCE_S)
    finally:
        for end in ends:
            os.close(end)
    if not ready:
        both[0].kill()
    return ends[ready[0]] if ready else both[0]


def _open(gate: Path, runs: subprocess.Popen[str]) -> None:
    """Lets the command go on as soon as it waits, unless its run ends without."""
    until = time.monotonic() + PATIENCE_S
    while runs.poll() is None and time.monotonic() < until:
        try:
            os.close(os.open(gate, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:  # nobody reads yet
            time.sleep(0.01)
        else:
            return


def _runs(folder: Path) -> int:
    """How many runs have ended."""
    told = [raw for segment in Reading(Layout(folder)).history() for raw, _ in segment.raws()]
    return sum(raw["kind"] == EventKind.RUN_ENDED for raw in told)


def main() -> int:
    """Prints the figures of as many pairs as are asked for, as JSON."""
    found = pairs(Path(sys.argv[1]), int(sys.argv[2]))
    print(json.dumps({"pairs": len(found), "held": sum(each.held for each in found)}))
    return 0 if all(each.held for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
