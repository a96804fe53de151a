"""Changing the state by hand: what each record becomes. Nothing outside is called or looked at.

What is encrypted in the state stays so: none of this looks into a spec.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from reign.model.address import NAME, Address, is_unicode
from reign.model.event import OutputValue, State
from reign.model.finding import Finding
from reign.model.resource import Moved, Snapshot
from reign.model.schema import Schema
from reign.model.values import Secret
from reign.planning import by_hand
from reign.planning.moving import Rule, read_name
from reign.planning.selection import Names

Schemas = Callable[[str], Schema | None]


@dataclass(frozen=True, slots=True)
class Record:
    """What holds at `address` from now on: `snapshot`, or nothing where that is None.

    action: what is done to it; `update` and a move without `previous` are of what only has other names in its recorded
    edges, and `record` writes down whatever somebody says. before: what holds now, under `previous` where it moves.
    deposed: what was pushed aside there and goes along with it, or is forgotten with it: `deposed_after` is what stays of
    that.
    """

    action: Literal["move", "forget", "taint", "untaint", "update", "record"]
    address: Address
    before: Snapshot | None
    snapshot: Snapshot | None
    previous: Address | None = None
    deposed: Snapshot | None = None
    deposed_after: Snapshot | None = None

    @property
    def is_about_edges(self) -> bool:
        """True of what stays as it is, but for the names of what it depends on."""
        return self.action == "update" or (self.action == "move" and self.previous is None)


@dataclass(frozen=True, slots=True)
class Surgery:
    """What is recorded, in order; or why nothing is. `already` are those at which everything is as it was asked for.

    outputs: all of the project's from now on, where they are others. secrets: generated ones that are others. serial: at
    least what the state's will be.
    """

    records: tuple[Record, ...] = ()
    findings: tuple[Finding, ...] = ()
    already: tuple[Address, ...] = ()
    outputs: Mapping[str, OutputValue] | None = None
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    serial: int = 0

    @property
    def does_something(self) -> bool:
        """False where everything is as it was asked for."""
        return bool(self.records) or self.outputs is not None or bool(self.secrets)

    @property
    def addresses(self) -> frozenset[Address]:
        """Everything that it is about, under the names of now."""
        return frozenset(record.previous or record.address for record in self.records)


def move(state: State, source: str, target: str, schema: Schemas, declared: Mapping[str, str]) -> Surgery:
    """What `source` names under the name `target`: an instance, or a group with its keys kept. Edges follow.

    `declared` are the types of the blocks by name: what is called like one of them is of its type.
    """
    held = _held(state)
    rule = Rule(Moved(source, target), read_name(source, schema), read_name(target, schema))
    here = [address for address in held if rule.source.names(address)]
    if not here:
        return Surgery(findings=tuple(matches(held, [source])[1] or [by_hand.no_address(source)]))
    if not _is_name(target, rule):
        return Surgery(findings=(by_hand.no_address(target),))
    ways = {old: rule.applied_to(old) for old in here if rule.applies_to(old)}
    if not ways:
        return Surgery(findings=(by_hand.several(source, target, here),))
    found = [finding for old, new in ways.items() for finding in _obstacles(old, new, held, ways, declared)]
    if found:
        return Surgery(findings=tuple(found))
    names = _renaming(rule, ways)
    records = [_moved(state, old, new, names) for old, new in ways.items()]
    return Surgery((*records, *_renamed(state, set(ways), names, "move")))


def forget(state: State, patterns: Sequence[str]) -> Surgery:
    """Everything that `patterns` name is in the state no more, with what was pushed aside there; what depends on it
    depends on it no more.
    """
    found, told = matches(_held(state), patterns)
    going = set(found)
    for address in found:
        held = state.resources.get(address)
        if held is not None and held.lifecycle.prevent_destroy:
            told.append(by_hand.protected(address))
    if told:
        return Surgery(findings=tuple(told))
    records = [
        Record("forget", address, state.resources.get(address), None, deposed=state.deposed.get(address))
        for address in found
    ]
    gone = {address.text for address in going}
    return Surgery((*records, *_renamed(state, going, lambda text: None if text in gone else text, "update")))


def taint(state: State, patterns: Sequence[str], *, tainted: bool) -> Surgery:
    """Everything that `patterns` name counts as damaged, so that the next apply replaces it; or not any more."""
    found, told = matches(state.resources, patterns)
    if told:
        return Surgery(findings=tuple(told))
    held = [state.resources[address] for address in found]
    action: Literal["taint", "untaint"] = "taint" if tainted else "untaint"
    return Surgery(
        tuple(
            Record(action, each.address, each, replace(each, tainted=tainted))
            for each in held
            if each.tainted is not tainted
        ),
        already=tuple(each.address for each in held if each.tainted is tainted),
    )


def _held(state: State) -> Mapping[Address, Snapshot]:
    """Everything in the state by its address: what stands there, else what was pushed aside there."""
    return {**state.deposed, **state.resources}


def matches(held: Mapping[Address, Snapshot], patterns: Iterable[str]) -> tuple[list[Address], list[Finding]]:
    """What `patterns` name of a state; a finding for each that names nothing."""
    told: list[Finding] = []
    return Names(sorted(held, key=Address.sort_key)).find_all("", patterns, told), told


def _is_name(text: str, rule: Rule) -> bool:
    """Whether something can be called so."""
    _, bracket, rest = text.partition("[")
    is_key = not bracket or (rest.endswith("]") and rest != "]" and is_unicode(rest))
    return bool(NAME.fullmatch(rule.target.name)) and is_key


def _obstacles(
    old: Address,
    new: Address,
    held: Mapping[Address, Snapshot],
    ways: Mapping[Address, Address],
    types: Mapping[str, str],
) -> Iterable[Finding]:
    declared = types.get(new.name, new.type)
    if old == new:
        yield by_hand.same_name(old)
    elif new.type != old.type or declared != old.type:
        yield by_hand.other_type(
            old, new, declared if new.type == old.type else new.type, is_declared=new.name in types
        )
    elif new in held and new not in ways:
        yield by_hand.occupied(old, new)


def _renaming(rule: Rule, ways: Mapping[Address, Address]) -> Callable[[str], str | None]:
    """What a recorded name is called now: that of an instance, or of a group that has moved as a whole."""
    names = {old.text: new.text for old, new in ways.items()}
    if rule.source.key is None and rule.target.key is None:
        names |= {old.group.text: new.group.text for old, new in ways.items()}
    return lambda text: names.get(text, text)


def _moved(state: State, old: Address, new: Address, names: Callable[[str], str | None]) -> Record:
    held, aside = state.resources.get(old), state.deposed.get(old)
    return Record(
        "move",
        new,
        held,
        replace(_with_names(held, names), address=new) if held else None,
        previous=old,
        deposed=aside,
        deposed_after=replace(_with_names(aside, names), address=new) if aside else None,
    )


def _renamed(
    state: State, done: set[Address], names: Callable[[str], str | None], action: Literal["move", "update"]
) -> Iterable[Record]:
    """What stays where it is, with other names in its recorded edges."""
    for address in sorted(_held(state).keys() - done, key=Address.sort_key):
        held, aside = state.resources.get(address), state.deposed.get(address)
        after = _with_names(held, names) if held else None
        aside_after = _with_names(aside, names) if aside else None
        if after is not held or aside_after is not aside:
            yield Record(action, address, held, after, deposed=aside, deposed_after=aside_after)


def _with_names(snapshot: Snapshot, names: Callable[[str], str | None]) -> Snapshot:
    """`snapshot` with every address in it under its name of now; the same one where none is another.

    What has no name any more is no edge; a trigger is as it was declared, and stays.
    """
    life = snapshot.lifecycle
    edges = tuple(dict.fromkeys(name for name in map(names, snapshot.depends_on) if name is not None))
    triggers = replace(
        life,
        replace_triggered_by=tuple(names(text) or text for text in life.replace_triggered_by),
        restart_triggered_by=tuple(names(text) or text for text in life.restart_triggered_by),
    )
    if edges == snapshot.depends_on and triggers == life:
        return snapshot
    return replace(snapshot, depends_on=edges, lifecycle=triggers)
