"""Who stands for which outside thing, before and after: two for one is a finding, one after the other is an order."""

from __future__ import annotations

from collections.abc import Mapping

from reign.model.address import Address
from reign.model.finding import Finding
from reign.model.plan import Action, Change
from reign.model.resource import Snapshot
from reign.model.values import Spec
from reign.planning import findings
from reign.planning.shapes import Identity, Shape, Shapes


class Identities:
    """The identities that the changes take and give up."""

    def __init__(self, changes: Mapping[Address, Change], shapes: Shapes, recorded: Mapping[Address, Snapshot]) -> None:
        self.findings: list[Finding] = []
        self._changes, self._shapes, self._recorded = changes, shapes, recorded
        self._taken: dict[Identity, Address] = {}
        self._taking: list[tuple[Identity, Change]] = []
        self._given: dict[Identity, Change] = {}
        self._kept: dict[Identity, Snapshot] | None = None
        for change in changes.values():
            self._note(change)

    def handed_over(self) -> list[tuple[Address, Address]]:
        """(who takes an identity, who gives it up), for each that passes from one resource to another."""
        pairs: list[tuple[Address, Address]] = []
        for identity, change in self._taking:
            giver = self._given.get(identity)
            if giver is None:
                self._note_kept(identity, change)
                continue
            if giver.address == change.address:
                continue
            pairs.append((change.address, giver.address))
            same_type = giver.address.type == change.address.type
            if giver.action is Action.DELETE and change.action is Action.CREATE and same_type:
                self.findings.append(findings.moved_suggested(change.address, giver.address))
        return pairs

    def fields(self, address: Address) -> tuple[str, ...]:
        """The names of the fields that make up the identity."""
        shape = self._shapes.of(address.type)
        return shape.identity if shape else ()

    def _note_kept(self, identity: Identity, taker: Change) -> None:
        """Report who keeps what is taken: it is left out of the plan, or forgotten and stays."""
        giver = self._keepers().get(identity)
        if giver is not None and giver.address != taker.address and not self._may_share(taker, giver.spec):
            self.findings.append(findings.same_identity_kept(taker.address, giver.address, self.fields(taker.address)))

    def _keepers(self) -> dict[Identity, Snapshot]:
        if self._kept is None:
            self._kept = {}
            for address, held in self._recorded.items():
                change, shape = self._changes.get(address), self._shapes.of(address.type)
                is_kept = change is None or change.reason == "forget_because_retain" or _leaves_standing(change)
                identity = shape.identity_of(held.connection, held.spec) if shape and is_kept else None
                if identity is not None:
                    self._kept[identity] = held
        return self._kept

    def _note(self, change: Change) -> None:
        shape = self._shapes.of(change.address.kind)
        if shape is None or not shape.identity or change.action in (Action.FORGET, Action.READ):
            return
        now = shape.identity_of(change.connection, change.after) if change.after is not None else None
        if now is not None:
            self._take(now, change)
        if change.action in (Action.CREATE, Action.DELETE, Action.REPLACE, Action.UPDATE):
            self._note_passing(change, shape, now)

    def _note_passing(self, change: Change, shape: Shape, now: Identity | None) -> None:
        prior, before = change.prior, None
        if prior is not None and change.action is not Action.CREATE:
            before = shape.identity_of(prior.connection, change.before or prior.spec)
        if before is not None and _leaves_standing(change):
            if before == now:
                self.findings.append(findings.same_identity_retained(change.address, shape.identity))
        elif before is not None and before != now:
            self._given[before] = change
        elif before is not None and change.create_first:
            self.findings.append(findings.same_identity_first(change.address, shape.identity))
        if now is not None and before != now:
            self._taking.append((now, change))

    def _take(self, identity: Identity, change: Change) -> None:
        first = self._taken.setdefault(identity, change.address)
        if first != change.address and not self._may_share(change, self._changes[first].after):
            self.findings.append(findings.same_identity(first, change.address, self.fields(change.address)))

    def _may_share(self, change: Change, other: Spec | None) -> bool:
        shape = self._shapes.of(change.address.kind)
        return bool(shape and change.after is not None and other is not None and shape.may_share(change.after, other))


def _leaves_standing(change: Change) -> bool:
    """True for a replacement beside what is there, which stays."""
    return change.action is Action.REPLACE and change.is_retained
