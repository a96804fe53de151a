"""Containers. See `kinds.Kind`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reign.model.address import Address
from reign.model.errors import ProviderError
from reign.model.resource import Observation, Readiness, Resource, Snapshot
from reign.ports import Call, Wanted
from reign.providers.docker.conflicts import nothing_called
from reign.providers.docker.containers.look import Look
from reign.providers.docker.containers.looking import Eyes, listed, own
from reign.providers.docker.containers.making import make, remove
from reign.providers.docker.containers.mending import mend
from reign.providers.docker.containers.telling import looked_for, observation, shape_of, taken_over
from reign.providers.docker.containers.waiting import readiness
from reign.providers.docker.engine import Engine
from reign.providers.docker.errors import mapped
from reign.providers.docker.found import Finder, Found, Listed, all_marked
from reign.providers.docker.images.leftover import remove_leftover
from reign.providers.docker.marks import is_ours


class Containers:
    """Made, joined, started and waited for; what the engine can change is changed where it stands."""

    def observe(
        self, engine: Engine, wanted: Sequence[Wanted], call: Call
    ) -> Mapping[Address, Observation | ProviderError | None]:
        """One list call, then one inspection for each that is looked for, several at once."""
        there = listed(engine)
        finder = Finder(there, call)
        eyes = Eyes(engine, call, {each.id: each.name for each in there})
        found = {item.address: finder.find(item) for item in wanted}
        asked = ((here.listed.id, looked_for(item)) for item in wanted if (here := found[item.address]) is not None)
        looks = eyes.at_all(asked)
        return {item.address: _observed(item, found[item.address], looks) for item in wanted}

    def create(self, engine: Engine, desired: Resource, call: Call) -> Observation:
        """See `ports.Provider`."""
        return make(engine, desired, call)

    def update(self, engine: Engine, desired: Resource, prior: Snapshot, call: Call) -> Observation:
        """See `ports.Provider`."""
        return mend(engine, desired, prior, call)

    def delete(self, engine: Engine, prior: Snapshot, call: Call) -> None:
        """Asked to end first, with the time that it may take for that. An image of ours that it was the last to use goes, too,
        also where the container is gone: the answer to its delete may have been lost.
        """
        look = own(Eyes(engine, call), prior, "remove")
        if look is not None:
            _end(engine, look)
            remove(engine, look.id)
        if look is None or is_ours(look.brought.get("Labels"), call):
            image = str(look.raw.get("Image") if look else prior.outputs.get("image_id") or "")
            remove_leftover(engine, image, call, is_known=image == prior.spec.get("image"))

    def adopt(self, engine: Engine, address: Address, external_id: str, call: Call) -> Observation:
        """The state remembers its id: the engine lets nobody change labels. See `marks.belongs`."""
        del address
        there = listed(engine)
        found = Finder(there, call).named(external_id)
        look = Eyes(engine, call, {each.id: each.name for each in there}).at(found.id, {}) if found else None
        if look is None:
            raise nothing_called("container", external_id)
        return taken_over(look)

    def ready(self, engine: Engine, seen: Observation, call: Call) -> Readiness:
        """See `ports.Provider`."""
        return readiness(Eyes(engine, call), seen)

    def marked(self, engine: Engine, call: Call) -> Iterator[Listed]:
        """See `kinds.Marked`."""
        yield from all_marked(listed(engine), call)


def _observed(wanted: Wanted, found: Found | None, looks: Mapping[str, Look | None]) -> Observation | None:
    look = looks.get(found.listed.id) if found is not None else None
    if found is None or look is None:
        return None
    shape, asked = shape_of(wanted)
    name = wanted.known.outputs.get("name") if wanted.known else None
    return observation(look, shape, asked, found.is_ours, name if isinstance(name, str) else "")


def _end(engine: Engine, look: Look) -> None:
    """Asked to end, with the time that it may take for that."""
    if look.state.get("Status") not in ("running", "restarting"):
        return
    with mapped(engine, f"stopping the container {look.name}"):
        answer = engine.api._post(engine.api._url("/containers/{0}/stop", look.id))
        if answer.status_code not in (304, 404):
            engine.api._raise_for_status(answer)
