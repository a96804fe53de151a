"""What the store tells and the journal does not any more: the end of the journal is lost, as when an older one was brought back.

A journal is durable before the store is fed from it, so that no kill and no power loss leads there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reign.model.errors import Failed
from reign.model.finding import Finding, Severity
from reign.state.files import read_file
from reign.state.layout import Layout
from reign.state.line import parse_line
from reign.state.reader import Reading
from reign.state.segment import lines_after

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Missing:
    """What is missing after the journal's last event, which is number `last_seq`.

    fed: the number of the last event that the store tells. runs: those that the missing events are of, in order.
    """

    last_seq: int
    fed: int
    runs: tuple[str, ...]

    def __str__(self) -> str:
        """How many events, and of which runs."""
        count = self.fed - self.last_seq
        rest = len(self.runs) - _NAMED
        runs = ", ".join(self.runs[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
        events = f"{count} events are" if count > 1 else "1 event is"
        return f"{events} missing, of {'the runs' if len(self.runs) > 1 else 'run'} {runs}"


def missing(layout: Layout) -> Missing | None:
    """What the journal has lost at its end; None where it lost nothing that the store could tell.

    Raises InUse where the store cannot be had now, Failed where the journal is damaged.
    """
    if not layout.store.is_file():
        return None
    import duckdb

    from reign.state.store import InUse, NotOurs, attach, connect, read_meta, sorted_error

    try:
        with connect() as connection:
            attach(connection, layout.store, "READ_ONLY")
            meta = read_meta(connection)
            reading = Reading(layout)  # begun after the store was looked at: else somebody may write to both meanwhile
            last_seq = reading.fold.last_seq
            if meta.lineage != reading.fold.lineage or meta.last_seq <= last_seq:
                return None
            if last_seq > meta.pruned_seq and not _tells(connection, reading):
                return None
            rows = connection.execute(_RUNS, [last_seq]).fetchall()
    except NotOurs:
        return None
    except duckdb.Error as error:
        failed = sorted_error(error)
        if isinstance(failed, InUse):
            raise failed from error
        return None
    return Missing(last_seq, meta.last_seq, tuple(run for (run,) in rows))


_RUNS = "SELECT run_id FROM store.main.events WHERE seq > $1 GROUP BY run_id ORDER BY min(seq)"
_EVENT = """
SELECT 1 FROM store.main.events
WHERE seq = $1 AND run_id = $2 AND kind = $3 AND address = $4 AND op_id = $5 AND "at" = $6::TIMESTAMP
"""


def _tells(connection: DuckDBPyConnection, reading: Reading) -> bool:
    """Whether the store tells the journal's last event as the journal does: it was fed from this one."""
    seq = reading.fold.last_seq
    lines = lines_after(next(reading.history(seq - 1)), seq - 1)
    if not lines:
        return True  # it is pruned
    raw = parse_line(lines[0])
    told = [seq, *(raw[name] for name in ("run", "kind", "address", "op", "at"))]
    return bool(connection.execute(_EVENT, told).fetchall())


def fed_up_to(layout: Layout) -> int:
    """The number of the last event that the store was fed, as far as that is noted; 0 where it is not. Does not open it."""
    try:
        return int(read_file(layout.feed_lock, _NOTE_BYTES))
    except (OSError, ValueError):
        return 0


_NOTE_BYTES = 32


def lost_end(layout: Layout, last_seq: int) -> Finding | None:
    """That the journal, read up to event `last_seq`, has lost its end. Never raises.

    The store is opened only where more was fed to it than was read: that is rare, and takes longer than all else here.
    """
    if fed_up_to(layout) <= last_seq:
        return None
    from reign.state.store import InUse

    try:
        lost = missing(layout)
    except (InUse, Failed, OSError):
        return None
    if lost is None:
        return None
    journal, store = (path.relative_to(layout.folder).as_posix() for path in (layout.journal, layout.store))
    return Finding(
        "state/lost-end",
        "The journal has lost its end",
        f"{journal} ends at event {lost.last_seq}, and {store}, which was fed from it, tells of event {lost.fed}: {lost}. What "
        "was made then is not known any more.",
        severity=Severity.MEDIUM,
        fix="Bring a newer .reign back from a backup, before anything is applied.\n"
        "Or go on with what is left, and set the store aside: reign doctor --repair",
    )
