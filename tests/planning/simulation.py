"""A world in memory that plans are carried out in, to see what holds after many plans, edits and accidents."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from reign.expression import Scope, resolve, resource_root
from reign.model.address import Address
from reign.model.event import OutputValue, State
from reign.model.plan import Basis, Change, Plan, Step
from reign.model.resource import Lifecycle, Observation, Resource, Snapshot
from reign.model.values import Deferred, Spec, Value, is_known
from reign.planning import Inputs, Options, OutputDeclaration, desired_now, plan
from tests.planning.world import SCHEMAS, groups_of, normalize, outputs_of


@dataclass
class World:
    """What stands outside, by external id, and what the state holds. `calls` are all that was ever done."""

    things: dict[str, Snapshot] = field(default_factory=dict)
    held: dict[Address, Snapshot] = field(default_factory=dict)
    deposed: dict[Address, Snapshot] = field(default_factory=dict)
    outputs: dict[str, OutputValue] = field(default_factory=dict)
    calls: list[tuple[str, Address]] = field(default_factory=list)
    made: int = 0

    def plan(self, desired: dict[Address, Resource], outputs: dict[str, Value] | None = None, **options: Any) -> Plan:
        """Look at everything, and plan."""
        state = State("l", 1, "", dict(self.held), dict(self.outputs), dict(self.deposed))
        inputs = Inputs(
            project="p",
            env="",
            desired=desired,
            groups=groups_of(desired, {}),
            outputs={name: OutputDeclaration(value) for name, value in (outputs or {}).items()},
            prior=state,
            observed={},
            schema=SCHEMAS.get,
            normalize=normalize,
            basis=Basis("l", 1, "", fresh=False, config_digest=""),
            options=Options(**options),
        )
        now = desired_now(inputs)
        observed = {address: self.look(address) for address in {**now, **self.held} if SCHEMAS[address.type].observable}
        return plan(replace(inputs, observed=observed))

    def look(self, address: Address) -> Observation | None:
        """What carries the mark of `address`: the one that is held if it stands, else any."""
        held = self.held.get(address)
        thing = self.things.get(held.external_id) if held else None
        if thing is None:
            aside = self.deposed.get(address)
            marked = [thing for thing in self.things.values() if thing.address == address]
            thing = next((thing for thing in marked if aside is None or thing.external_id != aside.external_id), None)
        if thing is None:
            return None
        fields = SCHEMAS[address.type].fields
        spec = {name: value for name, value in thing.spec.items() if fields[name].observed}
        return Observation(thing.external_id, spec, outputs_of(address, thing.spec, thing.external_id))

    def apply(self, made: Plan, steps: int | None = None) -> None:
        """Carry out `made`, or only its first `steps`, as after a kill."""
        changes = {change.address: change for change in made.changes}
        roots = {"resources": resource_root(made.groups, self._view), "run": {"id": "r"}}
        scope = Scope(roots=roots)
        unchanged: set[Address] = set()
        for step in made.steps[:steps]:
            self._run(step, changes[step.address], scope, unchanged)
        if steps is None and made.complete:
            outputs = {
                output.name: _resolved(output.value, scope) for output in made.outputs if output.action != "delete"
            }
            self.outputs = {name: OutputValue(value) for name, value in outputs.items()}

    def _run(self, step: Step, change: Change, scope: Scope, unchanged: set[Address]) -> None:
        address = step.address
        if address in unchanged or step.kind == "wait":
            return
        if step.verb == "forget":
            self.held.pop(address)
            return
        if step.verb == "delete" and address in self.deposed:
            self._remove(self.deposed.pop(address))
            return
        settles = step.verb != "delete" or change.is_uncertain  # a delete that is certain waits for no value
        spec = self._spec(change, scope) if settles else {}
        if change.is_uncertain and spec == change.before:
            unchanged.add(address)
            return
        held = self.held.get(address) or change.prior
        if step.verb == "delete":
            self._remove(held)
            self.held.pop(address, None)
            return
        external_id = held.external_id if held else ""
        if step.kind == "call":
            self.calls.append((step.verb, address))
        if step.verb == "create":
            self._check_free(change, spec)
            if change.create_first:
                self.deposed[address] = held
            self.made += 1
            external_id = f"{address}#{self.made}"
        self.held[address] = Snapshot(
            address,
            change.connection,
            external_id,
            spec,
            outputs_of(address, spec, external_id),
            change.depends_on,
            change.desired.lifecycle if change.desired else Lifecycle(),
        )
        if step.kind == "call":
            self.things[external_id] = self.held[address]

    def _remove(self, thing: Snapshot) -> None:
        self.calls.append(("delete", thing.address))
        self.things.pop(thing.external_id, None)

    def _check_free(self, change: Change, spec: Spec) -> None:
        """No two things of one connection and type have one name."""
        for thing in self.things.values():
            same = thing.address.type == change.address.type and thing.connection == change.connection
            name = thing.spec.get("name")
            assert not (same and name is not None and name == spec.get("name")), f"{thing.address} has the name {name}"

    def _spec(self, change: Change, scope: Scope) -> Spec:
        if change.after is None or is_known(change.after) or change.desired is None:
            return change.after or {}
        spec = normalize(change.address.type, _resolved(change.desired.spec, scope))
        assert is_known(spec), f"{change.address} was started before what it waits for"
        return spec

    def _view(self, address: Address) -> Spec:
        held = self.held[address]
        return {**held.spec, **held.outputs}


def _resolved(value: Value, scope: Scope) -> Any:
    if isinstance(value, Deferred):
        return resolve(value.text, scope, value.kind)
    if isinstance(value, dict):
        return {key: _resolved(item, scope) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, scope) for item in value]
    return value
