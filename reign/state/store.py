"""The DuckDB store: state and history in tables, fed from the journal. What it holds can always be told again.

Every connection is one of memory that attaches the file, so that one process may read while another part of it feeds.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reign.model.errors import Failed
from reign.state.files import Flock, private_umask, sync_folder
from reign.state.fold import Fold
from reign.state.layout import Layout
from reign.state.line import line_hash
from reign.state.projection import add_events, make_tables, project, put_checkpoints, put_resources
from reign.state.reader import Reading
from reign.state.segment import jsons_after, lines_after

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FORM = 3
"""The form of the tables. A store in another form is set aside and told again from the journal."""

STORAGE = "v1.5.0"
"""DuckDB's file format: one that its earlier versions read as well."""

_DAMAGE = (
    "not a valid DuckDB database file",
    "Corrupt database",
    "checksum",
    "Could not read enough bytes",
    "Serialization Error",
    "newer DuckDB",
)
"""What DuckDB says of a file whose content is at fault; it has no code for that."""

_log = logging.getLogger(__name__)


class NotOurs(Exception):
    """The store is damaged, of another form, or tells another history than the journal."""


class Pruned(NotOurs):
    """The store tells events that are pruned by now."""


class InUse(Exception):
    """Somebody has the store open, or it cannot be opened now for another reason that is not its content."""


@dataclass(frozen=True, slots=True)
class Meta:
    """How far the store has been fed. `last_hash` is that of the line of event `last_seq`; what it tells begins after event
    `pruned_seq`.
    """

    lineage: str
    last_seq: int
    last_hash: str
    pruned_seq: int = 0


def connect() -> DuckDBPyConnection:
    """A DuckDB of memory that leaves nothing on the disk and loads nothing from it."""
    import duckdb

    closed: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": "",
        "autoload_known_extensions": "false",
        "autoinstall_known_extensions": "false",
        "allow_community_extensions": "false",
        "allow_persistent_secrets": "false",
        "python_enable_replacements": "false",
    }
    return duckdb.connect(":memory:", config=closed)


def attach(connection: DuckDBPyConnection, path: Path, options: str) -> None:
    """Attach the file as `store`. Raises NotOurs when it is no store, InUse when it cannot be had."""
    import duckdb

    quoted = str(path).replace("'", "''")
    try:
        connection.execute(f"ATTACH '{quoted}' AS store ({options})")
    except duckdb.Error as error:
        raise sorted_error(error) from error


def read_meta(connection: DuckDBPyConnection) -> Meta:
    """How far the attached store has been fed. Raises NotOurs when it does not say, or not in this form."""
    import duckdb

    try:
        rows = connection.execute(
            "SELECT form, lineage, last_seq, last_hash, pruned_seq FROM store.main.meta"
        ).fetchall()
    except (duckdb.CatalogException, duckdb.BinderException):
        raise NotOurs("it has no such table") from None
    except duckdb.Error as error:
        raise sorted_error(error) from error
    if len(rows) != 1 or rows[0][0] != FORM:
        raise NotOurs("its tables have another form")
    return Meta(*rows[0][1:])


def check_chain(reading: Reading, meta: Meta) -> None:
    """Raises NotOurs when the store was not fed from this very journal, Pruned when something of it is gone since."""
    fold = reading.fold
    if meta.lineage != fold.lineage:
        raise NotOurs("it tells another history")
    if meta.last_seq > fold.last_seq:
        raise NotOurs(_OTHERWISE)
    if meta.pruned_seq != fold.pruned_seq:
        raise Pruned("it tells what is pruned")
    if meta.last_seq:
        segment = next(reading.history(meta.last_seq - 1))
        if line_hash(lines_after(segment, meta.last_seq - 1)[0]) != meta.last_hash:
            raise NotOurs(_OTHERWISE)


_OTHERWISE = "it tells events that the journal does not hold, as when an older journal was brought back"


def feed(layout: Layout, fold: Fold) -> bool:
    """Bring the store up to the journal, whose state is `fold`. True when it was; False when that has to wait.

    One that is not ours is set aside, never deleted, and told again. Never raises for what is wrong with the store.
    """
    flock = Flock(layout.feed_lock)
    try:
        if not flock.try_acquire():
            return False
        with private_umask():
            _feed(layout, Reading(layout, fold))
        flock.note(f"{fold.last_seq}\n")
    except (NotOurs, InUse, OSError, Failed) as error:
        _log.info("the store was not fed: %s", error)
        return False
    finally:
        flock.release()
    return True


