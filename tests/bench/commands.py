"""What it costs to judge commands of a shell before a plan shows them, in this process and imports excluded."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from reign.providers.shell.safety.concerns import concerns
from tests.bench.against import Bench
from tests.bench.rows import Row

SIZE = 1_000
EVERY_DAY = Path(__file__).resolve().parents[1] / "cases" / "shell" / "ordinary.txt"
TWINS = 'set -e; mkdir -p out/{n} && echo "item {n}" > out/{n}/file; rm -rf "out/{n}/tmp"'
"""Four commands, of which none is harmless by its words alone."""


def commands(bench: Bench) -> Iterator[Row]:
    """1,000 that differ in a number, and those of every day; none is judged twice, so that nothing is known of it."""
    twins = [[TWINS.format(n=f"{each}-{n}") for n in range(SIZE)] for each in range(bench.rounds)]
    lines = [line for line in EVERY_DAY.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    everyday = [[_written(line, each) for line in lines] for each in range(bench.rounds)]
    _judged([TWINS])  # the first one imports
    yield Row(f"dangers of {SIZE:,} shell commands, each", _each(twins), 2, "ms")
    yield Row(f"dangers of {len(lines):,} shell commands of every day, each", _each(everyday), 2, "ms")


def _written(line: str, number: int) -> str:
    """A line of the list as it is meant, with what tells it from the one of another round."""
    text = line.replace("\\n", "\n").replace("\\t", "\t")
    return f"true {number}\n{text}"


def _each(rounds: Sequence[Sequence[str]]) -> float:
    return median(_judged(texts) / len(texts) for texts in rounds) * 1000


def _judged(texts: Sequence[str]) -> float:
    """Seconds for all of them."""
    started = time.perf_counter()
    found = sum(len(concerns({"create": text})) for text in texts)
    took = time.perf_counter() - started
    if found:
        raise RuntimeError(f"{found} dangers in what is none")
    return took
