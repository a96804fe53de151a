"""What the history tells of one run, and of all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reign.analytics import Table, ask_all
from reign.app.nouns import Where
from reign.app.runs import unknown_run
from reign.app.workspace import open_existing
from reign.model.errors import Failed

PARTS = ("phases", "operations", "attempts", "findings", "interventions", "checkpoints", "drift")
"""What is told of a run besides itself, in the order of telling."""

_QUESTIONS = {part: "operations" if part == "operations" else f"run_{part}" for part in PARTS}


@dataclass(frozen=True, slots=True)
class RunTold:
    """Everything about a run: its row by column, and the parts as tables."""

    run: Mapping[str, Any]
    parts: Mapping[str, Table]


def run_told(where: Where, named: str) -> RunTold:
    """The run whose id is `named`, or the only one whose id begins so. Raises Failed."""
    layout = open_existing(where).layout
    found = ask_all(layout, "run", run_id=named)["run"]
    if len(found.rows) != 1:
        raise Failed([unknown_run(named, [str(row[found.columns.index("run_id")]) for row in found.rows])])
    run = dict(zip(found.columns, found.rows[0], strict=True))
    answers = ask_all(layout, *_QUESTIONS.values(), run_id=run["run_id"])
    return RunTold(run, {part: answers[question] for part, question in _QUESTIONS.items()})


def statistics(where: Where, since: datetime | None, type: str | None) -> Mapping[str, Table]:
    """`runs`, `operations` and `resources`: how often, how long and how well, since a time or ever."""
    names = {"runs": "stats_runs", "operations": "stats_operations", "resources": "stats_resources"}
    answers = ask_all(open_existing(where).layout, *names.values(), since=since, type=type)
    return {name: answers[question] for name, question in names.items()}
