"""`moved`: what the state calls by a name that is no more, called by its new one before anything else is planned."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from reign.model.address import Address, Key, parse_address
from reign.model.errors import ProviderError
from reign.model.event import State
from reign.model.finding import Finding
from reign.model.resource import Moved, Observation, Snapshot
from reign.model.schema import Schema
from reign.planning import statements
from reign.planning.inputs import Inputs

Observed = Mapping[Address, Observation | ProviderError | None]


@dataclass(frozen=True, slots=True)
class Named:
    """What a name in `moved` or `removed` stands for. `type` is empty where only the bare name is given."""

    type: str
    name: str
    key: Key = None

    def names(self, address: Address) -> bool:
        """Whether `address` is it, or one of its instances where it has no key."""
        return self.is_of(address) and (self.key is None or address.key == self.key)

    def is_of(self, address: Address) -> bool:
        """Whether `address` is an instance of the same block."""
        return address.name == self.name and address.mode == "managed" and self.type in ("", address.type)


def read_name(text: str, schema: Callable[[str], Schema | None]) -> Named:
    """`web`, `web["eu"]`, `web[eu]`, `web[0]`, with or without the type in front.

    A type that only stands for others is none that anything in the state is of, so it is left out.
    """
    front, bracket, rest = text.partition("[")
    kind, _, name = front.rpartition(".")
    known = schema(kind) if kind else None
    if known is not None and known.expands:
        kind = ""
    if not bracket:
        return Named(kind, name)
    inner = rest.removesuffix("]")
    try:
        key = json.loads(inner)
    except ValueError:
        key = inner
    return Named(kind, name, key if isinstance(key, str | int) and not isinstance(key, bool) else inner)


@dataclass(frozen=True, slots=True)
class Rule:
    """One `moved`: from a group to a group with the keys kept, or from an instance to an instance.

    Where only one side has a key, the other one is the single instance.
    """

    moved: Moved
    source: Named
    target: Named

    def applies_to(self, address: Address) -> bool:
        """Whether it says what becomes of `address`."""
        if self.source.key is not None or self.target.key is None:
            return self.source.names(address)
        return self.source.is_of(address) and address.key is None

    def applied_to(self, address: Address) -> Address:
        """Where `address` is now."""
        keeps_key = self.source.key is None and self.target.key is None
        key = address.key if keeps_key else self.target.key
        return Address(self.target.type or address.type, self.target.name, key, address.mode, address.module)

    def start(self) -> Address:
        """An address that it applies to."""
        return Address(self.source.type or self.target.type or "any", self.source.name, self.source.key)


@dataclass(frozen=True, slots=True)
class Settled:
    """Inputs whose state has the new names. previous: new address -> the one that the state has. renamed: what stays
    where it is, with recorded edges to what moved.
    """

    inputs: Inputs
    previous: Mapping[Address, Address]
    renamed: frozenset[Address] = frozenset()
    findings: tuple[Finding, ...] = ()


def settle_moves(inputs: Inputs) -> Settled:
    """`inputs` with everything that moved under its new name, in the state and in what was seen."""
    if inputs.back is not None and inputs.back.previous:
        names = {old.text: address.text for address, old in inputs.back.previous.items()}
        return _settled(inputs, inputs.back.previous, lambda text: names.get(text, text))
    if not inputs.moved:
        return Settled(inputs, {})
    ways = _Ways(inputs)
    previous = ways.previous()
    settled = _settled(inputs, previous, ways.renaming())
    seen = _seen_under_new_names(inputs.observed, {old: address for address, old in previous.items()})
    found = tuple(dict.fromkeys(ways.findings))
    return replace(settled, inputs=replace(settled.inputs, observed=seen), findings=found)


def _settled(inputs: Inputs, previous: Mapping[Address, Address], text_of: Callable[[str], str]) -> Settled:
    """`inputs` with the state under the new names. `text_of`: what a recorded edge is called now."""
    held: dict[Address, Snapshot] = {}
    renamed: set[Address] = set()
    new = {old: address for address, old in previous.items()}
    for old, snapshot in inputs.prior.resources.items():
        address = new.get(old, old)
        edges = tuple([text_of(text) for text in snapshot.depends_on])
        if edges != snapshot.depends_on and address is old:
            renamed.add(address)
        same = address is old and edges == snapshot.depends_on
        held[address] = snapshot if same else replace(snapshot, address=address, depends_on=edges)
    return Settled(replace(inputs, prior=replace(inputs.prior, resources=held)), previous, frozenset(renamed))


def moved_state(inputs: Inputs) -> State:
    """The state with everything that moved under its new name: by it reality is looked at, before `plan` is asked."""
    return settle_moves(inputs).inputs.prior


def _seen_under_new_names(observed: Observed, new: Mapping[Address, Address]) -> Observed:
    """What was looked at under the name that the state has goes before what was looked for under the new one."""
    found = {address: seen for address, seen in observed.items() if address not in new}
    return found | {address: observed[old] for old, address in new.items() if old in observed}


class _Ways:
    """Where the rules lead, and what is wrong with them."""

    def __init__(self, inputs: Inputs) -> None:
        self.findings: list[Finding] = []
        self._inputs = inputs
        made = [group for group in inputs.groups if group.mode == "managed" and not group.expands]
        self._types = {group.name: group.type for group in made}
        self._rules: dict[str, list[Rule]] = {}
        known: dict[Named, Rule] = {}
        for moved in inputs.moved:
            rule = Rule(moved, *(read_name(text, inputs.schema) for text in (moved.source, moved.target)))
            if rule.source in known:
                self.findings.append(statements.move_twice(moved))
                continue
            known[rule.source] = rule
            self._rules.setdefault(rule.source.name, []).append(rule)
        for rules in self._rules.values():
            rules.sort(key=lambda rule: rule.source.key is None)  # an instance goes before its group
        self._check(known.values())

    def previous(self) -> dict[Address, Address]:
        """New address -> the one that the state has, for everything in the state that moves."""
        held = self._inputs.prior.resources
        ends: dict[Address, list[tuple[Address, Rule]]] = {}
        for old in held:
            way = self._way(old)
            if way is not None and self._keeps_type(old, *way):
                ends.setdefault(way[0], []).append((old, way[1]))
        leaving = {old for starts in ends.values() for old, _ in starts}
        found: dict[Address, Address] = {}
        for end, starts in ends.items():
            stays = [end] if end in held and end not in leaving else []
            first = [*stays, *(old for old, _ in starts)][0]
            taken = starts if stays else starts[1:]
            self.findings += [statements.move_occupied(rule.moved, old, end, first) for old, rule in taken]
            if not stays:
                found[end] = starts[0][0]
        return found

    def renaming(self) -> Callable[[str], str]:
        """What a recorded edge is called now."""
        known: dict[str, str] = {}

        def now(text: str) -> str:
            """One edge; each is followed once."""
            if text not in known:
                way = self._way(parse_address(text))
                known[text] = way[0].text if way is not None else text
            return known[text]

        return now

    def _check(self, rules: Iterable[Rule]) -> None:
        """What is wrong whatever the state holds."""
        told: set[Address] = set()
        for rule in rules:
            start = rule.start()
            path = self._path(start)
            if path[-1] in path[:-1] and not told.intersection(path):
                told.update(path)
                self.findings.append(statements.move_cycle(rule.moved, [address.group.name for address in path]))
        for address in self._inputs.desired:
            way = self._way(address)
            if way is not None:
                self.findings.append(statements.move_declared(way[1].moved, address, way[0]))

    def _keeps_type(self, old: Address, end: Address, rule: Rule) -> bool:
        declared = self._types.get(end.name, end.type)
        if end.type == old.type == declared:
            return True
        self.findings.append(
            statements.move_type(rule.moved, old, end.name, declared if end.type == old.type else end.type)
        )
        return False

    def _way(self, address: Address) -> tuple[Address, Rule] | None:
        """The end of the chain that begins at `address`, and its first rule; None where it stays, or goes in a circle."""
        rule = self._rule(address)
        if rule is None:
            return None
        path = self._path(address)
        return (path[-1], rule) if path[-1] not in path[:-1] else None

    def _path(self, address: Address) -> list[Address]:
        path = [address]
        while rule := self._rule(path[-1]):
            path.append(rule.applied_to(path[-1]))
            if path[-1] in path[:-1]:
                break
        return path

    def _rule(self, address: Address) -> Rule | None:
        rules = self._rules.get(address.name, ())
        return next((rule for rule in rules if rule.applies_to(address)), None)
