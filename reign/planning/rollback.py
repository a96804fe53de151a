"""Back to an earlier point: what held then is what is declared, for the planner that plans everything else.

The history tells specs, names and connections, so that this takes no project files. What was only renamed since is moved
back, what was taken over since is let go of, and what follows from other resources follows what they are then (`links`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Literal

from reign.graph import CyclicGraph, of_resources, settle
from reign.model.address import Address, Key, parse_address
from reign.model.event import State
from reign.model.plan import Change, Plan, Rollback
from reign.model.resource import Group, Resource, Snapshot
from reign.model.values import Spec
from reign.planning.compare import ALREADY, BACK
from reign.planning.inputs import Back, Inputs, OutputDeclaration
from reign.planning.links import Links
from reign.planning.planner import plan
from reign.planning.shapes import Shapes
from reign.planning.undoing import undoings

IMPORTED = "it was taken over since, so it stays"

_SAID_OF_DECLARATIONS = frozenset(("plan/renamed",))
"""Findings that say what to write into the project's files, which a rollback does not read."""


def back_to(
    inputs: Inputs, then: State, rollback: Rollback, taken: Collection[str], declared: Mapping[Address, Resource]
) -> Inputs:
    """`inputs`, whose state is that of now, with what held `then` as what is declared.

    taken: the operations that took something over since. declared: what the project's files declare, as far as they can
    be read; how something is retried and how long it may take is not in the history.
    """
    shapes = Shapes(inputs.schema)
    now, before = (
        _known(inputs.prior.resources, then.resources, shapes),
        _known(then.resources, inputs.prior.resources, shapes),
    )
    previous = _previous(before, now)
    groups = _groups(before)
    desired = _in_order({address: _resource(held, declared.get(address)) for address, held in before.items()})
    links = Links(before, replace(inputs, groups=groups, data={}), shapes)
    desired = {address: _linked(each, links) for address, each in desired.items()}
    return replace(
        inputs,
        normalize=_normalizing(inputs, desired, before, shapes),
        desired=desired,
        groups=groups,
        outputs={name: OutputDeclaration(links.output(held), held.sensitive) for name, held in then.outputs.items()},
        prior=replace(inputs.prior, resources=_as_then(now, before, previous)),
        checks=(),
        imports=(),
        moved=(),
        removed=(),
        data={},
        back=Back(rollback, previous, _kept(before, now, previous, taken)),
    )


def _normalizing(
    inputs: Inputs, desired: Mapping[Address, Resource], before: Mapping[Address, Snapshot], shapes: Shapes
) -> Callable[[str, Spec], Spec]:
    """`inputs.normalize`, but for what was recorded as normalised and is still: the same type, and nothing linked in it."""
    settled = {
        id(each.spec)
        for address, each in desired.items()
        if each.spec is before[address].spec and _is_current(before[address], shapes)
    }
    return lambda kind, spec: spec if id(spec) in settled else inputs.normalize(kind, spec)


def _is_current(held: Snapshot, shapes: Shapes) -> bool:
    shape = shapes.of(held.address.kind)
    return shape is not None and shape.schema.version == held.schema_version


def plan_back(inputs: Inputs) -> Plan:
    """The plan that leads there, with what it means to undo each of its changes."""
    made = plan(inputs)
    rollback = made.rollback
    if rollback is None:
        return made
    to = rollback.to
    changes = tuple(_in_other_words(change, to) for change in made.changes)
    told = tuple(finding for finding in made.findings if finding.code not in _SAID_OF_DECLARATIONS)
    made = replace(made, changes=changes, findings=told)
    return replace(made, rollback=replace(rollback, undoing=undoings(made, inputs.schema)))


def _known(
    held: Mapping[Address, Snapshot], other: Mapping[Address, Snapshot], shapes: Shapes
) -> dict[Address, Snapshot]:
    """`held` without what no provider knows and nothing has happened to: it stays as it is."""
    return {
        address: snapshot
        for address, snapshot in held.items()
        if shapes.of(address.kind) is not None or other.get(address) != snapshot
    }


def _previous(then: Mapping[Address, Snapshot], now: Mapping[Address, Snapshot]) -> dict[Address, Address]:
    """What has another name now, by the name that it had then. What stands in its way gives its own name for that."""
    made = {_thing(held): address for address, held in now.items()}
    keys = {(held.address.type, held.create_key): address for address, held in now.items() if held.create_key}
    found: dict[Address, Address] = {}
    for address, held in then.items():
        here = now.get(address)
        if here is not None and _is_same(held, here):
            continue
        moved = keys.get((address.type, held.create_key)) if held.create_key else None
        moved = moved or made.get(_thing(held))
        if moved is not None and moved != address and not _stays(moved, then, now):
            found[address] = moved
    return _out_of_the_way(found, now)


