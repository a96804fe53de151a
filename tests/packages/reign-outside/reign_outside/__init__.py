"""Things in an outside system that makes another one each time it is asked to, with the marks that keep them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Health, Observation, Resource, Snapshot
from reign.ports import Call, Wanted
from reign.providers.modelled import Modelled
from reign_outside.specs import TYPES
from reign_outside.wire import Thing, Wire


class Outside(Modelled):
    """Holds no state: every call comes with its connection."""

    name = "outside"
    types = TYPES

    def check(self, call: Call) -> Health:
        try:
            Wire(call).things(name="")
        except ProviderError as error:
            return Health(False, error.summary, error.detail, error.fix)
        return Health(True)

    def observe(self, wanted: Sequence[Wanted], call: Call) -> Mapping[Address, Observation | ProviderError | None]:
        try:
            things = Wire(call).things()
        except ProviderError as error:
            return dict.fromkeys((item.address for item in wanted), error)
        by_id = {thing["id"]: thing for thing in things}
        by_key = {thing["key"]: thing for thing in things}
        by_name = {thing["name"]: thing for thing in things}
        found: dict[Address, Observation | ProviderError | None] = {}
        for item in wanted:
            thing = by_key.get(item.key) if item.key else None
            if thing is None:
                thing = by_id.get(item.known.external_id) if item.known else by_name.get(_name(item))
            found[item.address] = _seen(thing, call) if thing else None
        return found

    def create(self, desired: Resource, call: Call) -> Observation:
        wire = Wire(call)
        name = str(desired.spec["name"])
        there = wire.things(name=name)
        made = next((thing for thing in there if thing["key"] == call.key), None)
        if made is None and there:
            raise ProviderError(ErrorKind.CONFLICT, "Already there", f"A thing called {name} is there.", "Import it.")
        mark = {"lineage": call.site.lineage, "address": str(desired.address), "key": call.key}
        return _seen(made or wire.add({"name": name, "spec": desired.spec, **mark}), call)

    def update(self, desired: Resource, prior: Snapshot, call: Call) -> Observation:
        wire = Wire(call)
        self._ours(wire, prior, call)
        changed = wire.put(prior.external_id, {"spec": desired.spec})
        if changed is None:
            raise ProviderError(ErrorKind.MISSING, "Gone", f"{prior.external_id} is not there.", "Plan again.")
        return _seen(changed, call)

    def delete(self, prior: Snapshot, call: Call) -> None:
        wire = Wire(call)
        if self._ours(wire, prior, call):
            wire.remove(prior.external_id)

    def adopt(self, address: Address, external_id: str, call: Call) -> Observation:
        mark = {"lineage": call.site.lineage, "address": str(address), "key": call.key}
        taken = Wire(call).put(external_id, mark)
        if taken is None:
            raise ProviderError(ErrorKind.INVALID, "No such thing", f"{external_id} is not there.", "Name one that is.")
        return _seen(taken, call)

    def _ours(self, wire: Wire, prior: Snapshot, call: Call) -> bool:
        """Whether it is there. Raises ProviderError where it is somebody else's."""
        there = wire.things(id=prior.external_id)
        if there and there[0]["lineage"] != call.site.lineage:
            raise ProviderError(ErrorKind.CONFLICT, "Not ours", "Somebody else put it there.", "Import it.")
        return bool(there)


def _name(wanted: Wanted) -> str:
    return str(wanted.desired.spec.get("name", "")) if wanted.desired else ""


def _seen(thing: Thing, call: Call) -> Observation:
    outputs = {"id": thing["id"], "size": thing["spec"]["size"]}
    return Observation(thing["id"], thing["spec"], outputs, owned=thing["lineage"] == call.site.lineage)
