"""The rows of the speed table: what was measured, against what, and whether it meets its goal."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Row:
    """One line. Times in seconds unless `unit` says otherwise; `goal` bounds the ratio where there is another side."""

    work: str
    ours: float
    goal: float
    unit: str = "s"
    other: float | None = None
    other_is_measured_elsewhere: bool = False
    note: str = ""

    @property
    def figure(self) -> float:
        """What the goal bounds: the ratio to the other side, or the figure itself."""
        return self.ours / self.other if self.other else self.ours

    @property
    def verdict(self) -> str:
        """`met`; or by how much it is missed."""
        return "met" if self.figure <= self.goal else f"missed by {self.figure / self.goal:.2f}x"

    def cells(self) -> list[str]:
        """The row of the printed table."""
        if self.other is None:
            return [self.work, "-", shown(self.ours, self.unit), "-", f"<= {shown(self.goal, self.unit)}", self._end()]
        other = shown(self.other, self.unit) + ("*" if self.other_is_measured_elsewhere else "")
        return [self.work, other, shown(self.ours, self.unit), f"{self.figure:.3f}x", f"<= {self.goal:g}x", self._end()]

    def _end(self) -> str:
        return f"{self.verdict} ({self.note})" if self.note else self.verdict


def shown(value: float, unit: str) -> str:
    """Three figures, and no more."""
    return f"{value:.3g} {unit}" if value < 100 else f"{value:.0f} {unit}"


def alternate(rounds: int, *sides: Callable[[], float]) -> list[float]:
    """Each side in turn, `rounds` times; the median of each."""
    taken: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for times, side in zip(taken, sides, strict=True):
            times.append(side())
    return [median(times) for times in taken]
