"""One run for people: as text, and as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from reign.render.markup import code, prose
from reign.render.rows import stated
from reign.render.table import as_markdown, jsonable, table


class Table(Protocol):
    """An answer of the history."""

    @property
    def columns(self) -> Sequence[str]:
        """Their names."""

    @property
    def rows(self) -> Sequence[Sequence[Any]]:
        """What each row has, in the order of the columns."""


_SHOWN = ("phases", "operations", "findings", "interventions", "checkpoints", "drift")


def run_text(run: Mapping[str, Any], parts: Mapping[str, Table], width: int | None) -> list[str]:
    """What is known of it, then each part that holds anything as a table; of the tries, those that failed."""
    lines = stated({name: jsonable(value) for name, value in run.items()}, "", "", full=True)
    told = [(name, parts[name].columns, parts[name].rows) for name in _SHOWN]
    told.insert(2, ("failed attempts", *_failed(parts["attempts"])))
    for name, columns, rows in told:
        if rows:
            lines += ["", f"{name.capitalize()}:", "", *table(columns, rows, width).splitlines()]
    return lines


def run_markdown(run: Mapping[str, Any], parts: Mapping[str, Table]) -> str:
    """The same as a page, with every try."""
    known = [(name, value) for name, value in run.items() if value not in (None, "")]
    blocks = [f"# Run {code(str(run['run_id']))}", f"{prose(str(run['command']))}, {prose(str(run['status']))}"]
    blocks.append(as_markdown(("", "value"), known).rstrip("\n"))
    for name, part in parts.items():
        if part.rows:
            blocks += [f"## {name.capitalize()}", as_markdown(part.columns, part.rows).rstrip("\n")]
    return "\n\n".join(blocks) + "\n"


def run_document(run: Mapping[str, Any], parts: Mapping[str, Table]) -> dict[str, Any]:
    """The same for programs."""
    told: dict[str, Any] = {name: jsonable(value) for name, value in run.items()}
    for name, part in parts.items():
        told[name] = [dict(zip(part.columns, map(jsonable, row), strict=True)) for row in part.rows]
    return told


def _failed(attempts: Table) -> tuple[Sequence[str], list[Sequence[Any]]]:
    kept = [index for index, name in enumerate(attempts.columns) if name not in ("op_id", "outcome")]
    kind = attempts.columns.index("error_kind")
    rows: list[Sequence[Any]] = [[row[i] for i in kept] for row in attempts.rows if row[kind] is not None]
    return [attempts.columns[index] for index in kept], rows
