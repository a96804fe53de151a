"""Rows onto stdout, in the form that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reign.cli.session import Session


def show_rows(
    session: Session, form: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], nothing: str = ""
) -> None:
    """Print a listing; a table is made safe for the terminal and fits it, the other forms are what programs read.

    `nothing` is said where there are no rows, and then stands for an empty table.
    """
    from reign.cli.machine import put_json
    from reign.render.table import FORMS, table

    if nothing and not rows:
        session.note([nothing])
    if form == "json":
        put_json(session, FORMS[form](columns, rows))
    elif form != "table":
        session.put(FORMS[form](columns, rows))
    elif rows or not nothing:
        session.put(table(columns, rows, session.width()))
