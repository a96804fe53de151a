"""`docker.*` on a real engine: each number is of one of its types in turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from signal import SIGKILL
from typing import TYPE_CHECKING, Any

from tests.faults.command import reign
from tests.services.between import CREATES, Between
from tests.services.images import PLAIN
from tests.services.lease import Lease

if TYPE_CHECKING:
    from docker import APIClient

    from tests.faults.site import Site, Wanted

SPECS = {
    "docker.network": "driver: bridge, internal: true",
    "docker.volume": "",
    "docker.container": f"image: '{PLAIN}', command: [sleep, '100000'], network_mode: none, stop_grace_period: 1s, init: true",
}
TYPES = tuple(SPECS)
ADDRESS, PROJECT, VERSION = "reign.address", "reign.project", "org.example.version"


class Objects:
    """Networks, volumes and containers of one project. The engine changes none of them in place, so that another version is
    another object.
    """

    name, is_slow, is_far = "docker", True, True
    fields = ("labels",)

    def block(self, site: Site, number: int, version: int) -> str:
        made = type_of(number)
        given = f"{SPECS[made]}, " if SPECS[made] else ""
        return f"type: {made}, spec: {{{given}labels: {{{VERSION}: '{version}'}}}}"

    def killed_at(self, site: Site, wanted: Wanted, moment: str, number: int, words: Sequence[str]) -> bool:
        """By the proxy, before or after the engine made it."""
        site.line.break_at("|".join(CREATES.values()), number, "before" if moment == "before" else "after", "kill")
        return reign(site.folder, *words).code == -SIGKILL

    def there(self, site: Site) -> Iterator[tuple[int, int]]:
        for labels in self.labels(site):
            yield int(labels[ADDRESS].rpartition("-")[2]), int(labels[VERSION])

    def twins(self, site: Site) -> list[str]:
        """An address that more than one carries."""
        marks = Counter(labels[ADDRESS] for labels in self.labels(site))
        return [address for address, times in marks.items() if times > 1]

    def strays(self, site: Site, wanted: Mapping[int, int]) -> list[str]:
        addresses = {f"{type_of(number)}.docker-{number}" for number in wanted}
        return [labels[ADDRESS] for labels in self.labels(site) if labels[ADDRESS] not in addresses]

    def labels(self, site: Site) -> list[dict[str, str]]:
        """Of all that stands there of the project."""
        return [each["Labels"] for listed in self.listed(site) for each in listed] if site.is_far else []

    def listed(self, site: Site) -> tuple[list[dict[str, Any]], ...]:
        """Its containers, networks and volumes."""
        only = {"label": f"{PROJECT}={site.project}"}
        api = client()
        return (
            api.containers(all=True, filters=only),
            api.networks(filters=only),
            api.volumes(filters=only)["Volumes"] or [],
        )

    def close(self, site: Site) -> None:
        """Remove all of it."""
        containers, networks, volumes = self.listed(site)
        for each in containers:
            client().remove_container(each["Id"], force=True, v=True)
        for each in networks:
            client().remove_network(each["Id"])
        for each in volumes:
            client().remove_volume(each["Name"])


def type_of(number: int) -> str:
    """Which type a number is of."""
    return TYPES[number % len(TYPES)]


@cache
def client() -> APIClient:
    """This process's own, beside the proxy."""
    return Lease.daemon.api()


@cache
def line(folder: Path) -> Between:
    """The way to the engine from this folder, which one process has for itself; on it answers get lost."""
    return Between(folder / "d.sock", Lease.daemon.socket)


OBJECTS = Objects()