def _out_of_the_way(found: dict[Address, Address], now: Mapping[Address, Snapshot]) -> dict[Address, Address]:
    """`found`, with what stands at a name that something gets back under one that is left by that."""
    leaving = set(found.values())
    free = [old for old in found.values() if old not in found]
    for address in [each for each in found if each in now and each not in leaving]:
        place = _end(found, address)
        if place in free:
            free.remove(place)
            found[place] = address
    return found


def _end(found: Mapping[Address, Address], address: Address) -> Address:
    """The name that is left at the end of the chain in which `address` is given back."""
    while address in found:
        address = found[address]
    return address


def _stays(address: Address, then: Mapping[Address, Snapshot], now: Mapping[Address, Snapshot]) -> bool:
    """Whether what has the name now had it then."""
    return address in then and _is_same(then[address], now[address])


def _is_same(one: Snapshot, other: Snapshot) -> bool:
    if one.create_key and other.create_key:
        return one.create_key == other.create_key
    return _thing(one) == _thing(other)


def _thing(held: Snapshot) -> tuple[str, str, str]:
    return held.address.type, held.connection, held.external_id


def _groups(then: Mapping[Address, Snapshot]) -> tuple[Group, ...]:
    """The blocks behind what held; of a name with instances of several kinds, as halfway through a change, the first."""
    keys: dict[str, tuple[str, type, list[Key]]] = {}
    for address in sorted(then, key=Address.sort_key):
        kind = type(address.key)
        _, __, found = keys.setdefault(address.name, (address.type, kind, []))
        if keys[address.name][:2] == (address.type, kind):
            found.append(address.key)
    return tuple(Group(of, name, _SHAPES[kind], tuple(found)) for name, (of, kind, found) in keys.items())


_SHAPES: Mapping[type, Literal["single", "map", "list"]] = {type(None): "single", str: "map", int: "list"}


def _resource(held: Snapshot, declared: Resource | None) -> Resource:
    made = Resource(
        held.address, held.spec, held.connection, tuple(map(parse_address, held.depends_on)), held.lifecycle
    )
    if declared is None:
        return made
    return replace(
        made, retry=declared.retry, timeouts=declared.timeouts, priority=declared.priority, allow=declared.allow
    )


def _linked(each: Resource, links: Links) -> Resource:
    spec = links.spec(each)
    return each if spec is each.spec else replace(each, spec=spec)


def _in_order(desired: dict[Address, Resource]) -> dict[Address, Resource]:
    """`desired`, each after all that it depends on. Edges of different runs may make a circle: one of them is left out."""
    try:
        return {address: desired[address] for address in of_resources(desired).order()}
    except CyclicGraph:
        edges = [(address, needed) for address, each in desired.items() for needed in each.depends_on]
        graph, dropped = settle(tuple(desired), (), [edges])
    for address, needed in dropped:
        each = desired[address]
        left = tuple(other for other in each.depends_on if other != needed)
        desired[address] = replace(each, depends_on=left)
    return {address: desired[address] for address in graph.order()}


def _as_then(
    now: Mapping[Address, Snapshot], then: Mapping[Address, Snapshot], previous: Mapping[Address, Address]
) -> dict[Address, Snapshot]:
    """What holds now. What was damaged or unproven then already, and is the same still, is nothing to go back from."""
    names = {old: address for address, old in previous.items()}
    found = dict(now)
    for address, held in now.items():
        before = then.get(names.get(address, address))
        if before is not None and (held.tainted or held.unproven) and _is_as_then(held, before):
            found[address] = replace(held, tainted=False, unproven=False)
    return found


def _is_as_then(held: Snapshot, before: Snapshot) -> bool:
    same = (held.tainted, held.unproven) == (before.tainted, before.unproven) and held.connection == before.connection
    return same and _is_same(held, before) and held.spec == before.spec


def _kept(
    then: Mapping[Address, Snapshot],
    now: Mapping[Address, Snapshot],
    previous: Mapping[Address, Address],
    taken: Collection[str],
) -> dict[Address, str]:
    """What was taken over since, by the name that it has in the plan: it was somebody's before it was ours."""
    names = {old: address for address, old in previous.items()}
    places = ((names.get(address, address), held) for address, held in now.items() if held.create_key in taken)
    return {address: IMPORTED for address, _ in places if address not in then}


def _in_other_words(change: Change, to: str) -> Change:
    """What is said of declarations, said of the point that is gone back to."""
    words = {BACK: f"drift: back to what it was at {to}", ALREADY: f"reality is already as it was at {to}"}
    if words.keys().isdisjoint(change.reasons):
        return change
    return replace(change, reasons=tuple(words.get(reason, reason) for reason in change.reasons))
