"""How two points of a state differ, resource by resource. Nothing sensitive is opened for that: its keyed hash tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from reign.model.address import Address
from reign.model.event import OutputValue, State
from reign.model.plan import OutputChange
from reign.model.resource import Snapshot
from reign.planning.diff import differences


@dataclass(frozen=True, slots=True)
class Difference:
    """One resource that is not the same at both points, under its later address, or the only one that it had.

    before and after are what the state held of it there; a moved one, which may have changed as well, has both.
    """

    address: Address
    kind: Literal["added", "changed", "moved", "removed"]
    before: Snapshot | None = None
    after: Snapshot | None = None

    @property
    def previous(self) -> Address | None:
        """The address that it had before, where that was another."""
        return self.before.address if self.kind == "moved" and self.before else None

    @property
    def is_anew(self) -> bool:
        """Whether another call than before made it, or took it over."""
        return self.kind == "changed" and self.before is not None and self.before.create_key != _key(self.after)


def between(before: State, after: State) -> tuple[Difference, ...]:
    """What differs of the resources: what came, what changed, what was moved and what went, each in order."""
    gone, come = (_only(one.resources, other.resources) for one, other in ((before, after), (after, before)))
    sources = {(address.type, snapshot.create_key): address for address, snapshot in gone.items()}
    moved = {
        address: source
        for address, snapshot in come.items()
        if snapshot.create_key and (source := sources.get((address.type, snapshot.create_key)))
    }
    left = set(moved.values())
    found = [Difference(at, "added", None, snapshot) for at, snapshot in come.items() if at not in moved]
    found += [
        Difference(at, "changed", old, new)
        for at, new in after.resources.items()
        if (old := before.resources.get(at)) is not None and not _same(old, new)
    ]
    found += [Difference(at, "moved", gone[source], come[at]) for at, source in moved.items()]
    found += [Difference(at, "removed", snapshot, None) for at, snapshot in gone.items() if at not in left]
    order = ("added", "changed", "moved", "removed")
    return tuple(sorted(found, key=lambda each: (order.index(each.kind), each.address.sort_key())))


def outputs_between(before: Mapping[str, OutputValue], after: Mapping[str, OutputValue]) -> tuple[OutputChange, ...]:
    """What differs of the project's outputs, by name."""
    found: list[OutputChange] = []
    for name in sorted({**before, **after}):
        old, new = before.get(name), after.get(name)
        sensitive = any(side is not None and side.sensitive for side in (old, new))
        if old is None and new is not None:
            found.append(OutputChange(name, "create", after=new.value, sensitive=sensitive))
        elif new is None and old is not None:
            found.append(OutputChange(name, "delete", before=old.value, sensitive=sensitive))
        elif old and new and differences({"": old.value}, {"": new.value}):
            found.append(OutputChange(name, "update", old.value, new.value, sensitive=sensitive))
    return tuple(found)


def _only(here: Mapping[Address, Snapshot], there: Mapping[Address, Snapshot]) -> dict[Address, Snapshot]:
    return {address: snapshot for address, snapshot in here.items() if address not in there}


def _same(before: Snapshot, after: Snapshot) -> bool:
    return (
        _standing(before) == _standing(after)
        and not differences(before.spec, after.spec)
        and not differences(before.outputs, after.outputs)
    )


def _standing(snapshot: Snapshot) -> tuple[object, ...]:
    return (snapshot.external_id, snapshot.create_key, snapshot.connection, snapshot.tainted, snapshot.lifecycle)


def _key(snapshot: Snapshot | None) -> str:
    return snapshot.create_key if snapshot else ""
