"""`reign sql`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from reign.cli.arguments import Command, examples
from reign.cli.listing import show_rows
from reign.cli.main import Exit
from reign.cli.options import listing
from reign.cli.session import Session, is_terminal

if TYPE_CHECKING:
    from reign.analytics import Table


@examples(
    'reign sql "select address, status from resources order by address"',
    "reign sql -f question.sql -o csv",
    'reign sql --assert "select count(*) = 0 from drift"',
)
@click.command(cls=Command, name="sql")
@click.argument("query", required=False)
@click.option("-f", "--file", "file", metavar="FILE", help="Read the query from a file; - is standard input.")
@click.option("--assert", "is_assertion", is_flag=True, help="End with 2 unless the one value of the answer is true.")
@listing
@click.pass_obj
def command(session: Session, query: str | None, file: str | None, is_assertion: bool, form: str) -> Exit:
    """Ask state and history in SQL, on the views of schema reign: runs, operations, resources, events and more.

    QUERY is the text, unless -f names a file. The views and their columns are told in docs/sql.md.
    """
    text = _text(session, query, file)
    if not text.strip():
        raise click.UsageError("The query is empty.")
    answer = _answer(session, text, single=is_assertion)
    show_rows(session, form, answer.columns, answer.rows)
    return Exit.DIFFERS if is_assertion and not _holds(answer.rows) else Exit.DONE


def _answer(session: Session, text: str, *, single: bool) -> Table:
    from reign.app.look import run_query

    try:
        return run_query(session.where(), text, single=single)
    except Exception:
        raise
    except BaseException:  # an interrupt, which the terminal shows on a line that is still open, or SIGTERM
        session.note(["", "Cancelled: the query was not answered."])
        raise


def _text(session: Session, query: str | None, file: str | None) -> str:
    from reign.cli.typed import decoded, stdin_text

    if (query is None) == (file is None) and (query is not None or is_terminal(sys.stdin)):
        raise click.UsageError("Give one query: as an argument, or in a file with -f.")
    if query is not None:
        return query
    if file is None or file == "-":
        return stdin_text()
    from reign.cli.files import read_file

    return decoded(read_file(session.path(file)), file)


def _holds(rows: object) -> bool:
    """One row of one value, and that is true: nothing, null and several of either are no `true`."""
    return isinstance(rows, list | tuple) and len(rows) == 1 and len(rows[0]) == 1 and rows[0][0] is True
