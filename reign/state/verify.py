"""What can be wrong with a `.reign` beside its journal: names, modes, links, leftovers, kept content, the store. Only looks."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from reign.state.files import PRIVATE_FILE, PRIVATE_FOLDER, read_file
from reign.state.fold import Fold
from reign.state.layout import Layout
from reign.state.reader import Reading
from reign.state.store import InUse, NotOurs, Pruned, attach, check_chain, connect, fill, read_meta, sorted_error

SETTLED_S = 60.0
"""A draft that is older than this is nobody's any more."""

_DRAFT = re.compile(r"\..+\.[0-9a-f]{8}|\.state\.duckdb\.new(\.wal)?|[0-9a-f]{64}(\.parent)?\.tmp")
_ASIDE = re.compile(r".+\.(aside|torn)-\d+(\.wal)?")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(slots=True)
class Folder:
    """What stands in a `.reign`, sorted by what is to be said of it.

    open_: may be read or written by others. strange: of another user. links: neither a file nor a folder. drafts: what a
    killed write left. kept: what was set aside. misplaced: files where folders belong, and folders where files do.
    """

    open_: list[Path] = field(default_factory=list)
    strange: list[Path] = field(default_factory=list)
    links: list[Path] = field(default_factory=list)
    drafts: list[Path] = field(default_factory=list)
    kept: list[Path] = field(default_factory=list)
    misplaced: list[Path] = field(default_factory=list)


def look_through(root: Path) -> Folder:
    """Sort everything in `root`, and itself; links are not followed."""
    found = Folder()
    for path, about in _walk(root):
        if not stat.S_ISDIR(about.st_mode) and not stat.S_ISREG(about.st_mode):
            found.links.append(path)
            continue
        if about.st_uid != os.geteuid():
            found.strange.append(path)
        if stat.S_IMODE(about.st_mode) != _mode(about):
            found.open_.append(path)
        if (belongs := _belongs(path.relative_to(root).parts)) and not belongs(about.st_mode):
            found.misplaced.append(path)
        if _ASIDE.fullmatch(path.name):
            found.kept.append(path)
        elif stat.S_ISREG(about.st_mode) and _DRAFT.fullmatch(path.name) and time.time() - about.st_mtime > SETTLED_S:
            found.drafts.append(path)
    return found


def _belongs(parts: tuple[str, ...]) -> Callable[[int], bool] | None:
    """What something of a `.reign` has to be, by its way from there; None for what is not ours."""
    if parts[:1] == ("env",):
        if len(parts) < 3:
            return stat.S_ISDIR
        parts = parts[2:]
    return next((kind for pattern, kind in _KINDS if pattern.fullmatch("/".join(parts))), None)


_KINDS = (
    (re.compile(r"journal|runs|marks|blobs|commands|runs/[0-9a-f]{10}"), stat.S_ISDIR),
    (re.compile(r"key|\.gitignore|reign\.schema\.json|lock|lock\.json|feed\.lock|state\.duckdb(\.wal)?"), stat.S_ISREG),
    (re.compile(r"journal/\d{8}\.log|runs/[0-9a-f]{10}/plan|(marks|blobs)/[0-9a-f]{64}(\.parent)?"), stat.S_ISREG),
)


def make_private(path: Path) -> None:
    """Give a file or folder of `.reign` its mode. Raises OSError."""
    path.chmod(_mode(path.lstat()), follow_symlinks=True)


def _mode(about: os.stat_result) -> int:
    return PRIVATE_FOLDER if stat.S_ISDIR(about.st_mode) else PRIVATE_FILE


def _walk(root: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Everything that is there, with what the system says of it; what goes meanwhile is left out."""
    waiting = [root]
    while waiting:
        path = waiting.pop()
        try:
            about = path.lstat()
            yield path, about
            if stat.S_ISDIR(about.st_mode):
                waiting += sorted(path.iterdir(), reverse=True)
        except OSError:
            continue


def damaged_blobs(layout: Layout) -> list[Path]:
    """Kept content that is not what its name says."""
    try:
        names = sorted(path for path in layout.blobs.iterdir() if _SHA256.fullmatch(path.name))
    except OSError:
        return []
    return [path for path in names if _sha256(path) != path.name]


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def is_no_log(path: Path) -> bool:
    """Whether something stands in the place of the store's log of writes that is none. Such a one is passed over, and goes
    with the next write of the store.
    """
    try:
        begin = read_file(path, len(_LOG))
    except OSError:
        return False
    return not _LOG.startswith(begin)


_LOG = b"d\0b"
"""How DuckDB begins one: with an entry that says in which version it is."""


def wrong_store(layout: Layout, fold: Fold) -> str:
    """Why the store does not tell what the journal tells, whose state is `fold`; empty where it does, as far as it has been
    fed, and where there is none. Raises InUse where it cannot be had now.
    """
    import duckdb

    if not layout.store.exists():
        return ""
    try:
        with connect() as connection:
            attach(connection, layout.store, "READ_ONLY")
            meta = read_meta(connection)
            reading = Reading(layout, fold)
            check_chain(reading, meta)
            if not meta.last_seq:
                return ""
            if meta.last_seq < fold.last_seq:
                reading = Reading(layout, reading.at(meta.last_seq))
            fill(connection, reading)
            (tables,) = connection.execute(_TABLES).fetchall()
            wrong = [table for table in tables[0] if connection.execute(_DIFFERENT.format(table=table)).fetchall()]
    except Pruned:
        return ""  # it is behind, and begun anew by the next writer
    except NotOurs as why:
        return str(why)
    except LookupError:
        return "it tells another history"
    except duckdb.Error as error:
        failed = sorted_error(error)
        if isinstance(failed, InUse):
            raise failed from error
        return str(failed)
    return f"its tables {', '.join(wrong)} hold something else" if wrong else ""


_TABLES = "SELECT list(table_name ORDER BY table_name) FROM duckdb_tables() WHERE database_name = 'memory'"
_DIFFERENT = """
SELECT 1 FROM (
  (FROM store.main.{table} EXCEPT ALL FROM memory.main.{table})
  UNION ALL (FROM memory.main.{table} EXCEPT ALL FROM store.main.{table})
) LIMIT 1
"""