def fill(connection: DuckDBPyConnection, reading: Reading) -> None:
    """Make the tables in the current schema and tell them everything that the journal holds."""
    make_tables(connection)
    tell(connection, reading, Meta("", 0, ""))


def sorted_error(error: Exception) -> NotOurs | InUse:
    """Which of the two an error of DuckDB is. In doubt the store is left as it is: it is never set aside for a lock,
    a full disk or a missing permission.
    """
    text = str(error)
    return NotOurs(text) if any(sign in text for sign in _DAMAGE) else InUse(text)


def _feed(layout: Layout, reading: Reading) -> None:
    if layout.store.exists():
        try:
            _add(layout, reading)
            return
        except Pruned:
            pass  # a new file, so that nothing of what is pruned is left in it
        except NotOurs as why:
            _log.warning("the store was set aside and is told again: %s", why)
            set_aside(layout.store)
    _rebuild(layout, reading)


def _add(layout: Layout, reading: Reading) -> None:
    """Add what came since. Either all of it comes to stand, or nothing."""
    with connect() as connection:
        attach(connection, layout.store, "READ_WRITE")
        meta = read_meta(connection)
        check_chain(reading, meta)
        if meta.last_seq < reading.fold.last_seq:
            _write(connection, reading, meta)
        _detach(connection)


def _rebuild(layout: Layout, reading: Reading) -> None:
    """Tell everything into a new file, which takes its place when it is whole."""
    beside = layout.store.with_name(".state.duckdb.new")
    _drop(beside)
    try:
        with connect() as connection:
            attach(connection, beside, f"STORAGE_VERSION '{STORAGE}'")
            _write(connection, reading, None)
            _detach(connection)
        beside.replace(layout.store)
    except (NotOurs, InUse, OSError):
        _drop(beside)
        raise
    sync_folder(layout.store.parent)


def _drop(beside: Path) -> None:
    for left in (beside, _wal(beside)):
        left.unlink(missing_ok=True)


def _detach(connection: DuckDBPyConnection) -> None:
    """Let go of the store, which writes what its log still holds: a full disk shows here as well."""
    import duckdb

    try:
        connection.execute("USE memory; DETACH store")
    except duckdb.Error as error:
        raise sorted_error(error) from error


def _write(connection: DuckDBPyConnection, reading: Reading, meta: Meta | None) -> None:
    import duckdb

    try:
        connection.execute("USE store; BEGIN")
        if meta is None:
            fill(connection, reading)
        else:
            tell(connection, reading, meta)
        connection.execute("COMMIT")
    except duckdb.Error as error:
        raise sorted_error(error) from error


def tell(
    connection: DuckDBPyConnection,
    reading: Reading,
    meta: Meta,
    prepare: Callable[[DuckDBPyConnection], None] | None = None,
) -> None:
    """Bring the tables of the current schema from `meta` up to what was read, one segment while the next is being checked.

    `prepare` is called when the events are there, and nothing is told from them yet.
    """
    fold, last_hash, since = reading.fold, meta.last_hash, meta.last_seq
    with ThreadPoolExecutor(1) as pool:
        adding: Future[None] | None = None
        for segment in reading.history(since):
            if adding:
                adding.result()
            jsons = jsons_after(segment, since)[: fold.last_seq - max(since, segment.snapshot["last_seq"])]
            if jsons:
                last_hash = line_hash(lines_after(segment, since)[len(jsons) - 1])
            adding = pool.submit(add_events, connection, jsons)
        if adding:
            adding.result()
    if prepare:
        prepare(connection)
    project(connection, since)
    put_resources(connection, fold, since)
    put_checkpoints(connection, fold)
    connection.execute("DELETE FROM meta")
    connection.execute(
        "INSERT INTO meta VALUES (?, ?, ?, ?, ?, ?, ?)",
        [FORM, fold.lineage, fold.serial, fold.head, fold.last_seq, last_hash, fold.pruned_seq],
    )


def set_aside(path: Path) -> Path:
    """Give the file, and its log of writes, the first free name beside it."""
    number = 1
    while (aside := path.with_name(f"{path.name}.aside-{number}")).exists():
        number += 1
    path.rename(aside)
    if _wal(path).exists():
        _wal(path).rename(_wal(aside))
    return aside


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")
