"""From lines of the journal to tables: the one way, for the store and for the tail that a reader adds to it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from reign.state.fold import Fold
from reign.state.line import without_ciphers

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ADD_EVENTS = """
INSERT INTO events
  SELECT unnest(from_json(line, '{"run": "VARCHAR", "seq": "BIGINT", "at": "TIMESTAMP", "kind": "VARCHAR",
    "address": "VARCHAR", "op": "VARCHAR", "serial": "BIGINT", "data": "JSON"}'))
  FROM (SELECT unnest(string_split($1, chr(10))) AS line)
"""
_ADD_RESOURCES = """
INSERT INTO resources
  SELECT address, address_type(address), split_part(address_type(address), '.', 1), external_id,
    CASE WHEN coalesce(tainted, false) THEN 'tainted' ELSE 'active' END, spec, outputs, coalesce(depends_on, []),
    coalesce(tainted, false), coalesce(lifecycle.prevent_destroy, false), created_run, updated_run, created_at, updated_at
  FROM (SELECT unnest(from_json(line, '{
    "address": "VARCHAR", "external_id": "VARCHAR", "tainted": "BOOLEAN", "spec": "JSON", "outputs": "JSON",
    "depends_on": ["VARCHAR"], "lifecycle": {"prevent_destroy": "BOOLEAN"}, "created_run": "VARCHAR",
    "updated_run": "VARCHAR", "created_at": "TIMESTAMP", "updated_at": "TIMESTAMP"}'))
    FROM (SELECT unnest(string_split($1, chr(10))) AS line))
"""
_ADD_CHECKPOINTS = """
INSERT INTO checkpoints
  SELECT unnest(from_json(line, '{"id": "VARCHAR", "name": "VARCHAR", "description": "VARCHAR",
    "created_at": "TIMESTAMP", "serial": "BIGINT", "resources": "BIGINT", "head": "VARCHAR", "seq": "BIGINT"}'))
  FROM (SELECT unnest(string_split($1, chr(10))) AS line)
"""


def make_tables(connection: DuckDBPyConnection) -> None:
    """Make the empty tables in the current schema."""
    connection.execute(_sql("tables"))


def add_events(connection: DuckDBPyConnection, jsons: Sequence[bytes]) -> None:
    """Add events, given as the JSON of their lines."""
    if jsons:
        connection.execute(_ADD_EVENTS, [_lines(jsons)])


def project(connection: DuckDBPyConnection, since: int) -> None:
    """Bring the tables that are told from events up to date with those after number `since`."""
    for statement in _statements("projection"):
        connection.execute(statement, {"since": since} if "$since" in statement else None)


def put_resources(connection: DuckDBPyConnection, fold: Fold, since: int) -> None:
    """Bring the table of resources from where it was after event `since` to what `fold` holds.

    Comes after `project`, whose history says which have changed.
    """
    if since:
        changed = "SELECT DISTINCT address FROM resource_history WHERE seq > $since"
        found = connection.execute(changed, {"since": since}).fetchall()
        connection.execute(f"DELETE FROM resources WHERE address IN ({changed})", {"since": since})  # noqa: S608 - ours
        held = [fold.resources[address] for (address,) in found if address in fold.resources]
    else:
        held = list(fold.resources.values())
    if held:
        connection.execute(_ADD_RESOURCES, [_lines(json.dumps(raw, separators=(",", ":")).encode() for raw in held)])


def put_checkpoints(connection: DuckDBPyConnection, fold: Fold) -> None:
    """Make the table of checkpoints those that `fold` holds: they are few, and one that is deleted or pruned is gone."""
    connection.execute("DELETE FROM checkpoints")
    if fold.checkpoints:
        connection.execute(_ADD_CHECKPOINTS, [_lines(json.dumps(raw).encode() for raw in fold.checkpoints.values())])


def _lines(jsons: Iterable[bytes]) -> str:
    """One text, a line each, without ciphers.

    Half of a surrogate pair, which Python takes as text and DuckDB does not, becomes `?`.
    """
    text = without_ciphers(b"\n".join(jsons))
    if b"\\ud" not in text:
        return text.decode("ascii")
    mended = (json.dumps(json.loads(line), ensure_ascii=False) for line in text.split(b"\n"))
    return "\n".join(mended).encode("utf-8", "replace").decode("utf-8")


@cache
def _statements(name: str) -> tuple[str, ...]:
    code = re.sub(r"(?m)^--.*\n", "", _sql(name))
    return tuple(part for part in code.split(";\n") if part.strip())


def _sql(name: str) -> str:
    return Path(__file__).with_name(f"{name}.sql").read_text(encoding="utf-8")
