"""Rows onto stdout, in the form that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reign.cli.session import Session


def show_rows(session: Session, form: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a listing; a table is made safe for the terminal, the other forms are what programs read."""
    from reign.cli.machine import put_json
    from reign.render.table import FORMS

    told = FORMS[form](columns, rows)
    if form == "json":
        put_json(session, told)
    else:
        session.put(told)
