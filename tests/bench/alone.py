"""What has no other side: memory, start-up, growth, and the engine and the store in this process."""

import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

from tests.bench.against import Bench, Pair, applies
from tests.bench.graphs import Graph
from tests.bench.rows import Row, alternate
from tests.bench.sides import Reign, bare_environ


def ten_thousand(bench: Bench) -> Iterator[Row]:
    """Plan of 10,000, with the memory it takes."""
    side = Reign(bench.scratch / "ten-thousand")
    side.prepare(Graph("wide", 10_000))
    taken = [side.plan() for _ in range(bench.rounds)]
    if any("Plan: 10000 to add" not in took.out for took in taken):
        raise RuntimeError(taken[0].out[-1000:])
    yield Row("first plan, 10,000 wide", median(took.seconds for took in taken), 5)
    yield Row("first plan, 10,000 wide: peak memory", max(took.peak_mb for took in taken), 400, unit="MB")


def start_up(bench: Bench) -> Iterator[Row]:
    """`--help`, `version` and completion over the bare interpreter."""
    environ = bare_environ(bench.scratch)

    def run(*command: str, **more: str) -> float:
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, *command], env=environ | more, check=True, capture_output=True, cwd=bench.scratch
        )
        return (time.perf_counter() - started) * 1000

    completing = {"_REIGN_COMPLETE": "bash", "_REIGN_LINE": "reign st"}
    bare, help_, version, completion = alternate(
        bench.rounds * 5,
        lambda: run("-c", "pass"),
        lambda: run("-m", "reign", "--help"),
        lambda: run("-m", "reign", "version"),
        lambda: run("-m", "reign", **completing),
    )
    note = f"interpreter {bare:.0f} ms"
    yield Row("--help over the interpreter", help_ - bare, 60, unit="ms", note=note)
    yield Row("version over the interpreter", version - bare, 60, unit="ms", note=note)
    yield Row("completion over the interpreter", completion - bare, 60, unit="ms", note=note)


def growth(bench: Bench) -> Iterator[Row]:
    """Apply of 100, 1,000 and 10,000 wide: what one more resource costs must not grow with how many there are."""
    few, some, many = (applies(Pair(bench, Graph("wide", size), False))[0][0] for size in (100, 1_000, 10_000))
    early, late = (some - few) / 900, (many - some) / 9_000
    note = f"{few:.2f} s, {some:.2f} s, {many:.2f} s; {early * 1000:.2f} then {late * 1000:.2f} ms each"
    yield Row("growth: one more resource, 1,000 to 10,000 over 100 to 1,000", late / early, 1.1, unit="x", note=note)
