"""`docker.*`: images, networks, volumes and containers of a Docker Engine, and what a compose file makes of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING

from reign.model.address import Address
from reign.model.errors import ErrorKind, Problem, ProviderError
from reign.model.resource import Block, Health, Observation, Readiness, Resource, Snapshot
from reign.model.values import Spec
from reign.ports import Call, Carrier, Wanted
from reign.providers.docker.types import docker_types
from reign.providers.modelled import Modelled

if TYPE_CHECKING:
    from reign.providers.docker.kinds import Kind

KINDS = {
    "docker.container": ("reign.providers.docker.containers.kind", "Containers"),
    "docker.image": ("reign.providers.docker.images.made", "Images"),
    "docker.network": ("reign.providers.docker.networks", "Networks"),
    "docker.volume": ("reign.providers.docker.volumes", "Volumes"),
}
"""Type -> module and class of its `kinds.Kind`, imported when an engine is first called for it."""

_FORCED = "--force "
"""One that runs is not removed otherwise."""


class Docker(Modelled):
    """Sends each call to the kind of its type, with the engine that the call's connection leads to."""

    name = "docker"

    def __init__(self) -> None:
        self.types = docker_types()
        self._kinds: dict[str, Kind] = {}
        self._lock = Lock()

    def expand(self, block: Block, call: Call) -> Sequence[Resource]:
        """What a compose file declares; an image or a container with what its files hold; else itself."""
        if block.address.type == "docker.compose":
            from reign.providers.docker.compose.expand import expand_compose

            return expand_compose(block, call, self.normalize)
        if block.address.type == "docker.container":
            from reign.providers.docker.containers.files import expand_container

            return expand_container(block, call)
        if block.address.type != "docker.image":
            return (block,)
        from reign.providers.docker.images.reading import expand_image

        return expand_image(block, call)

    def check_settings(self, settings: Spec) -> Sequence[Problem]:
        """See `ports.Configured`."""
        from reign.providers.docker.specs.connection import settings_problems

        return settings_problems(settings)

    def check(self, call: Call) -> Health:
        """Whether the engine answers."""
        from reign.providers.docker.engine import engine_of
        from reign.providers.docker.errors import mapped

        try:
            engine = engine_of(call)
            with mapped(engine, "asking whether it is there"):
                engine.api.ping()
        except ProviderError as error:
            return Health(False, error.summary, error.detail, error.fix)
        return Health(reachable=True)

    def observe(self, wanted: Sequence[Wanted], call: Call) -> Mapping[Address, Observation | ProviderError | None]:
        """See `ports.Provider`. Each type is listed once; one type that fails leaves the others."""
        from reign.providers.docker.engine import engine_of

        engine = engine_of(call)
        seen: dict[Address, Observation | ProviderError | None] = {}
        for name, group in _by_type(wanted):
            try:
                seen.update(self._kind(name).observe(engine, group, call))
            except ProviderError as error:
                seen.update(dict.fromkeys((item.address for item in group), error))
        return seen

    def create(self, desired: Resource, call: Call) -> Observation:
        """See `ports.Provider`."""
        from reign.providers.docker.engine import engine_of

        return self._kind(desired.address.type).create(engine_of(call), desired, call)

    def update(self, desired: Resource, prior: Snapshot, call: Call) -> Observation:
        """See `ports.Provider`."""
        from reign.providers.docker.engine import engine_of

        return self._kind(desired.address.type).update(engine_of(call), desired, prior, call)

    def delete(self, prior: Snapshot, call: Call) -> None:
        """See `ports.Provider`."""
        from reign.providers.docker.engine import engine_of

        self._kind(prior.address.type).delete(engine_of(call), prior, call)

    def adopt(self, address: Address, external_id: str, call: Call) -> Observation:
        """See `ports.Provider`."""
        from reign.providers.docker.engine import engine_of

        return self._kind(address.type).adopt(engine_of(call), address, external_id, call)

    def ready(self, type: str, seen: Observation, call: Call) -> Readiness:
        """See `ports.Provider`. Done at once where a type has no readiness of its own."""
        from reign.providers.docker.engine import engine_of
        from reign.providers.docker.kinds import Readies

        kind = self._kind(type)
        return kind.ready(engine_of(call), seen, call) if isinstance(kind, Readies) else Readiness("done")

    def look_up(self, type: str, spec: Spec, call: Call) -> Spec:
        """See `ports.Lookup`."""
        from reign.providers.docker.engine import engine_of
        from reign.providers.docker.kinds import LooksUp

        kind = self._kind(type.removeprefix("data."))
        if not isinstance(kind, LooksUp):
            raise ProviderError(ErrorKind.INVALID, "Nothing to look up", f"{type} is not looked up.", "Declare it.")
        return kind.look_up(engine_of(call), spec, call)

    def marked(self, call: Call) -> Sequence[Carrier]:
        """See `ports.Marked`. Of every kind that lists what it made."""
        from reign.providers.docker.contexts import docker_command, target_of
        from reign.providers.docker.engine import engine_of
        from reign.providers.docker.kinds import Marked
        from reign.providers.docker.marks import address_of, key_of

        engine, found = engine_of(call), list[Carrier]()
        docker = docker_command(call, target_of(call, os.environ))
        for name in KINDS:
            kind, word = self._kind(name), name.rpartition(".")[2]
            for each in kind.marked(engine, call) if isinstance(kind, Marked) else ():
                remove = f"{docker} {word} rm {_FORCED if word == 'container' else ''}{each.name}"
                found.append(Carrier(name, each.id, each.name, address_of(each.labels), key_of(each.labels), remove))
        return found

    def logs(self, prior: Snapshot, call: Call, lines: int, follow: bool) -> Iterator[str]:
        """See `ports.Logs`. Containers write some."""
        from reign.providers.docker import showing
        from reign.providers.docker.engine import engine_of

        showing.check_writes(prior)
        return showing.logs(engine_of(call), prior, lines, follow)

    def inspect(self, prior: Snapshot, call: Call) -> Spec:
        """See `ports.Inspect`."""
        from reign.providers.docker import showing
        from reign.providers.docker.engine import engine_of

        return showing.inspect(engine_of(call), prior)

    def _kind(self, type: str) -> Kind:
        with self._lock:
            if type not in self._kinds:
                if type not in KINDS:
                    raise ProviderError(
                        ErrorKind.INVALID, "Never made itself", f"{type} stands for others.", "Name these."
                    )
                module, made = KINDS[type]
                self._kinds[type] = getattr(import_module(module), made)()
            return self._kinds[type]


def _by_type(wanted: Sequence[Wanted]) -> Iterator[tuple[str, list[Wanted]]]:
    groups: dict[str, list[Wanted]] = {}
    for item in wanted:
        groups.setdefault(item.address.type, []).append(item)
    yield from groups.items()
