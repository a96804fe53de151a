"""From changes to steps: what is called, in which order, and what waits for what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from reign.graph import Graph, settle
from reign.model.address import Address
from reign.model.plan import Action, Change, Step, StepKind, Verb
from reign.planning.shapes import Shapes

Edge = tuple[int, int]
Recorded = Mapping[Address, tuple[Address, ...]]


@dataclass(frozen=True, slots=True)
class Clash:
    """`taker` needs an identity that `giver` cannot give up in time."""

    taker: Address
    giver: Address


@dataclass(slots=True)
class _Steps:
    """The steps of one resource, by number. `tail` is the one after which it is done; `aside` deletes what was deposed;
    all others come after `head`.
    """

    head: int | None = None
    aside: int | None = None
    delete: int | None = None
    make: int | None = None
    tail: int | None = None


def spread_create_first(changes: Mapping[Address, Change], graph: Graph[Address]) -> dict[Address, Change]:
    """The replacements that are created before they are destroyed, with all they depend on that is replaced as well."""
    found = dict(changes)
    needed_first: set[Address] = set()
    for address in reversed(graph.order()):
        change = changes.get(address)
        replaced = change if change is not None and change.action is Action.REPLACE else None
        if address in needed_first or (replaced is not None and _asks_to_be_first(replaced)):
            needed_first.update(graph.needs[address])
            if replaced is not None and not replaced.is_retained:
                found[address] = replace(replaced, create_first=True)
    return found


def _asks_to_be_first(change: Change) -> bool:
    return change.desired is not None and change.desired.lifecycle.create_before_destroy


class Lowering:
    """The steps of a set of changes. Declared edges come with `graph`; `recorded` are those of the state, and what is in
    `renamed` has them under other names there.
    """

    def __init__(
        self,
        changes: Mapping[Address, Change],
        graph: Graph[Address],
        recorded: Recorded,
        shapes: Shapes,
        renamed: frozenset[Address] = frozenset(),
    ) -> None:
        self._changes, self._graph, self._recorded, self._shapes = changes, graph, recorded, shapes
        self._renamed = renamed
        self._steps: list[tuple[StepKind, Verb, Address]] = []
        self._of: dict[Address, _Steps] = {}
        self._firm: list[Edge] = []
        for address, change in changes.items():
            if change.does_something or (address in renamed and change.prior is not None):
                self._of[address] = self._begin(change)
        self._wait_for_needed()

    def steps(self, identities: Iterable[tuple[Address, Address]]) -> tuple[tuple[Step, ...], list[Clash]]:
        """All steps, each after what it needs. `identities`: (who takes one, who gives it up).

        A pair whose taker cannot wait for the giver comes back as a clash, and the order leaves it out.
        """
        pairs = {edge: Clash(*pair) for pair in identities if (edge := self._handing_over(*pair))}
        recorded, declared, letting_go = self._going_in_reverse()
        wanted = [list(pairs), recorded, declared, letting_go]
        numbers = range(len(self._steps))
        graph, dropped = settle(numbers, self._firm, wanted)
        place = {number: index for index, number in enumerate(graph.order())}
        steps = tuple(
            Step(*self._steps[number], needs=tuple(sorted([place[needed] for needed in graph.needs[number]])))
            for number in place
        )
        return steps, [pairs[edge] for edge in dropped if edge in pairs]

    def _add(self, kind: StepKind, verb: Verb, address: Address) -> int:
        self._steps.append((kind, verb, address))
        return len(self._steps) - 1

    def _begin(self, change: Change) -> _Steps:
        address, own = change.address, _Steps()
        if change.previous_address is not None or address in self._renamed:
            own.head = self._add("record", "move", address)
        elif change.import_id is not None:
            own.head = self._add("call", "adopt", address)
        rest: list[int] = []
        if change.action in (Action.DELETE, Action.REPLACE) and not _stays(change):
            own.delete = self._add("call", "delete", address)
            rest.append(own.delete)
        if change.action is Action.FORGET:
            rest.append(self._add("record", "forget", address))
        elif making := _making(change):
            own.make = own.tail = self._add(*making, address)
            rest.append(own.make)
            if (kind := self._gate(change)) is not None:
                own.tail = self._add(kind, "create" if making[1] == "create" else "update", address)
                self._firm.append((own.tail, own.make))
        elif own.delete is None:
            own.make = own.tail = own.head
        if change.deposed is not None:
            own.aside = self._add("call", "delete", address)
            self._firm += [(number, own.aside) for number in (own.delete, own.make) if number is not None]
        if own.delete is not None and own.make is not None and own.tail is not None:
            self._firm.append((own.delete, own.tail) if change.create_first else (own.make, own.delete))
        if own.head is not None:
            self._firm += [(number, own.head) for number in rest]
        return own

    def _gate(self, change: Change) -> StepKind | None:
        """What has to be passed before it counts as done: its own readiness or a question to it, if any."""
        again = change.prior is not None and change.prior.unproven
        if change.action is Action.READ or (change.recorded_only and not again):
            return None
        health = change.desired.health if change.desired else None
        if health is not None and health.kind != "ready":
            return "gate"
        shape = self._shapes.of(change.address.kind)
        return "wait" if shape is not None and shape.schema.ready else None

    def _wait_for_needed(self) -> None:
        """What is made waits until all it depends on is done, also through what has nothing to do itself.

        A delete that may turn out to be none waits as well: only the values tell.
        """
        done: dict[Address, tuple[int, ...]] = {}
        for address in self._graph.order():
            needed = _united([done[other] for other in self._graph.needs[address]])
            own = self._of.get(address)
            if own is None or own.make is None or own.tail is None:
                done[address] = needed
                continue
            done[address] = (own.tail,)
            self._firm += [(own.make, tail) for tail in needed]
            if own.delete is not None and self._changes[address].is_uncertain:
                self._firm += [(own.delete, tail) for tail in needed]

    def _going_in_reverse(self) -> tuple[list[Edge], list[Edge], list[Edge]]:
        """Deletes wait for those of what depends on them, by recorded and by declared edges, and for letting go."""
        recorded: list[Edge] = []
        declared: list[Edge] = []
        letting_go: list[Edge] = []
        for address, own in self._of.items():
            for edges, needs in ((recorded, self._recorded), (declared, self._graph.needs)):
                for needed in needs.get(address, ()):
                    other = self._of.get(needed)
                    if other is None or needed == address:
                        continue
                    if other.delete is not None and own.delete is not None:
                        edges.append((other.delete, own.delete))
                    elif other.delete is not None and own.make is not None and self._can_let_go(address, needed):
                        letting_go.append((other.delete, own.make))
                    if (
                        other.aside is not None
                        and (first := own.make if own.delete is None else own.delete) is not None
                    ):
                        letting_go.append((other.aside, first))
        return recorded, declared, letting_go

    def _can_let_go(self, address: Address, needed: Address) -> bool:
        """False where the one that goes makes room for its own successor, which `address` waits for."""
        change = self._changes[needed]
        return change.action is Action.DELETE or change.create_first or needed not in self._graph.needs[address]

    def _handing_over(self, taker: Address, giver: Address) -> Edge | None:
        taking, giving = self._of.get(taker), self._of.get(giver)
        if taking is None or giving is None or taking.make is None:
            return None
        free = giving.delete if giving.delete is not None else giving.make
        return None if free is None else (taking.make, free)


def _united(found: list[tuple[int, ...]]) -> tuple[int, ...]:
    """All of `found` without repeats; where one is all there is, that one itself, so that many can share it."""
    some = [tails for tails in found if tails]
    if len(some) < 2:
        return some[0] if some else ()
    return tuple(dict.fromkeys(tail for tails in some for tail in tails))


def _stays(change: Change) -> bool:
    return change.action is Action.REPLACE and change.is_retained


def _making(change: Change) -> tuple[StepKind, Verb] | None:
    """The step that leads to what is declared; None where nothing does."""
    if change.recorded_only:
        return "record", "record"
    match change.action:
        case Action.CREATE | Action.REPLACE:
            return "call", "create"
        case Action.UPDATE:
            return "call", "update"
        case Action.READ:
            return "call", "read"
    return None
