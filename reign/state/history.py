"""All of the history as anybody may read it: the store's tables, with the journal's tail behind them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from reign.state.files import is_flocked
from reign.state.layout import Layout
from reign.state.lock import is_held
from reign.state.projection import make_tables
from reign.state.reader import Reading
from reign.state.store import InUse, Meta, NotOurs, attach, check_chain, fill, read_meta, tell

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PATIENCE_S = 2.0
"""How long a reader waits for whoever feeds the store."""

_POLL_S = 0.02
_KEYS = {
    "runs": "run_id",
    "phases": "run_id",
    "operations": "op_id",
    "attempts": "op_id",
    "events": "",
    "resource_history": "",
    "drift": "",
    "findings": "",
    "interventions": "op_id",
}
"""Each table that is told from events. Rows of the tail replace those of the store with the same key, if it has one."""

_BORROW = """
INSERT INTO events
  WITH touched AS MATERIALIZED (SELECT DISTINCT run_id, op_id FROM events)
  SELECT * FROM store.main.events
  WHERE (op_id <> '' AND op_id IN (SELECT op_id FROM touched))
     OR (run_id IN (SELECT run_id FROM touched) AND (op_id = '' OR serial IS NOT NULL))
"""


_FOLDED = ("resources", "checkpoints")
"""Each table that is told from the state. Of checkpoints, all of it."""

_RESOURCES = """
SELECT * FROM store.main.resources WHERE address NOT IN (SELECT address FROM memory.main.resource_history)
UNION ALL SELECT * FROM memory.main.resources
"""

_CUT_OFF = """
SELECT * REPLACE (CASE WHEN status IN ('planning', 'executing') THEN 'paused' ELSE status END AS status)
FROM ({select})
"""
_STANDING = """
SELECT * REPLACE (CASE WHEN status = '{going}' AND run_id NOT IN
  (SELECT run_id FROM told.runs WHERE status IN ('planning', 'executing')) THEN '{stands}' ELSE status END AS status)
FROM ({select})
"""
_STANDS = {"phases": ("in_progress", "pending"), "operations": ("running", "unknown")}
"""By the table: what is said of what goes on, and what of that in a run which nobody runs any more."""


def open_history(connection: DuckDBPyConnection, layout: Layout, *, use_store: bool = True) -> None:
    """Put a view of each table into the schema `told`. Writes nothing. A run that nobody runs any more is told as paused,
    though the next holder of the lock is the one who writes that down.

    Where the store cannot be had, or is not to be used, everything is told from the journal, in memory. Raises Failed
    when that is damaged.
    """
    connection.execute("CREATE SCHEMA told")
    was_held = is_held(layout)
    selects = _selects(connection, layout, use_store)
    if not was_held and not is_held(layout):  # else the run may have ended since, or begun
        selects["runs"] = _CUT_OFF.format(select=selects["runs"])
    for table, (going, stands) in _STANDS.items():
        selects[table] = _STANDING.format(going=going, stands=stands, select=selects[table])
    for table, select in selects.items():
        connection.execute(f"CREATE VIEW told.{table} AS {select}")


def _selects(connection: DuckDBPyConnection, layout: Layout, use_store: bool) -> dict[str, str]:
    """What each table is selected with, once all that was written down is in reach."""
    try:
        if not use_store:
            raise NotOurs("it is not to be used")
        meta = _attach_patiently(connection, layout)
        reading = Reading(layout)
        check_chain(reading, meta)
    except (NotOurs, InUse):
        fill(connection, Reading(layout))
        return _all_of("memory")
    if meta.last_seq == reading.fold.last_seq:
        return _all_of("store")
    make_tables(connection)
    tell(connection, reading, meta, _borrow)
    united = {table: _united(table, meta.last_seq if table == "events" else 0) for table in _KEYS}
    return {**united, "resources": _RESOURCES, "checkpoints": "SELECT * FROM memory.main.checkpoints"}


def _all_of(catalog: str) -> dict[str, str]:
    return {table: f"SELECT * FROM {catalog}.main.{table}" for table in (*_KEYS, *_FOLDED)}  # noqa: S608 - ours


def _attach_patiently(connection: DuckDBPyConnection, layout: Layout) -> Meta:
    """Attach the store, waiting a while for one that is being fed."""
    deadline = time.monotonic() + PATIENCE_S
    if not layout.store.exists() and not is_flocked(layout.feed_lock):
        raise NotOurs("there is none")
    while True:
        try:
            attach(connection, layout.store, "READ_ONLY")
            return read_meta(connection)
        except InUse:
            if time.monotonic() > deadline or not is_flocked(layout.feed_lock):
                raise
            time.sleep(_POLL_S)


def _borrow(connection: DuckDBPyConnection) -> None:
    """Beside the tail's events, those in the store that belong to the same runs and operations."""
    connection.execute(_BORROW)


def _united(table: str, since: int) -> str:
    """The select of one table. All that goes into it are names and numbers of ours."""
    key = _KEYS[table]
    tail = f"SELECT * FROM memory.main.{table}" + (f" WHERE seq > {since}" if since else "")  # noqa: S608
    but = f" WHERE {key} NOT IN (SELECT {key} FROM memory.main.{table})" if key else ""  # noqa: S608
    return f"SELECT * FROM store.main.{table}{but} UNION ALL {tail}"  # noqa: S608
