"""Finding containers on an engine: one list call for all of them, then one inspection for each that is looked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from reign.model.resource import Snapshot
from reign.ports import Call
from reign.providers.docker.conflicts import not_ours
from reign.providers.docker.containers.contents import there
from reign.providers.docker.containers.look import Look, Machine
from reign.providers.docker.containers.standing import MEASURED, limits_by_hand
from reign.providers.docker.engine import Engine
from reign.providers.docker.errors import mapped
from reign.providers.docker.found import Listed
from reign.providers.docker.marks import address_of, belongs, without_marks

_TYPE = "docker.container."
_AT_ONCE = 8


def own_labels(labels: Mapping[str, str] | None) -> Mapping[str, str]:
    """The labels, without a mark that only came with the image."""
    return labels or {} if address_of(labels).startswith(_TYPE) else without_marks(labels)


def listed(engine: Engine) -> list[Listed]:
    """All containers, whoever made them and however they stand. Raises ProviderError."""
    with mapped(engine, "listing the containers"):
        answer = engine.api._get(engine.api._url("/containers/json"), params={"all": 1})
        return [_one(raw) for raw in engine.api._result(answer, json=True)]


def _one(raw: Mapping[str, Any]) -> Listed:
    names = [name.lstrip("/") for name in raw.get("Names") or () if name.count("/") == 1]
    labels = own_labels(raw.get("Labels"))
    return Listed(raw["Id"], names[0] if names else raw["Id"], labels, f"{raw.get('Created', 0):020}", raw)


@dataclass
class Eyes:
    """Looks at containers of one engine in the course of one call, and at each image once in the session."""

    engine: Engine
    call: Call
    names: Mapping[str, str] = field(default_factory=dict)
    _machine: Machine | None = None
    _lock: Lock = field(default_factory=Lock)

    def at(self, id: str, shape: Mapping[str, Any]) -> Look | None:
        """One container; None where there is none. Raises ProviderError."""
        with mapped(self.engine, f"looking at the container {id[:12]}"):
            api = self.engine.api
            answer = api._get(api._url("/containers/{0}/json", id))
            if answer.status_code == 404:
                return None
            raw = api._result(answer, json=True)
        image, told_at = self._image(str(raw["Image"])), str(answer.headers.get("Date") or "")
        look = Look(raw, image, self.call.site.folder, self._names_for(raw), told_at=told_at)
        return self._counted(self._opened(look, shape), shape)

    def at_all(self, wanted: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Look | None]:
        """Several at once, by id. Raises ProviderError."""
        asked = dict(wanted)
        if len(asked) < 2:
            return {each: self.at(each, shape) for each, shape in asked.items()}
        with ThreadPoolExecutor(min(_AT_ONCE, len(asked))) as pool:
            return dict(zip(asked, pool.map(self.at, asked, asked.values()), strict=True))

    def _names_for(self, raw: Mapping[str, Any]) -> Mapping[str, str]:
        """The names of other containers, where this one shares something with one: the engine keeps their ids."""
        host = raw.get("HostConfig") or {}
        if any(str(host.get(key)).startswith("container:") for key in ("NetworkMode", "PidMode", "IpcMode")):
            with self._lock:
                self.names = self.names or {each.id: each.name for each in listed(self.engine)}
        return self.names

    def _image(self, id: str) -> Mapping[str, Any] | None:
        known = self.engine.api.contents
        with self._lock:
            if id not in known and (found := inspected_image(self.engine, id)) is not None:
                known[id] = found
            return known.get(id)

    def _opened(self, look: Look, shape: Mapping[str, Any]) -> Look:
        """With the files that were put into it."""
        files = shape.get("files")
        return replace(look, files=there(self.engine, look.id, files)) if files else look

    def _counted(self, look: Look, shape: Mapping[str, Any]) -> Look:
        """With what the machine has, where somebody limited that."""
        if not MEASURED & set(limits_by_hand(look, shape)):
            return look
        with self._lock:
            self._machine = self._machine or machine_of(self.engine)
        return replace(look, machine=self._machine)


def machine_of(engine: Engine) -> Machine:
    """Raises ProviderError."""
    with mapped(engine, "asking for its processors and its memory"):
        told = engine.api.info()
        return Machine(int(told.get("NCPU") or 0), int(told.get("MemTotal") or 0))


def inspected_image(engine: Engine, name: str) -> Mapping[str, Any] | None:
    """The inspection of an image; None where there is none. Raises ProviderError."""
    with mapped(engine, f"looking at the image {name}"):
        answer = engine.api._get(engine.api._url("/images/{0}/json", name))
        if answer.status_code == 404:
            return None
        found: Mapping[str, Any] = engine.api._result(answer, json=True)
        return found


def own(eyes: Eyes, prior: Snapshot, doing: str) -> Look | None:
    """What the state holds, as it stands; None when it is gone. Raises ProviderError `conflict` where it is not ours."""
    look = eyes.at(prior.external_id, prior.spec)
    if look is None or look.id != prior.external_id:
        return None
    if not belongs(own_labels(look.config.get("Labels")), eyes.call, prior, look.id):
        raise not_ours("container", look.name, doing)
    return look
