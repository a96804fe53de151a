"""Volumes. The engine changes nothing of one that stands, and answers a second create with the one that is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Observation, Resource, Snapshot
from reign.model.values import Spec
from reign.ports import Call, Wanted
from reign.providers.docker.conflicts import already_there, not_changed, not_ours, nothing_called, nothing_there
from reign.providers.docker.engine import Engine
from reign.providers.docker.errors import mapped
from reign.providers.docker.found import Finder, Listed, all_marked
from reign.providers.docker.marks import belongs, is_made_by, labels_of, name_of, without_bookkeeping


class Volumes:
    """See `kinds.Kind`. A volume has no id but its name, so when it was made tells it from one that took its place."""

    def observe(
        self, engine: Engine, wanted: Sequence[Wanted], call: Call
    ) -> Mapping[Address, Observation | ProviderError | None]:
        """One list call tells all of them."""
        finder = Finder(_listed(engine), call)
        return {item.address: _observed(finder, item) for item in wanted}

    def create(self, engine: Engine, desired: Resource, call: Call) -> Observation:
        """See `ports.Provider`. Whose the answer is, its mark says: what was there before comes back unchanged."""
        name = name_of(desired, call)
        spec: Mapping[str, Any] = desired.spec
        labels = {**spec["labels"], **labels_of(desired.address, call)}
        with mapped(engine, f"creating the volume {name}"):
            there = _one(engine.api.create_volume(name, spec["driver"], spec["driver_opts"], labels))
        if not is_made_by(there.labels, desired.address, call):
            raise already_there("volume", name, desired.address, there)
        return _seen(there, desired.spec, True)

    def update(self, engine: Engine, desired: Resource, prior: Snapshot, call: Call) -> Observation:
        """Nothing of a volume changes in place; what is gone is `missing`."""
        there = _own(engine, prior, call, "change")
        if there is None:
            raise nothing_called("volume", prior.external_id, ErrorKind.MISSING)
        seen = _seen(there, desired.spec, True)
        if seen.spec != desired.spec:
            raise not_changed("volume", there.name)
        return seen

    def delete(self, engine: Engine, prior: Snapshot, call: Call) -> None:
        """See `ports.Provider`."""
        there = _own(engine, prior, call, "remove")
        if there is None:
            return
        with mapped(engine, f"removing the volume {there.name}"):
            answer = engine.api._delete(engine.api._url("/volumes/{0}", there.name))
            if answer.status_code != 404:
                engine.api._raise_for_status(answer)

    def adopt(self, engine: Engine, address: Address, external_id: str, call: Call) -> Observation:
        """The state remembers its name and when it was made: the engine lets nobody change labels."""
        del address, call
        there = _inspected(engine, external_id)
        if there is None:
            raise nothing_called("volume", external_id)
        return _seen(there, {}, True)

    def marked(self, engine: Engine, call: Call) -> Iterator[Listed]:
        """See `kinds.Marked`."""
        yield from all_marked(_listed(engine), call)

    def look_up(self, engine: Engine, spec: Spec, call: Call) -> Spec:
        """See `kinds.LooksUp`."""
        del call
        there = _inspected(engine, str(spec["name"]))
        if there is None:
            raise nothing_there("volume", str(spec["name"]))
        seen = _seen(there, {}, False).spec
        return {
            **_outputs(there),
            "driver": seen["driver"],
            "driver_opts": seen["driver_opts"],
            "labels": dict(there.labels),
        }


def _listed(engine: Engine) -> list[Listed]:
    with mapped(engine, "listing the volumes"):
        return [_one(raw) for raw in engine.api.volumes().get("Volumes") or []]


def _inspected(engine: Engine, name: str) -> Listed | None:
    with mapped(engine, f"looking at the volume {name}"):
        answer = engine.api._get(engine.api._url("/volumes/{0}", name))
        return None if answer.status_code == 404 else _one(engine.api._result(answer, json=True))


def _one(raw: Any) -> Listed:
    return Listed(raw["Name"], raw["Name"], raw.get("Labels") or {}, raw.get("CreatedAt") or "", raw)


def _own(engine: Engine, prior: Snapshot, call: Call, doing: str) -> Listed | None:
    """What the state holds, as it stands; None when it is gone. Raises ProviderError `conflict` where it is not ours."""
    there = _inspected(engine, prior.external_id)
    if there is not None and not belongs(there.labels, call, prior, there.id, there.made_at):
        raise not_ours("volume", there.name, doing)
    return there


def _observed(finder: Finder, wanted: Wanted) -> Observation | None:
    found = finder.find(wanted)
    shape = wanted.known.spec if wanted.known else wanted.desired.spec if wanted.desired else {}
    return _seen(found.listed, shape, found.is_ours) if found is not None else None


def _seen(there: Listed, shape: Spec, owned: bool) -> Observation:
    """What `there` is; its name only where `shape` declares one."""
    spec: Spec = {
        "driver": there.raw.get("Driver"),
        "driver_opts": dict(there.raw.get("Options") or {}),
        "labels": {**without_bookkeeping(there.labels, shape.get("labels"))},
    }
    if isinstance(shape.get("name"), str):
        spec = {"name": there.name, **spec}
    return Observation(there.id, spec, _outputs(there), owned)


def _outputs(there: Listed) -> Spec:
    return {
        "name": there.name,
        "mountpoint": there.raw.get("Mountpoint") or "",
        "scope": there.raw.get("Scope") or "",
        "created_at": there.made_at,
    }
