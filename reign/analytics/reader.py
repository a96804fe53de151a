"""`reign sql` and the named questions: the views of the SQL contract over the store and the journal's tail.

A user's text is run with nothing in reach but these tables: the store is attached read-only, external access is off,
the configuration is locked, and only statements that read are run at all. DuckDB alone would not do: the files of an
attached database stay within its reach, its log of writes (`state.duckdb.wal`) for writing too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from reign.analytics.apart import apart
from reign.analytics.table import Table, fetched
from reign.model.address import parse_address
from reign.model.errors import Failed
from reign.model.finding import Finding
from reign.state.history import open_history
from reign.state.layout import Layout
from reign.state.store import NotOurs, connect, sorted_error

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

T = TypeVar("T")

_MOST = 2**63 - 1

_ROOM = Path(__file__).parent
_EXPLAIN = re.compile(r"\s*explain\s+(analyze\s+)?", re.IGNORECASE)
_BARE_AT = re.compile(r"(?<![\w\"'])at(?![\w\"'])", re.IGNORECASE)
_PARAMETER = re.compile(r"\$([a-z_]+)")


def query(layout: Layout, sql: str, params: Sequence[Any] = (), *, single: bool = False) -> Table:
    """The answer to somebody's SQL: that of the last statement. Raises Failed with the database's own words.

    `single`: one statement is all there may be, so that no answer of an assertion goes unseen.
    """
    import duckdb

    sql = _whole(sql)

    def run(connection: DuckDBPyConnection) -> Table:
        answer, asked = None, ""
        statements = connection.extract_statements(sql)
        if single and len(statements) != 1:
            raise Failed([_not_one(len(statements))])
        for statement in statements:
            _refuse_writes(connection, statement)
            answer, asked = connection.execute(statement, params or None), statement.query
        return fetched(connection, answer, asked)

    try:
        return answered(layout, run, explained="comment" in sql.lower())
    except duckdb.Error as error:
        raise Failed([_not_answered(str(error), sql)]) from error


def ask(layout: Layout, question: str, **parameters: object) -> Table:
    """The answer to `queries/<question>.sql`. A parameter of it that is not given is NULL."""
    sql = _question(question)
    given = _given(sql, parameters)
    unknown = parameters.keys() - given.keys()
    if unknown:
        raise TypeError(f"{question} has no parameter {', '.join(sorted(unknown))}")
    return answered(layout, lambda connection: fetched(connection, connection.execute(sql, given or None), sql))


def ask_all(layout: Layout, *questions: str, **parameters: object) -> dict[str, Table]:
    """The answers to several at once, of the same moment; a parameter goes to those that have it."""
    asked = {question: _question(question) for question in questions}

    def run(connection: DuckDBPyConnection) -> dict[str, Table]:
        return {
            question: fetched(connection, connection.execute(sql, _given(sql, parameters) or None), sql)
            for question, sql in asked.items()
        }

    return answered(layout, run)


def timeline(layout: Layout, called: str | None = None, limit: int | None = None) -> Table:
    """What was done to which resource, the last `limit`, oldest first: to all, or to what is `called` so, in the ways that
    the planner's options take (`Options.targets`). What is gone by now has its names as well.
    """
    from reign.planning.selection import Names

    sql, of = _question("timeline"), _question("addresses")

    def run(connection: DuckDBPyConnection) -> Table:
        rows = connection.execute(of).fetchall() if called is not None else ()
        found = Names(parse_address(row[0]) for row in rows).find(called or "")
        told = {"address": called, "addresses": [address.text for address in found], "limit": limit}
        return fetched(connection, connection.execute(sql, _given(sql, told)), sql)

    return answered(layout, run)


def _given(sql: str, parameters: Mapping[str, object]) -> dict[str, object]:
    """What goes into a question. A number of rows beyond what DuckDB counts to means all."""
    given = {name: parameters.get(name) for name in _PARAMETER.findall(sql)}
    for name, value in given.items():
        if isinstance(value, int):
            given[name] = min(value, _MOST)
        elif isinstance(value, str):
            given[name] = _whole(value)
    return given


def _whole(text: str) -> str:
    """`text` with a `?` for each half of a surrogate pair, as the tables have it: DuckDB takes none."""
    return text.encode("utf-8", "replace").decode("utf-8")


def answered(layout: Layout, run: Callable[[DuckDBPyConnection], T], *, explained: bool = False) -> T:
    """What `run` makes of the views. When the store turns out to be damaged on the way, it runs again without it.

    `explained`: with comments on views and columns, which take longer than most answers.

    All of it is done apart: DuckDB looks for a signal only between two of its steps, which may take as long as they like,
    and makes an error of its own out of what a signal raises.
    """
    return apart(lambda: _answered(layout, run, explained))


def _answered(layout: Layout, run: Callable[[DuckDBPyConnection], T], explained: bool) -> T:
    import duckdb

    try:
        with _opened(layout, explained=explained) as connection:
            return run(connection)
    except duckdb.Error as error:
        if not isinstance(sorted_error(error), NotOurs):
            raise
    with _opened(layout, use_store=False, explained=explained) as connection:
        return run(connection)


def _opened(layout: Layout, *, use_store: bool = True, explained: bool = False) -> DuckDBPyConnection:
    """A connection with the views in place. What is damaged is looked at twice: a segment may be pruned while it is read."""
    try:
        return _prepared(layout, use_store, explained)
    except Failed:
        return _prepared(layout, use_store, explained)


def _prepared(layout: Layout, use_store: bool, explained: bool) -> DuckDBPyConnection:
    connection = connect()
    try:
        open_views(connection, layout, use_store=use_store, explained=explained)
    except BaseException:
        connection.close()
        raise
    return connection


def open_views(
    connection: DuckDBPyConnection, layout: Layout, *, use_store: bool = True, explained: bool = False
) -> None:
    """Put the views in place, and everything else out of reach."""
    open_history(connection, layout, use_store=use_store)
    connection.execute("CREATE SCHEMA reign")
    for name in ("views", "comments") if explained else ("views",):
        connection.execute((_ROOM / f"{name}.sql").read_text(encoding="utf-8"))
    connection.execute("SET search_path = 'reign'")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _refuse_writes(connection: DuckDBPyConnection, statement: Any) -> None:
    """Raises Failed unless the statement only reads. What is explained must read as well: ANALYZE runs it."""
    import duckdb

    kind = statement.type
    if kind == duckdb.StatementType.EXPLAIN:
        inner = connection.extract_statements(_EXPLAIN.sub("", statement.query, count=1))
        kind = inner[0].type if len(inner) == 1 else kind
    if kind != duckdb.StatementType.SELECT:
        raise Failed([_only_reads(str(kind).rpartition(".")[2])])


@cache
def _question(name: str) -> str:
    return (_ROOM / "queries" / f"{name}.sql").read_text(encoding="utf-8")


def _only_reads(kind: str) -> Finding:
    return Finding(
        "sql/only-reads",
        "This SQL does more than read",
        f"State and history are only read: SELECT, DESCRIBE, SHOW, SUMMARIZE and EXPLAIN, not {kind}.",
        fix="Write the question as a SELECT.",
    )


def _not_one(statements: int) -> Finding:
    return Finding(
        "sql/one-statement",
        "An assertion is one statement",
        f"There are {statements} statements, and only the answer of the last would count.",
        fix="Write one SELECT whose one value is true, or run reign sql --assert once for each.",
    )


def _not_answered(words: str, sql: str) -> Finding:
    if "'pytz'" in words:  # the package that a time with a zone takes
        return Finding(
            "sql/not-answered",
            "The query was not answered",
            "In a value of a type that is made up row by row, such as VARIANT, stands a time with a zone.",
            fix="Cast the time to TIMESTAMP, which is in UTC here, or the whole value to VARCHAR.",
        )
    is_bare = words.startswith("Parser Error") and _BARE_AT.search(sql)
    fix = 'The column at is written "at", in double quotes: the bare word means something else to DuckDB.'
    return Finding("sql/not-answered", "The query was not answered", words, fix=fix if is_bare else "")
