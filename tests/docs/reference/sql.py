"""docs/sql.md: every view with its columns, their types and what they mean."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from reign.analytics.reader import query
from reign.state.layout import Layout
from tests.docs.blocks import Blocks
from tests.docs.reference.commands import marked

_COLUMNS = """
select table_name, v.comment as about, column_name, data_type, c.comment
from duckdb_columns() c join duckdb_views() v on v.schema_name = c.schema_name and v.view_name = table_name
where c.schema_name = 'reign' order by v.view_oid, column_index
"""


def sql() -> Blocks:
    """One block with a table for each view, in the order of views.sql."""
    with TemporaryDirectory() as folder:
        rows = query(Layout(Path(folder)), _COLUMNS).rows
    views = groupby(rows, lambda row: (row[0], row[1]))
    parts = [line for (view, about), columns in views for line in _view(view, about, list(columns))]
    return Blocks("reign/analytics/comments.sql", {"views": "\n".join(["## The views", *parts])})


def _view(name: str, about: str, columns: list[tuple[str, ...]]) -> Iterator[str]:
    yield from ("", f"### {name}", "", f"A row for {about}.", "", "| column | type | meaning |", "|---|---|---|")
    for *_, column, kind, comment in columns:
        yield f"| `{column}` | `{kind}` | {marked(comment)} |"
