"""Which services are wanted, by their profiles, and what each of them waits for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from collections.abc import Mapping as Values
from dataclasses import dataclass

from reign.providers.docker.compose.models import Dependency, checked
from reign.providers.docker.compose.problems import Problems
from reign.providers.docker.compose.shapes import as_list, as_names
from reign.providers.docker.compose.tree import entries, text_of, value_of
from reign.yaml.nodes import Mapping, Node, Scalar

ALL = "*"
_SHARED = ("network_mode", "ipc", "pid", "uts", "cgroup")
OF_SERVICE = "service:"
STARTED = "service_started"
"""How a service waits for another, unless it says more."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service that is wanted."""

    name: str
    key: Scalar
    node: Mapping


@dataclass(frozen=True, slots=True)
class Wait:
    """What a service waits for: another one, on which condition, and whether it starts anew with it."""

    service: str
    at: Node
    condition: str = STARTED
    restart: bool = False
    required: bool = True


def wanted(section: Node | None, profiles: Collection[str], problems: Problems) -> dict[str, Service]:
    """The services without profiles, and those of the profiles that are asked for."""
    found: dict[str, Service] = {}
    for name, key, node in entries(section):
        if not isinstance(node, Mapping):
            problems.at(key, "spec/wrong-type", "Wrong type", f"The service {name} is a map of keys and values.")
        elif _is_asked_for(node.get("profiles"), profiles):
            found[name] = Service(name, key, node)
    return found


def _is_asked_for(written: Node | None, profiles: Collection[str]) -> bool:
    own = {value_of(item) for item in as_list(written).items} if written is not None else set()
    return not own or ALL in profiles or not own.isdisjoint(profiles)


def waits_of(
    service: Service, services: dict[str, Service], declared: Collection[str], problems: Problems
) -> list[Wait]:
    """What `service` waits for, every name of a service that there is not told."""
    found: dict[str, Wait] = {}
    for wait in (*_told(service.node, problems), *_implied(service.node)):
        if wait.service in services:
            found.setdefault(wait.service, wait)
        elif wait.service not in declared:
            problems.unknown(wait.at, "`services`", wait.service, declared)
        elif wait.required:
            problems.at(
                wait.at,
                "docker/compose-profile",
                "Service of a profile that is not asked for",
                f"{service.name} depends on {wait.service}, which is only made with one of its profiles.",
                "Name it under `profiles` of the block, or write required: false.",
            )
    return list(found.values())


def refuse_circles(waits: Values[str, list[Wait]], problems: Problems) -> None:
    """Tell each service that waits for itself, by way of others, at what it waits for."""
    for name, own in waits.items():
        for wait in own:
            way = _way(wait.service, name, waits)
            if way:
                problems.at(
                    wait.at,
                    "docker/compose-circle",
                    "Services that wait for each other",
                    f"{' -> '.join((name, *way))}: each waits for the next, so none of them could ever be the first.",
                    "Remove one of these dependencies.",
                )


def _way(start: str, end: str, waits: Values[str, list[Wait]]) -> list[str]:
    """The services from one to another that each waits for the next; none where there is no such way."""
    before: dict[str, str] = {start: ""}
    found = [start]
    for name in found:
        if name == end:
            way = [name]
            while before[way[0]]:
                way.insert(0, before[way[0]])
            return way
        for wait in waits.get(name, ()):
            if wait.service not in before:
                before[wait.service] = name
                found.append(wait.service)
    return []


def _told(node: Mapping, problems: Problems) -> Iterator[Wait]:
    written = node.get("depends_on")
    if written is None:
        return
    for name, key, item in entries(as_names(written)):
        told = checked(Dependency, item, f"depends_on.{name}", problems)
        if told is not None:
            yield Wait(name, key, told.condition or STARTED, told.restart, told.required)


def _implied(node: Mapping) -> Iterator[Wait]:
    """Whose network, mounts or links it shares."""
    for name in _SHARED:
        text = text_of(node.get(name))
        if isinstance(text, str) and text.startswith(OF_SERVICE):
            yield Wait(text.removeprefix(OF_SERVICE), node.pairs[name][1], restart=True)
    for name in ("links", "volumes_from"):
        for item in as_list(node.pairs[name][1]).items if name in node.pairs else ():
            service = str(value_of(item)).partition(":")[0]
            if service != "container":
                yield Wait(service, item, restart=name == "links")
