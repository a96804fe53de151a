"""The table of the bars: what was done, how often, and whether it held."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faults.crew import Crew, Trial
from tests.faults.needs import REQUIRED


@dataclass
class Row:
    """One line: a bar, over one provider or all of them (`of`), by one way of putting it to the test."""

    bar: str
    of: str
    done: str
    trials: int = 0
    fired: int = 0
    broken: list[str] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    skipped: str = ""

    def add(self, trial: Trial) -> None:
        """Count it."""
        self.trials += 1
        self.fired += trial.fired
        self.figures.update(trial.figures)
        if trial.broken:
            self.broken.append(trial.broken)

    def has(self, case: Any, answer: Any) -> bool:
        """Whether a plain run of `case` ended with an answer."""
        if isinstance(answer, Exception):
            self.add(Trial(self.of, 0, f"{case}: {answer}"))
        return not isinstance(answer, Exception)

    @property
    def held(self) -> bool:
        """Whether it held every time; where nothing was tried, or nothing fired, it did not."""
        return not self.broken and self.trials > 0 and self.fired > 0

    @property
    def is_fine(self) -> bool:
        """Held, or skipped where it may be."""
        return bool(self.skipped) or self.held

    @property
    def verdict(self) -> str:
        """One word, or why not."""
        if self.skipped:
            return f"skipped: {self.skipped}"
        if not self.trials:
            return "NOT HELD: nothing was tried"
        if not self.fired:
            return "NOT HELD: nothing fired"
        return f"NOT HELD: {len(self.broken)} of {self.trials}" if self.broken else "held"

    def cells(self) -> list[str]:
        """As a row of the printed table."""
        counts = ", ".join(f"{count:,} {name}" for name, count in sorted(self.figures.items()))
        many = f"{self.trials:,} trials, {self.fired:,} fired" + (f", {counts}" if counts else "")
        return [self.bar, self.of, self.done, many, f"{self.seconds:.0f} s", self.verdict]

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "bar": self.bar, "of": self.of, "done": self.done, "trials": self.trials, "fired": self.fired,
            "figures": dict(self.figures), "seconds": round(self.seconds, 1), "held": self.held,
            "skipped": self.skipped, "broken": self.broken,
        }  # fmt: skip


@dataclass
class Harness:
    """What a bar is put to the test with. `sample`: a few of the cases only, for every day."""

    crew: Crew
    sample: bool = False
    seed: int = 0
    rows: list[Row] = field(default_factory=list)

    def few(self, cases: Sequence[Any], most: int) -> Sequence[Any]:
        """All cases; of a sample at most so many, of every row some, spread over them."""
        if not self.sample or len(cases) <= most:
            return cases
        rows: dict[str, list[Any]] = {}
        for case in cases:
            rows.setdefault(case.of, []).append(case)
        share = max(1, most // len(rows))
        return [
            mine[index * (len(mine) - 1) // max(1, share - 1)]
            for mine in rows.values()
            for index in range(min(share, len(mine)))
        ]

    def each(
        self, bar: str, done: str, trial: Callable[..., Trial], cases: Sequence[Any], rows: Iterable[str] = ()
    ) -> None:
        """Try all cases, and count the trials in rows by what each was of."""
        began = time.monotonic()
        made = {of: Row(bar, of, done) for of in rows}

        def tell(number: int, of: int) -> None:
            if sys.stderr.isatty() or number * 10 // of != (number - 1) * 10 // of:
                ended = "\r" if sys.stderr.isatty() and number < of else "\n"
                told = f"{bar} {done}: {number}/{of}, {time.monotonic() - began:.0f} s"
                print(told, end=ended, file=sys.stderr, flush=True)

        for each in self.crew.each(trial, cases, tell):
            made.setdefault(each.of, Row(bar, each.of, done)).add(each)
            if each.broken:
                print(f"{bar} {each.of} not held: {each.broken}", file=sys.stderr, flush=True)
        took = time.monotonic() - began
        whole = sum(row.trials for row in made.values()) or 1
        for row in made.values():
            row.seconds = took * row.trials / whole
        self.rows += made.values()

    def count(self, bar: str, done: str, counting: Callable[..., int], cases: Sequence[Any]) -> list[tuple[Any, int]]:
        """What a plain run of each case counts; where one does not even end well, that is a row."""
        row = Row(bar, "all", f"{done}: a plain run counts")
        counted = [(case, answer) for case, answer in self.crew.answers(counting, cases) if row.has(case, answer)]
        if row.broken:
            self.rows.append(row)
        return counted

    def skip(self, bar: str, of: str, done: str, needs: str, reason: str) -> None:
        """A row that cannot be tried here, for the lack of something: not held where that is required."""
        is_required = needs in REQUIRED
        self.rows.append(
            Row(bar, of, done, broken=[reason] if is_required else [], skipped="" if is_required else reason)
        )

    def not_there(self, bar: str, of: str, done: str, reason: str) -> None:
        """A row that nothing stands behind: it is not held."""
        self.rows.append(Row(bar, of, done, trials=1, broken=[reason]))


HEAD = ["bar", "over", "what was done", "how often", "took", "verdict"]


def printed(rows: Sequence[Row]) -> str:
    """The table as Markdown, and under it what did not hold."""
    lines = ["| " + " | ".join(cells) + " |" for cells in (HEAD, ["---"] * len(HEAD), *(row.cells() for row in rows))]
    for row in rows:
        lines += [f"\n{row.bar} {row.of}: {told}" for told in row.broken[:3]]
    return "\n".join(lines)
