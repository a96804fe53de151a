"""What a state becomes that somebody wrote down elsewhere: what would be recorded of it, and what must not be.

Pure; both are opened, so that what is sensitive is compared by what it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from reign.model.address import Address
from reign.model.event import State
from reign.model.finding import Finding
from reign.model.resource import Snapshot
from reign.planning import by_hand
from reign.planning.surgery import Record, Schemas, Surgery


def push(state: State, wanted: State, schema: Schemas) -> Surgery:
    """Everything by which `state` differs from `wanted`; nothing where they are the same.

    They are of one lineage, or `state` is empty; where it is not, what is wanted must have a greater serial.
    """
    made = Surgery(
        tuple(_records(state, wanted)),
        outputs=dict(wanted.outputs) if wanted.outputs != state.outputs else None,
        secrets={name: each for name, each in wanted.secrets.items() if each != state.secrets.get(name)},
        serial=wanted.serial,
    )
    findings = [
        *_serial(state, wanted, made),
        *(by_hand.slips_out(record.address) for record in made.records if slips_out(record)),
        *_lost_secrets(state, wanted),
        *_wrong(made, wanted, schema),
    ]
    return Surgery(findings=tuple(findings)) if findings else made


def _records(state: State, wanted: State) -> Iterator[Record]:
    sides = (state.resources, state.deposed, wanted.resources, wanted.deposed)
    for address in sorted({address for side in sides for address in side}, key=Address.sort_key):
        before, aside = state.resources.get(address), state.deposed.get(address)
        after, aside_after = wanted.resources.get(address), wanted.deposed.get(address)
        if is_same(before, after) and is_same(aside, aside_after):
            continue
        is_gone = after is None and aside_after is None
        yield Record(
            "forget" if is_gone else "record", address, before, after, deposed=aside, deposed_after=aside_after
        )


def is_same(before: Snapshot | None, after: Snapshot | None) -> bool:
    """When it was written by which run is the history's to tell, and no content."""
    return (before and _content(before)) == (after and _content(after))


def _content(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, created_run="", updated_run="", created_at="", updated_at="")


def _serial(state: State, wanted: State, made: Surgery) -> Iterable[Finding]:
    """A state that nothing was ever written to is older than any."""
    if not state.last_seq:
        return
    if wanted.serial < state.serial:
        yield by_hand.older_serial(wanted.serial, state.serial)
    elif wanted.serial == state.serial and made.does_something:
        yield by_hand.same_serial(state.serial)


def slips_out(record: Record) -> bool:
    """What is protected must go on to be, and to be the same thing."""
    before, after = record.before, record.snapshot
    if before is None or not before.lifecycle.prevent_destroy:
        return False
    if after is None or not after.lifecycle.prevent_destroy:
        return True
    return (before.external_id, before.connection) != (after.external_id, after.connection)


def _lost_secrets(state: State, wanted: State) -> Iterable[Finding]:
    """What was generated once is used by what stands: it cannot be made again."""
    return (by_hand.secret_lost(name) for name in sorted(state.secrets.keys() - wanted.secrets.keys()))


def _wrong(made: Surgery, wanted: State, schema: Schemas) -> Iterator[Finding]:
    """What no state could hold, of that which is to be another."""
    others = {record.address: None for record in made.records if record.snapshot or record.deposed_after}
    for address in others:
        if schema(address.type) is None:
            yield by_hand.unknown_type(address)
    yield from held_twice(wanted, others, schema)


def held_twice(wanted: State, others: Collection[Address], schema: Schemas) -> Iterator[Finding]:
    """What would stand for a thing that something else stands for, where one of the two is of `others`.

    What was pushed aside counts as well: the next apply destroys it, whoever else stands for it.
    """
    holders: dict[tuple[str, str, str], Snapshot] = {}
    for snapshot in (*wanted.resources.values(), *wanted.deposed.values()):
        found = schema(snapshot.address.type)
        key = ((found.space if found else "") or snapshot.address.type, snapshot.connection, snapshot.external_id)
        first = holders.setdefault(key, snapshot)
        if first is not snapshot and (snapshot.address in others or first.address in others):
            is_aside = wanted.deposed.get(snapshot.address) is snapshot
            yield by_hand.held_twice(snapshot.address, first.address, snapshot.external_id, is_aside=is_aside)
