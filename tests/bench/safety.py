"""What safety costs, in this process and imports excluded: points to go back to, going back, recovery, and a whole check."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from reign.app.apply import apply
from reign.app.checkpoints import create_checkpoint
from reign.app.doctor import examine
from reign.app.nouns import ApplyRequest, Planned, Where
from reign.app.recovery import recover
from reign.app.rollback import make_rollback
from reign.app.workspace import open_workspace
from reign.execution.cancel import Cancel
from reign.model.plan import count
from reign.planning import Options
from reign.state.writer import open_writer
from tests.bench.against import Bench
from tests.bench.graphs import Graph, write_reign
from tests.bench.inside import OWNER
from tests.bench.rows import Row
from tests.bench.sides import Reign, bare_environ

SIZE = 1_000
CHANGED = 10
POINT = "begin"


def safety(bench: Bench) -> Iterator[Row]:
    """Checkpoint, rollback and check of 1,000 resources; recovery of an apply of as many that was killed half way."""
    side = Reign(bench.scratch / "safety")
    side.prepare(Graph("wide", SIZE))
    side.apply()
    where = Where(side.folder, environ=bare_environ(side.folder))
    names = iter(range(bench.rounds))
    yield _row(f"checkpoint of {SIZE:,}", 20, bench, lambda: create_checkpoint(where, f"bench-{next(names)}"))
    create_checkpoint(where, POINT)
    yield _row(f"doctor of {SIZE:,}", 1000, bench, lambda: _sound(where))
    for changed in (CHANGED, SIZE):
        yield from _back(bench, side, where, changed)
    taken = [_recovery(bench.scratch / f"killed-{n}") for n in range(bench.rounds)]
    yield Row(f"recovery after a kill in the middle of {SIZE:,} files", median(taken) * 1000, 1000, "ms")


def _row(work: str, goal: float, bench: Bench, act: Callable[[], object]) -> Row:
    return Row(work, median(_took(act) for _ in range(bench.rounds)) * 1000, goal, "ms")


def _took(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _sound(where: Where) -> None:
    found = examine(where)
    if not found.is_sound:
        raise RuntimeError(f"the state is not in order: {found.findings}")


def _back(bench: Bench, side: Reign, where: Where, changed: int) -> Iterator[Row]:
    """Back from a point at which `changed` of the resources are others. What is restored is measured less the plan of it."""
    plans: list[float] = []
    restored: list[float] = []
    for n in range(bench.rounds):
        _edit(side.folder, changed, f"-{n}")
        side.apply()
        plans.append(_took(lambda: _planned(where, changed)))
        whole = _took(lambda: _restore(where))
        restored.append(max(0.0, whole - plans[-1]))
    told = f"{changed:,} of {SIZE:,} changed"
    yield Row(f"rollback plan, {told}", median(plans) * 1000, 50, "ms")
    yield Row(f"restore, {told}", median(restored) * 1000, 50, "ms")


def _edit(folder: Path, changed: int, note: str) -> None:
    write_reign(Graph("wide", SIZE), folder)
    path = folder / "reign.yaml"
    text = path.read_text()
    for index in range(changed):
        text = text.replace(f"{{value: r{index}}}", f"{{value: r{index}{note}}}")
    path.write_text(text)


def _planned(where: Where, changed: int) -> None:
    counted = count(make_rollback(where, POINT, Options()).plan)
    if counted.change != changed:
        raise RuntimeError(f"{counted.change} of {changed} would be brought back")


def _approved(_: Planned) -> None:
    """Everything may be done."""


def _restore(where: Where) -> None:
    request = ApplyRequest(command="rollback", options=Options(), back_to=POINT)
    done = apply(where, request, _approved, lambda _: None, Cancel())
    if done.status != "completed":
        raise RuntimeError(f"the rollback is {done.status}")


def _recovery(folder: Path) -> float:
    """Seconds for the lock's next holder to learn what became of everything that was cut off."""
    folder.mkdir()
    blocks = (f'  f{n}: {{type: local.file, spec: {{path: "out/{n}", content: "{n}"}}}}\n' for n in range(SIZE))
    (folder / "reign.yaml").write_text("version: 1\nproject: bench\nresources:\n" + "".join(blocks))
    environ = bare_environ(folder)
    command = [sys.executable, "-m", "reign", "apply", "--auto-approve"]
    with subprocess.Popen(
        command, cwd=folder, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as run:
        while not (folder / "out" / str(SIZE // 2)).exists() and run.poll() is None:
            os.sched_yield()
        run.send_signal(signal.SIGKILL)
    space = open_workspace(Where(folder, environ=environ))
    started = time.perf_counter()
    with open_writer(space.layout, OWNER) as writer:
        if not writer.state.open_runs:
            raise RuntimeError("nothing was cut off")
        recover(space, writer, {})
        return time.perf_counter() - started
