"""An answer as a table: every column with a name of its own, every time in UTC."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_QUOTED = r"""(?P<quoted>"(?:[^"]|"")*"|'(?:[^']|'')*')"""
_ZONED = re.compile(rf"{_QUOTED}|TIMESTAMP WITH TIME ZONE|TIMESTAMPTZ(?=_NS\b)")
"""A time with a zone in the name of a type; what is quoted there are names of fields, and words of an ENUM."""


@dataclass(frozen=True, slots=True)
class Table:
    """An answer. `types` are DuckDB's names of them; JSON comes as text, a TIMESTAMP as a naive datetime in UTC.

    No two columns have one name: of those that had, the later ones are numbered, as DuckDB does it in a table (`n_1`).
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def fetched(connection: DuckDBPyConnection, answer: DuckDBPyConnection | None, query: str) -> Table:
    """The `answer` to `query`, a statement without parameters where it tells a time with a zone. Raises duckdb.Error.

    To fetch such a time takes a package that is not required: then the query runs once more, below a cast.
    """
    if answer is None or answer.description is None:
        return Table((), (), ())
    columns = distinct([column[0] for column in answer.description])
    types = [str(column[1]) for column in answer.description]
    plain = [_without_zone(type_) for type_ in types]
    if plain != types:
        answer = _cast(connection, query, plain)
    return Table(columns, tuple(plain), tuple(answer.fetchall()))


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names, repeats numbered; upper and lower case are one, as in SQL."""
    found: dict[str, str] = {}
    for name in names:
        number, free = 0, name
        while free.lower() in found:
            number += 1
            free = f"{name}_{number}"
        found[free.lower()] = free
    return tuple(found.values())


def _without_zone(type_: str) -> str:
    return _ZONED.sub(lambda part: part["quoted"] or "TIMESTAMP", type_)


def _cast(connection: DuckDBPyConnection, query: str, types: Sequence[str]) -> DuckDBPyConnection:
    """The query's answer with its columns as `types`. In a view it may end with a semicolon and comments, as it came."""
    names = [f"c{number}" for number in range(len(types))]
    casts = ", ".join(f"CAST({name} AS {type_})" for name, type_ in zip(names, types, strict=True))
    connection.execute(f"CREATE OR REPLACE TEMP VIEW in_utc({', '.join(names)}) AS {query}")
    return connection.execute(f"SELECT {casts} FROM temp.in_utc")  # noqa: S608 - DuckDB's own names of types
