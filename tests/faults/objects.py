"""`docker.*` on a real engine: each number is of one of its types in turn, and a container uses what stands before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from signal import SIGKILL
from typing import TYPE_CHECKING, Any

from docker.errors import APIError

from tests.faults.command import reign
from tests.services.between import CREATES, Between
from tests.services.images import PLAIN
from tests.services.lease import Lease

if TYPE_CHECKING:
    from docker import APIClient

    from tests.faults.site import Site, Wanted

NETWORK, VOLUME, IMAGE, CONTAINER = "docker.network", "docker.volume", "docker.image", "docker.container"
TYPES = (NETWORK, VOLUME, IMAGE, CONTAINER, NETWORK, VOLUME, CONTAINER)
"""Of numbers in turn. Every tenth number, as in a mixed project, is of each of them too."""
RUNS = "command: [sleep, '100000'], init: true, stop_grace_period: 1s"
ADDRESS, PROJECT, VERSION = "reign.address", "reign.project", "org.example.version"


class Objects:
    """Networks, volumes, images and containers of one project. Another version is another object, but for an image, which is
    built anew under its name.
    """

    name, is_slow, is_far = "docker", True, True
    fields = ("labels",)

    def block(self, site: Site, number: int, version: int) -> str:
        made, labels = type_of(number), f"labels: {{{VERSION}: '{version}'}}"
        if made == IMAGE:
            return f"type: {made}, spec: {{build: {{context: {context(site)}, {labels}}}}}"
        given = f"{uses(site, number)}, {RUNS}, " if made == CONTAINER else ""
        return f"type: {made}, spec: {{{given}{labels}}}"

    def killed_at(self, site: Site, wanted: Wanted, moment: str, number: int, words: Sequence[str]) -> bool:
        """By the proxy, before or after the engine made it."""
        site.line.break_at("|".join(CREATES.values()), number, "before" if moment == "before" else "after", "kill")
        return reign(site.folder, *words).code == -SIGKILL

    def there(self, site: Site) -> Iterator[tuple[int, int]]:
        for labels in self.labels(site):
            yield int(labels[ADDRESS].rpartition("-")[2]), int(labels[VERSION])

    def twins(self, site: Site) -> list[str]:
        """An address that more than one carries; of images, those with a name."""
        return doubled(self.labels(site, is_named=True))

    def strays(self, site: Site, wanted: Mapping[int, int]) -> list[str]:
        """What no address wants, and the image before that nothing names any more."""
        addresses = {f"{type_of(number)}.docker-{number}" for number in wanted}
        told = self.labels(site)
        return [labels[ADDRESS] for labels in told if labels[ADDRESS] not in addresses] + doubled(told)

    def labels(self, site: Site, *, is_named: bool = False) -> list[dict[str, str]]:
        """Of all that stands there of the project. `is_named`: without images that have no name."""
        listed = self.listed(site) if site.is_far else ()
        return [each["Labels"] for kind in listed for each in kind if not is_named or each.get("RepoTags") != []]

    def listed(self, site: Site) -> tuple[list[dict[str, Any]], ...]:
        """Its containers, networks, volumes and images."""
        only = {"label": f"{PROJECT}={site.project}"}
        api = client()
        images = [{**each, "RepoTags": tags(each)} for each in api.images(filters=only)]
        return (
            api.containers(all=True, filters=only),
            api.networks(filters=only),
            api.volumes(filters=only)["Volumes"] or [],
            images,
        )

    def close(self, site: Site) -> None:
        """Remove all of it."""
        containers, networks, volumes, images = self.listed(site)
        for each in containers:
            client().remove_container(each["Id"], force=True, v=True)
        for each in networks:
            client().remove_network(each["Id"])
        for each in volumes:
            client().remove_volume(each["Name"])
        for each in images:
            remove_image(each["Id"])


def remove_image(name: str) -> None:
    """Once more where another project's, built upon the same, went at the same time: the engine fails then."""
    try:
        client().remove_image(name, force=True)
    except APIError:
        client().remove_image(name, force=True)


def type_of(number: int) -> str:
    """Which type a number is of."""
    return TYPES[number % len(TYPES)]


def uses(site: Site, number: int) -> str:
    """What a container is of, in and on: the last image, network and volume before it, where there are any."""
    before = {type_of(other): f"docker-{other}" for other in site.declared[OBJECTS.name] if other < number}
    image = f"'${{resources.{before[IMAGE]}.reference}}'" if IMAGE in before else f"'{PLAIN}'"
    network = f"networks: ['${{resources.{before[NETWORK]}.name}}']" if NETWORK in before else "network_mode: none"
    volume = f", volumes: ['${{resources.{before[VOLUME]}.name}}:/data']" if VOLUME in before else ""
    return f"image: {image}, {network}{volume}"


def context(site: Site) -> str:
    """What images are built from: a folder of the project."""
    folder = site.folder / "context"
    folder.mkdir(exist_ok=True)
    (folder / "Dockerfile").write_text(f"FROM {PLAIN}\n", encoding="utf-8")
    return folder.name


def tags(image: Mapping[str, Any]) -> list[str]:
    """The names of an image; of one that has none, the engine may tell a word for that."""
    return [name for name in image["RepoTags"] or () if name != "<none>:<none>"]


def doubled(labels: Sequence[Mapping[str, str]]) -> list[str]:
    """Addresses that several carry."""
    marks = Counter(each[ADDRESS] for each in labels)
    return [address for address, times in marks.items() if times > 1]


@cache
def client() -> APIClient:
    """This process's own, beside the proxy."""
    return Lease.daemon.api()


@cache
def line(folder: Path) -> Between:
    """The way to the engine from this folder, which one process has for itself; on it answers get lost."""
    return Between(folder / "d.sock", Lease.daemon.socket)


OBJECTS = Objects()
