"""Whole processes against Terraform on the same graph; where it is not installed, against what was measured of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median

from tests.bench.graphs import Graph
from tests.bench.rows import Row, alternate
from tests.bench.sides import Reign, Side, Terraform, has_terraform

ADDED = "Apply complete! Resources: {} added, 0 changed, 0 destroyed."


@dataclass(frozen=True)
class Bench:
    """Where to work, how many rounds, and whether the runs of many minutes are made."""

    scratch: Path
    rounds: int
    everything: bool


@dataclass(frozen=True)
class Pair:
    """One graph on both sides. `elsewhere` stands in for Terraform where it is not run: seconds measured on another machine."""

    bench: Bench
    graph: Graph
    with_terraform: bool

    def fresh(self) -> list[Side]:
        """Both sides in new folders, Reign last."""
        sides = [Terraform, Reign] if self.with_terraform else [Reign]
        made: list[Side] = []
        for make in sides:
            folder = self.bench.scratch / f"{make.__name__}-{next(_NUMBERS)}"
            made.append(make(folder))
            made[-1].prepare(self.graph)
        return made

    def row(self, work: str, times: list[float], goal: float, elsewhere: float) -> Row:
        """The row for the medians in `times`, Reign's last."""
        other = times[0] if self.with_terraform else elsewhere
        return Row(work, times[-1], goal, other=other, other_is_measured_elsewhere=not self.with_terraform)


_NUMBERS = count()


def first_plan(pair: Pair) -> list[float]:
    """A plan with no state before it."""
    sides = pair.fresh()
    return alternate(pair.bench.rounds, *(_planned(side, f"Plan: {pair.graph.size} to add") for side in sides))


def applies(pair: Pair) -> tuple[list[float], list[Side]]:
    """A first apply, each time in new folders; and the last folders."""
    taken: list[list[float]] = []
    for _ in range(max(1, pair.bench.rounds // 2)):
        sides = pair.fresh()
        taken.append([_applied(side, pair.graph.size) for side in sides])
    return [median(times) for times in zip(*taken, strict=True)], sides


def no_op_plan(pair: Pair, sides: list[Side]) -> list[float]:
    """A plan of what is there already."""
    return alternate(pair.bench.rounds, *(_planned(side, "No changes.") for side in sides))


def _planned(side: Side, expected: str) -> Callable[[], float]:
    def measure() -> float:
        took = side.plan()
        if expected not in took.out:
            raise RuntimeError(f"{type(side).__name__} did not say {expected!r}:\n{took.out[-1000:]}")
        return took.seconds

    return measure


def _applied(side: Side, size: int) -> float:
    took = side.apply()
    if ADDED.format(size) not in took.out:
        raise RuntimeError(f"{type(side).__name__} did not apply {size}:\n{took.out[-1000:]}")
    return took.seconds


def hundred(bench: Bench) -> Iterator[Row]:
    """No-op plan of 100."""
    pair = Pair(bench, Graph("layers", 100), has_terraform())
    _, sides = applies(pair)
    yield pair.row("no-op plan, 100 in layers", no_op_plan(pair, sides), 3, 0.12)


def thousand(bench: Bench) -> Iterator[Row]:
    """First plan, apply and no-op plan of 1,000, in layers and wide."""
    layers = Pair(bench, Graph("layers", 1000), has_terraform())
    yield layers.row("first plan, 1,000 in layers", first_plan(layers), 0.3, 2.0)
    times, sides = applies(layers)
    yield layers.row("apply, 1,000 in layers", times, 0.1, 20.0)
    yield layers.row("no-op plan, 1,000 in layers", no_op_plan(layers, sides), 0.35, 1.5)
    wide = Pair(bench, Graph("wide", 1000), has_terraform())
    times, _ = applies(wide)
    yield wide.row("apply, 1,000 wide", times, 0.1, 14.0)


def five_thousand(bench: Bench) -> Iterator[Row]:
    """Apply of 5,000 wide; Terraform's side takes many minutes and is run only when everything is."""
    pair = Pair(bench, Graph("wide", 5000), has_terraform() and bench.everything)
    times, _ = applies(pair)
    yield pair.row("apply, 5,000 wide", times, 0.02, 400.0)
