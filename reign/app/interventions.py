"""Answering for calls of which nobody else can tell what became: `doctor --resolve`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reign.app.held import holding
from reign.app.lost import Told
from reign.app.nouns import Where
from reign.app.origin import origin
from reign.app.recovery import Stored, by_word, written
from reign.app.sent import change_of
from reign.app.workspace import Workspace, open_existing
from reign.model.address import parse_address
from reign.model.errors import Failed
from reign.model.event import Event, State
from reign.model.finding import Finding
from reign.model.nearest import nearest
from reign.planning.findings import brief, did_you_mean
from reign.planning.moving import read_name
from reign.state.segment import segment_paths


@dataclass(frozen=True, slots=True)
class Resolved:
    """What counts as done or not done from now on, and what a look told about other calls on the way."""

    told: tuple[Told, ...] = ()
    warnings: tuple[Finding, ...] = ()


def resolve(where: Where, answers: Mapping[str, bool], lock_wait_s: float = 0.0) -> Resolved:
    """Write down that what `answers` name was done (True) or was not. All of it, or nothing.

    Raises Failed where a name stands for nothing that is asked about, or where too little is known to count it as done;
    and Locked.
    """
    space = open_existing(where)
    if not segment_paths(space.layout.journal):
        raise Failed([_nothing(name, State(), space) for name in answers])
    with holding(space, "doctor --resolve", lock_wait_s) as held:
        state = space.opened(held.writer.state)
        told, wrong = _answered(space, state, answers)
        if wrong:
            raise Failed(wrong)
        held.writer.journal.append(written(space, state, told, origin(space, "", "doctor").actor or "person"))
        return Resolved(tuple(told), held.told)


def _answered(space: Workspace, state: State, answers: Mapping[str, bool]) -> tuple[list[Told], list[Finding]]:
    told: list[Told] = []
    wrong: list[Finding] = []
    plans = Stored(space)
    for name, is_done in answers.items():
        asked = _named(space, state, name)
        wrong += [] if asked else [_nothing(name, state, space)]
        for intent in asked:
            answer = _told(space, state, intent, plans) if is_done else Told(intent, is_done=False, source="person")
            if answer is None:
                wrong.append(_too_little(intent, is_marked=space.schema(parse_address(intent.address).type).marked))
            else:
                told.append(answer)
    return told, wrong


def _named(space: Workspace, state: State, name: str) -> Sequence[Event]:
    """The calls that are asked about and that `name` stands for: an address, or the name of all instances."""
    asked = {(event.op, event.data["verb"]) for event in state.interventions}
    wanted = read_name(name, space.registry.schema)
    return [
        intent
        for intent in state.open_intents
        if (intent.op, intent.data["verb"]) in asked and wanted.names(parse_address(intent.address))
    ]


def _told(space: Workspace, state: State, intent: Event, plans: Stored) -> Told | None:
    """That it was done. Where a mark says what a create made, nobody's word stands in for it."""
    address, plan = parse_address(intent.address), plans.of(intent.run)
    schema = space.schema(address.type)
    if schema.marked and intent.data["verb"] != "delete":
        return None
    return by_word(state, change_of(space, state, plan, intent), intent, schema.version, "person")


def _nothing(name: str, state: State, space: Workspace) -> Finding:
    asked = [event.address for event in state.interventions]
    there = f"These do: {', '.join(sorted(asked))}." if asked else "Of every call it is known what became of it."
    option = f" --env {space.env}" if space.env else ""
    return Finding(
        "doctor/nothing-asked",
        "Nothing is asked about that",
        f"No call at {name} waits for an answer. {there} Nothing was changed.",
        hint=did_you_mean(nearest(name, asked)),
        fix=f"See what is open: reign{option} doctor",
    )


def _too_little(intent: Event, *, is_marked: bool) -> Finding:
    name = brief(parse_address(intent.address))
    again = f"say that it was not done: {intent.address}=again"
    found = "Make what is there reachable, and plan again: it is found by its mark."
    return Finding(
        "doctor/too-little-known",
        "Too little is known to count it as done",
        f"What the {intent.data['verb']} of {intent.address} would have led to is not known here, so the state would say "
        "nothing of it. Nothing was changed.",
        address=intent.address,
        fix=f"{found}\nOr {again}; and then take over what is there: reign import {name} ID"
        if is_marked
        else f"Undo what it did, and {again}",
    )
