"""The containers of a project: one for each instance of each service that is wanted."""

from __future__ import annotations

from collections.abc import Mapping as Values
from functools import cached_property

from reign.model.address import Address
from reign.model.values import Deferred, Spec, Value
from reign.providers.docker.compose.deploying import deployed, instances_of
from reign.providers.docker.compose.filling import Scope
from reign.providers.docker.compose.grants import Grants
from reign.providers.docker.compose.images import Images
from reign.providers.docker.compose.keys import PRIVATE, passed_on
from reign.providers.docker.compose.models import Deploy, checked
from reign.providers.docker.compose.mounts import Mounts
from reign.providers.docker.compose.networking import Networking
from reign.providers.docker.compose.project import CONFIG_FILE, LABEL, Project
from reign.providers.docker.compose.shapes import as_list
from reign.providers.docker.compose.stores import Stores
from reign.providers.docker.compose.texts import Texts
from reign.providers.docker.compose.tree import entries, private_value_of, text_of, value_of
from reign.providers.docker.compose.wanted import OF_SERVICE, Service, refuse_circles, waits_of
from reign.yaml.nodes import Mapping

_CONDITIONS = {
    "service_completed_successfully": "completed",
    "service_healthy": "healthy",
    "service_started": "started",
}
"""What the one that is waited for has to be; where several wait, the first of these."""


