"""What `doctor` finds, in words for people. Errors and major findings are damage; the others are only worth knowing."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from reign.app.marked import Unmarked
from reign.model.address import Address
from reign.model.event import Checkpoint, Event
from reign.model.finding import Finding, Severity
from reign.planning.findings import importing, resolving
from reign.ports import Carrier
from reign.providers.registry import provider_of
from reign.state.layout import Layout
from reign.state.line import is_cut_off
from reign.state.lock import Owner, who
from reign.state.missing import Missing
from reign.state.salvage import Damage, Piece

_NAMED = 5
_REPAIR = "Mend it, under the lock; what is damaged is set aside: reign doctor --repair"
_BACKUP = "Or bring .reign back from a backup made before the damage."


def journal(layout: Layout, damage: Damage) -> Finding:
    """A part of the journal that is not as it was written, with what may be lost by it."""
    file = str((layout.journal / damage.file).relative_to(layout.folder))
    place = f"Line {damage.line} of {file}" if damage.line else file
    return Finding(
        "doctor/journal",
        "The journal is damaged",
        f"{place}: {damage.why}. {loss(damage)}",
        address=damage.address,
        fix=f"{_REPAIR}\n{_BACKUP}",
    )


def journal_gone(layout: Layout) -> Finding:
    """A store without the journal that it was fed from."""
    return Finding(
        "doctor/journal-gone",
        "The journal is gone",
        f"{layout.journal.relative_to(layout.folder)} is empty or not there, and {layout.store.name} tells of runs that stood in "
        "it: the state is what the journal says, so nothing that they made is known any more.",
        fix="Bring .reign back from a backup, before anything is applied: an apply would begin anew.\n"
        "Without one, set the store aside, and take over what is there: reign doctor --repair, and then reign import NAME ID",
    )


def lost_end(layout: Layout, lost: Missing) -> Finding:
    """A journal that ends before the store that was fed from it."""
    return Finding(
        "doctor/lost-end",
        "The journal has lost its end",
        _shorter(layout, lost),
        fix="Bring a newer .reign back from a backup, before anything is applied.\n"
        "Without one, set the store aside, and go on with what is left: reign doctor --repair",
    )


def given_up(layout: Layout, lost: Missing) -> Finding:
    """The same, once the journal goes on from where it ends."""
    return Finding(
        "doctor/lost",
        "Something may be lost",
        _shorter(layout, lost),
        severity=Severity.MINOR,
        fix="See how reality differs from what is left: reign plan",
    )


def _shorter(layout: Layout, lost: Missing) -> str:
    return (
        f"{layout.journal.relative_to(layout.folder)} ends at event {lost.last_seq}, and {layout.store.name}, which was fed from "
        f"it, tells of event {lost.fed}: {lost}. What was made then is not known any more. What carries a mark is found by that "
        "again; what carries none counts as never made."
    )


def loss(damage: Damage) -> str:
    """What may be lost by damage of the journal."""
    if damage.forgets:
        return (
            "What was made before it stands nowhere else. What carries a mark is found by that again; what carries none "
            "counts as never made."
        )
    if damage.lost is None:
        return "Nothing is lost by it."
    first, last = damage.lost
    if first != last:
        return f"Events {first} to {last} cannot be read any more. {_UNKNOWN}"
    subject = f" of {damage.address}" if damage.address else ""
    what = f" ({damage.kind.replace('_', ' ')}{subject})" if damage.kind else ""
    return f"Event {first}{what} cannot be read any more. {_CONSEQUENCES.get(damage.kind, _UNKNOWN)}"


_UNKNOWN = (
    "What they said of calls is looked up by marks, and the next plan shows how reality differs from what is left."
)
_CONSEQUENCES = {
    "result": "Its call counts as one that was cut off: what became of it is looked up by its mark.",
    "intent": "If the answer to that call is lost as well, what it made is not known any more.",
    "recorded": "What it changed in the state is not known any more; the next plan shows how reality differs.",
    "outputs": "The outputs are those before it until the next apply.",
    "secret": "Where the secret in it was used, that is all that is left of it.",
    "checkpoint": "That checkpoint is gone.",
    "run_started": "That run is missing in the history; what it did is not.",
    "run_ended": "That run counts as cut off.",
}


def torn_end(layout: Layout, piece: Piece) -> Finding:
    """What a write left that was cut off, which is no damage; or what looks like damage of the last batch."""
    file = piece.path.relative_to(layout.folder)
    fix = "The next command that writes cuts them off, and keeps them beside; or at once: reign doctor --repair"
    if is_cut_off(piece.torn):
        return _info(
            "doctor/torn-end",
            "The last write was cut off",
            f"It left {len(piece.torn)} bytes at the end of {file}: nobody was told that they were durable. Everything "
            "before them is in order.",
            fix,
        )
    return _major(
        "doctor/damaged-end",
        "The end of the journal is damaged",
        f"The last {len(piece.torn)} bytes of {file} are not what was written, and more than a write that was cut off: what "
        "they told may have been durable. Everything before them is in order.",
        fix,
    )


def not_understood(layout: Layout, error: Exception) -> Finding:
    """Lines that are whole, and say what no state can be."""
    return Finding(
        "doctor/journal",
        "The journal is damaged",
        f"{layout.journal.relative_to(layout.folder)}: it is as it was written, and does not make sense ({error!r}).",
        fix="Bring .reign back from a backup made before the damage.",
    )


def dangling(address: Address, gone: Sequence[str]) -> Finding:
    """A recorded dependency on what is not there."""
    return _note(
        "doctor/dangling",
        "It depends on what is not in the state",
        f"{address} was made depending on {some(gone)}, which the state does not hold: forgotten by hand, or lost.",
        "Where it is still declared, the next apply records it anew.",
        address=address.text,
    )


def checkpoint(kept: Checkpoint) -> Finding:
    """A checkpoint that points to nothing."""
    return _major(
        "doctor/checkpoint",
        "A checkpoint leads nowhere",
        f"The checkpoint {kept.name} is of event {kept.seq}, and the state there is not what it was made of.",
        f"It cannot be gone back to: reign checkpoint delete {kept.name}",
    )


def store(layout: Layout, why: str) -> Finding:
    """A store that does not tell what the journal tells."""
    return _major(
        "doctor/store",
        "The store is damaged",
        f"{layout.store.relative_to(layout.folder)} does not tell what the journal tells: {why.rstrip('.!')}. Nothing is lost: "
        "it is only a copy, and is passed over until it is told anew.",
        "Have it told anew, and the old one set aside: reign doctor --repair",
    )


def store_in_use(layout: Layout) -> Finding:
    """A store that somebody has open."""
    return _note(
        "doctor/store-in-use",
        "The store is in use",
        f"{layout.store.relative_to(layout.folder)} is open in another program, so it was not looked at. Nothing waits for it.",
        "Close it there, and look again.",
    )


def blob(path: Path, layout: Layout) -> Finding:
    """Kept content that is another."""
    return _major(
        "doctor/blob",
        "Kept content is damaged",
        f"{path.relative_to(layout.folder)} is not what its name says. A rollback that needs it would fail.",
        "Set it aside; the next apply that uses the file keeps it again: reign doctor --repair",
    )


def stored_plan(path: Path, layout: Layout) -> Finding:
    """A plan that a run stored, and that cannot be used."""
    return _major(
        "doctor/plan",
        "The plan of a run is damaged",
        f"{path.relative_to(layout.folder)} is not as it was written, so that run cannot be resumed, and what it was cut off "
        "at cannot be looked up.",
        "Set it aside: reign doctor --repair",
    )


def unchecked_plans(count: int) -> Finding:
    """Plans under a key that is not here."""
    return _note(
        "doctor/unchecked",
        "Not everything could be checked",
        f"Plans of runs ({count}) are sealed with a key that is not here, so it cannot be told whether they are as they were "
        "written, and those runs cannot be resumed.",
        "Set REIGN_KEY to that key, or bring .reign/key back.",
    )


def busy(owner: Owner | None) -> Finding:
    """Somebody is at work."""
    return _info(
        "doctor/busy",
        "Somebody writes to the state now",
        f"{who(owner)}. What changes meanwhile was not looked at: the store, marks, leftovers, open runs.",
        "Look again when it is done.",
    )


def unmarked(each: Unmarked) -> Finding:
    """Something of ours that would not be recognised."""
    held = each.snapshot
    detail = f"{held.address} ({held.external_id}) is in the state, and its mark is missing, so it would be taken for somebody "
    if each.is_as_recorded:
        detail += "else's. What stands there is exactly what was recorded."
        fix = "Make the mark again: reign doctor --repair"
    else:
        detail += "else's. What stands there is not what was recorded, either."
        name, take = shlex.quote(held.address.text), importing(held.address.text, held.external_id)
        fix = f"If it is yours: reign state rm {name}, then {take}"
    return Finding(
        "doctor/mark", "A mark is missing", detail, severity=Severity.MAJOR, address=held.address.text, fix=fix
    )


def marks_left(count: int) -> Finding:
    """Marks of what the state does not hold."""
    return _info(
        "doctor/marks-left",
        "There are marks of what the state does not hold",
        f"Marks ({count}) are of files and folders that the state does not hold: they were forgotten, or the state is older "
        "than they are.",
        "Nothing needs to be done: what is declared is found by its mark, and recorded again.",
    )


def stray(carrier: Carrier, connection: str) -> Finding:
    """Something outside that carries our mark, and that the state does not hold. connection: over which it is seen."""
    over = "" if connection == provider_of(connection) else f", seen over the connection {connection},"
    take = importing(carrier.address, carrier.external_id)
    return Finding(
        "doctor/orphan",
        "Made by this project, and not in its state",
        f"The {carrier.type} {carrier.name}{over} carries the mark of this state, for {carrier.address}, and the state does not "
        "hold it: it was forgotten, or the state is older than it.",
        severity=Severity.MEDIUM,
        address=carrier.address,
        fix=f"Where it is declared, the next apply records it again. Else remove it: {carrier.remove}\n"
        f"Or keep it: declare it, and {take}",
    )


def not_asked(connection: str, detail: str, fix: str) -> Finding:
    """A connection over which nothing could be looked for, with why."""
    return _info(
        "doctor/not-asked",
        "Orphans were not looked for",
        f"What carries the mark of this state could not be looked for over the connection {connection}. {detail}",
        fix,
    )


def stale_lock(owner: Owner | None) -> Finding:
    """What is left of a lock that nobody holds."""
    return _info(
        "doctor/stale-lock",
        "A command was killed",
        f"{who(owner, 'held')}, and has ended without letting go. Nobody holds it now.",
        "Nothing needs to be done: the next command that writes takes it.",
    )


def open_run(run: str) -> Finding:
    """A run that was cut off."""
    return _info(
        "doctor/open-run",
        "A run was cut off",
        f"Run {run} never came to its end.",
        f"Go on with it: reign runs resume {run}\nOr see what is to be done now: reign plan",
    )


def open_call(event: Event) -> Finding:
    """A call that nobody has looked after yet."""
    return _info(
        "doctor/open-call",
        "A call was cut off",
        f"Run {event.run} was cut off at the {event.data['verb']} of {event.address}.",
        "The next plan looks up what became of it: reign plan",
        address=event.address,
    )


def question(event: Event, env: str) -> Finding:
    """A question to a person."""
    return _note(
        "doctor/question",
        "Whether a call was done is not known",
        f"Run {event.run} was cut off at the {event.data['verb']} of {event.address}. {event.data['reason']}",
        f"Look yourself, then say whether it was done: {resolving(event.address, env)}",
        address=event.address,
    )


def misplaced(names: Sequence[str]) -> Finding:
    """Files where folders belong, and the other way round."""
    return _major(
        "doctor/misplaced",
        "The state is not put together as it should be",
        f"These are files where folders belong, or folders where files do: {some(names)}. What belongs there cannot be read, or "
        "written.",
        "Set them aside: reign doctor --repair",
    )


def modes(names: Sequence[str]) -> Finding:
    """What others may read or write."""
    return _major(
        "doctor/modes",
        "The state is not private",
        f"Files of the state are 0600 and folders 0700, and these are not: {some(names)}.",
        "Make them so: reign doctor --repair",
    )


def strangers(names: Sequence[str]) -> Finding:
    """What belongs to another user."""
    return _note(
        "doctor/owner",
        "Parts of the state belong to somebody else",
        f"They belong to another user: {some(names)}.",
        'Give them to who runs Reign here: chown -R "$USER" .reign',
    )


def links(names: Sequence[str]) -> Finding:
    """What leads elsewhere."""
    return _note(
        "doctor/link",
        "The state leads elsewhere",
        f"These are no files or folders of their own: {some(names)}. What is written through them stands elsewhere.",
        "If that is not what you meant, put the real files in their place.",
    )


def drafts(names: Sequence[str]) -> Finding:
    """What killed writes left."""
    return _info(
        "doctor/leftovers",
        "Killed commands left drafts behind",
        f"They were never finished, and nothing reads them: {some(names)}.",
        "Remove them: reign doctor --repair",
    )


def kept(names: Sequence[str]) -> Finding:
    """What was set aside."""
    return _info(
        "doctor/set-aside",
        "Damaged files are kept",
        f"They were set aside, and nothing reads them: {some(names)}.",
        "Remove them when you have looked.",
    )


def read_only(root: Path) -> Finding:
    """A state that cannot be written."""
    return _note(
        "doctor/read-only",
        "The state cannot be written",
        f"{root.name} is read-only here: plan works, and nothing that writes.",
        "Apply where it can be written.",
    )


def little_room(root: Path, left: int) -> Finding:
    """A disk that is nearly full."""
    return _note(
        "doctor/disk",
        "The disk is nearly full",
        f"{left >> 20} MiB are left where {root.name} is. An apply that finds no room ends, and is gone on with later.",
        "Make room first.",
    )


def repaired(detail: str) -> Finding:
    """Something that a repair did."""
    return Finding("doctor/repaired", "Repaired", detail, severity=Severity.INFO)


def lost(layout: Layout, damage: Damage) -> Finding:
    """What a repair could not bring back; or that it could."""
    file = (layout.journal / damage.file).relative_to(layout.folder)
    place = f"Line {damage.line} of {file}" if damage.line else str(file)
    is_whole = damage.lost is None and not damage.forgets
    return Finding(
        "doctor/repaired" if is_whole else "doctor/lost",
        "Repaired" if is_whole else "Something may be lost",
        f"{place}: {damage.why}. {loss(damage)}",
        severity=Severity.INFO if is_whole else Severity.MINOR,
        address=damage.address,
        fix="" if is_whole else "See how reality differs from what is left: reign plan",
    )


def some(names: Sequence[str]) -> str:
    """Some of the names, and how many more there are."""
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _major(code: str, summary: str, detail: str, fix: str) -> Finding:
    return Finding(code, summary, detail, severity=Severity.MAJOR, fix=fix)


def _note(code: str, summary: str, detail: str, fix: str, address: str = "") -> Finding:
    return Finding(code, summary, detail, severity=Severity.MINOR, address=address, fix=fix)


def _info(code: str, summary: str, detail: str, fix: str, address: str = "") -> Finding:
    return Finding(code, summary, detail, severity=Severity.INFO, address=address, fix=fix)
