"""What would be pruned of the history, as text."""

from __future__ import annotations

from collections.abc import Sequence

from reign.render.words import listed, plural, wrapped

_NAMED = 5


def pruning(before: str, events: int, size: int, ends: Sequence[str], width: int | None) -> list[str]:
    """What goes of what was told before `before` (UTC, ISO 8601; empty: nothing is ever too old), in `width` columns."""
    if not before:
        said = "Nothing is ever too old: settings.history.retention is unlimited. Name an age with --older-than."
    elif not events:
        said = f"Nothing can go: no whole segment of the journal is older than {_time(before)}."
    else:
        said = f"Of what was told before {_time(before)}, this goes: {plural(events, 'event')}, {_size(size)}."
    told = [said]
    if ends:
        told.append(f"Checkpoints that end with it: {listed(ends, _NAMED)}")
    return [row for line in told for row in wrapped(line, width, "  ")]


def kept(name: str, command: str, width: int | None) -> list[str]:
    """Which checkpoint the rest stays for, old as it is."""
    said = f"From checkpoint {name} on all stays, since going back to it needs that."
    return wrapped(f"{said} To let it go: {command} checkpoint delete {name}", width, "  ")


def _time(at: str) -> str:
    return f"{at[:19].replace('T', ' ')} UTC"


def _size(size: int) -> str:
    """`12 kB`, `3.4 MB`."""
    return f"{size / 1e6:,.1f} MB" if size >= 1_000_000 else f"{-(-size // 1000):,} kB"
