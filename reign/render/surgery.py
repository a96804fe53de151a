"""A change of the state by hand as text: what would be recorded, and what was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from reign.model.finding import Finding
from reign.planning.surgery import Record, Surgery
from reign.render.finding import brief
from reign.render.rows import changed, lines
from reign.render.words import listed, one_line, plural, wrapped

_DONE = {"move": "moved", "forget": "forgotten", "taint": "tainted", "untaint": "untainted", "record": "recorded"}
_NAMED = 5


def intended(surgery: Surgery, notes: Sequence[Finding] = (), width: int | None = None) -> list[str]:
    """What would be recorded, each thing under a heading of its own, and what follows from it; in `width` columns."""
    told = [*_already(surgery)]
    if surgery.does_something:
        told += [*([""] if told else []), "Reign will record this in the state, and touch nothing outside of it:"]
    for record in surgery.records:
        told += [] if record.is_about_edges else ["", *_record(record)]
    edges = [record.address.text for record in surgery.records if record.is_about_edges]
    told += ["", _edges(edges, surgery)] if edges else []
    told += ["", _besides("output", surgery.outputs)] if surgery.outputs is not None else []
    told += ["", _besides("generated secret", surgery.secrets)] if surgery.secrets else []
    told = [row for line in told for row in wrapped(line, width, _hang(line))]
    for note in notes:
        told += ["", *brief(note, width)]
    return told


def _hang(line: str) -> str:
    """What a heading goes on behind."""
    return "  #   " if line.startswith("  # ") else "    "


def done(surgery: Surgery, run: str, serial: int) -> str:
    """What was recorded: `State changed! Resources: 2 moved.`, and where the history has it."""
    counts = Counter(_DONE[record.action] for record in surgery.records if not record.is_about_edges)
    what = ", ".join(f"{number:,} {word}" for word, number in counts.items()) or "0 recorded"
    return f"State changed! Resources: {what}. Run {run}, serial {serial}."


def _besides(what: str, named: Mapping[str, object]) -> str:
    """What is recorded besides resources: as a whole, and only its names are told."""
    if not named:
        return f"  # no {what} will be recorded any more"
    return f"  # {plural(len(named), what)} will be recorded: {listed(sorted(named), _NAMED)}"


def _already(surgery: Surgery) -> list[str]:
    if not surgery.already:
        return []
    names = listed([address.text for address in surgery.already], _NAMED)
    return [f"As asked for already, nothing to do: {names}"]


def _edges(names: Sequence[str], surgery: Surgery) -> str:
    """What depends on what is changed, and stays as it is."""
    one = len(names) == 1
    said = f"  # {listed(names, _NAMED)} {'depends' if one else 'depend'} on"
    if any(record.previous is not None for record in surgery.records):
        return f"{said} what moves, and {'is' if one else 'are'} recorded with its new name"
    return f"{said} what is forgotten, which {'its' if one else 'their'} record names no more"


def _record(record: Record) -> list[str]:
    match record.action:
        case "move":
            head = f"  # {record.previous} will be called {record.address}"
            return [head, *_ids(record, "   ", str(record.address))]
        case "forget":
            head = f"  # {record.address} will no longer be managed by Reign, but will not be destroyed"
            return [head, *_ids(record, "  .", str(record.address))]
        case "record":
            return _recorded(record)
        case "taint":
            head = f"  # {record.address} will be marked as tainted: the next apply replaces it"
            protected = record.before is not None and record.before.lifecycle.prevent_destroy
            return [head, *(["  # (it is protected: a plan refuses to replace it)"] if protected else [])]
        case _:
            return [f"  # {record.address} will be marked as tainted no more"]


def _recorded(record: Record) -> list[str]:
    """What is written down of it, and what of that is another than before."""
    before, after = record.before, record.snapshot
    if after is None:
        return [f"  # {record.address} will only be recorded as pushed aside"]
    if before is None:
        return [f"  # {record.address} will be recorded", f"  + {record.address} [id={one_line(after.external_id)}]"]
    head = [f"  # {record.address} will be recorded anew", f"  ~ {record.address} [id={one_line(after.external_id)}]"]
    found = changed({**before.spec, **before.outputs}, {**after.spec, **after.outputs}, record.address.text, full=False)
    names = [name for name in _FACETS if getattr(before, name) != getattr(after, name)]
    names += ["what was pushed aside"] if record.deposed != record.deposed_after else []
    return [*head, *lines(found.rows, None), *([f"      # also: {', '.join(names)}"] if names else [])]


_FACETS = (
    "external_id",
    "connection",
    "depends_on",
    "lifecycle",
    "tainted",
    "unproven",
    "found",
    "create_key",
    "settings",
)
"""What may differ of a resource besides its spec and its outputs."""


def _ids(record: Record, sign: str, name: str) -> list[str]:
    lines = [f"{sign} {name} [id={one_line(record.before.external_id)}]"] if record.before else []
    if record.deposed is not None:
        aside = one_line(record.deposed.external_id)
        lines.append(f"{sign} {name} [id={aside}], which a replacement pushed aside")
    return lines