class Services:
    """Makes the containers, and what they need."""

    def __init__(
        self, project: Project, root: Mapping, services: Values[str, Service], texts: Texts, scope: Scope
    ) -> None:
        self._project, self._services, self._texts = project, dict(services), texts
        declared = [name for name, _, _ in entries(root.get("services"))]
        self._waits = {
            name: waits_of(service, self._services, declared, project.problems) for name, service in services.items()
        }
        refuse_circles(self._waits, project.problems)
        self._grants = grants = Grants(project, root, scope)
        self._images = Images(project, {name: each.node for name, each in services.items()}, grants, scope)
        self._mounts = Mounts(project, Stores(project, "volume", root.get("volumes")))
        self._networking = Networking(project, Stores(project, "network", root.get("networks")))

    def make(self) -> None:
        """All of them."""
        for service in self._services.values():
            self._make(service)

    @cached_property
    def _deploys(self) -> dict[str, Deploy]:
        problems = self._project.problems
        found = {
            name: checked(Deploy, each.node.get("deploy"), "deploy", problems) for name, each in self._services.items()
        }
        return {name: deploy or Deploy() for name, deploy in found.items()}

    @cached_property
    def _instances(self) -> dict[str, int]:
        problems = self._project.problems
        return {name: instances_of(each, self._deploys[name], problems) for name, each in self._services.items()}

    def _containers(self, service: str) -> list[Address]:
        """Where the containers of a service stand: under its own name, or numbered where there may be several."""
        count = self._instances[service]
        keys = [service] if count == 1 else [f"{service}-{number}" for number in range(1, count + 1)]
        return [self._project.address("container", key) for key in keys]

    def _make(self, service: Service) -> None:
        needs: list[Address] = []
        spec = self._spec(service, needs)
        waits = self._waits[service.name]
        needs += [address for wait in waits for address in self._containers(wait.service)]
        restarts = [str(address) for wait in waits if wait.restart for address in self._containers(wait.service)]
        for number, address in enumerate(self._containers(service.name), 1):
            self._project.add(address, self._numbered(spec, service, number), service.key, needs, restarts)

    def _spec(self, service: Service, needs: list[Address]) -> Spec:
        """What all containers of a service have; what has to be there before goes into `needs`."""
        node = service.node
        taken = passed_on(node, self._project.problems)
        spec: Spec = {name: value_of(node.get(name)) for name in taken}
        spec.update({name: private_value_of(node.get(name)) for name in PRIVATE if name in spec})
        if (image := self._images.of(service.name, service.key)) is not None:
            spec["image"] = image.reference
            needs.append(image.address)
        spec.update(self._networking.of(service, needs))
        self._share(spec, service)
        granted, files = self._grants.given(node)
        made = {
            "files": files,
            "environment": self._texts.environment(node),
            "labels": {**self._texts.labels(node), **self._labels(service)},
            "volumes": [*self._mounts.of(node, needs), *granted],
            "wait": self._ready(service.name),
        }
        spec.update({name: value for name, value in made.items() if value})
        spec.update(deployed(spec, self._deploys[service.name], node, self._project.problems))
        return spec

    def _share(self, spec: Spec, service: Service) -> None:
        """Another service's container, where a key names the service."""
        for name in ("network_mode", "ipc", "pid", "uts", "cgroup"):
            value = spec.get(name)
            if isinstance(value, str) and value.startswith(OF_SERVICE):
                other = value.removeprefix(OF_SERVICE)
                spec[name] = self._id(other, "container:") if other in self._services else value
        for name, told in (("volumes_from", self._mounts_of), ("links", self._links)):
            written = service.node.get(name)
            items = as_list(written).items if written is not None else []
            found: Value = [each for item in items for each in told(str(value_of(item)))]
            spec.update({name: found} if found else {})

    def _id(self, service: str, before: str = "", behind: str = "") -> Value:
        """A text with the id of a service's first container in it, with which the text changes."""
        count = self._instances[service]
        if not count:
            return f"{before}{self._name(service, 1)}{behind}"
        reference = self._project.refer("container", service if count == 1 else f"{service}-1", "id")
        return Deferred(f"{before}{reference.text}{behind}", "string")

    def _mounts_of(self, text: str) -> list[Value]:
        front, colon, rest = text.partition(":")
        if front == "container":
            return [rest]
        return [self._id(front, behind=colon + rest) if front in self._services else text]

    def _links(self, text: str) -> list[Value]:
        """The other name by which the containers of a service are found; by its own they are found anyway."""
        service, _, alias = text.partition(":")
        if alias in ("", service) or service not in self._services:
            return []
        return [f"{self._name(service, number)}:{alias}" for number in range(1, self._instances[service] + 1)]

    def _labels(self, service: Service) -> Spec:
        """What `docker compose ps` looks for."""
        waits = [
            f"{wait.service}:{wait.condition}:{str(wait.restart).lower()}"
            for wait in sorted(self._waits[service.name], key=lambda wait: wait.service)
        ]
        name = service.name
        told = {"service": name, "oneoff": "False", "config_hash": self._project.config_hash(name)}
        labels = {f"{LABEL}.depends_on": ",".join(waits), f"{LABEL}.project.config_files": CONFIG_FILE}
        return {**self._project.labels(**told), **labels}

    def _numbered(self, spec: Spec, service: Service, number: int) -> Spec:
        """What one container has alone."""
        labels = spec["labels"] if isinstance(spec["labels"], dict) else {}
        own = {f"{LABEL}.container-number": str(number)}
        name = self._name(service.name, number)
        networks = spec.get("networks")
        named: Spec = {**spec, "name": name, "labels": {**labels, **own}}
        if isinstance(networks, list):
            named["networks"] = [_also_called(network, name) for network in networks]
        return named

    def _name(self, service: str, number: int) -> str:
        """What compose calls a container."""
        own = text_of(self._services[service].node.get("container_name"))
        return own if isinstance(own, str) else f"{self._project.name}-{service}-{number}"

    def _ready(self, service: str) -> str | None:
        """What those that wait for it wait for; None where none of them says."""
        conditions = {wait.condition for waits in self._waits.values() for wait in waits if wait.service == service}
        return next((told for condition, told in _CONDITIONS.items() if condition in conditions), None)


def _also_called(network: object, name: str) -> Spec:
    """A network in which a container is found by its own name as well."""
    joined = network if isinstance(network, dict) else {}
    aliases = joined.get("aliases")
    return {**joined, "aliases": [name, *(aliases if isinstance(aliases, list) else [])]}
