"""The networks that the containers of a service join, and the names by which they are found there."""

from __future__ import annotations

from reign.model.address import Address
from reign.model.values import Spec
from reign.providers.docker.compose.project import Project
from reign.providers.docker.compose.refusals import NETWORK
from reign.providers.docker.compose.shapes import as_names
from reign.providers.docker.compose.stores import Stores
from reign.providers.docker.compose.tree import entries, is_empty, value_of
from reign.providers.docker.compose.wanted import Service
from reign.yaml.nodes import Mapping, Node, Scalar


class Networking:
    """Makes them for one service at a time."""

    def __init__(self, project: Project, networks: Stores) -> None:
        self._project, self._networks = project, networks

    def of(self, service: Service, needs: list[Address]) -> Spec:
        """The key `networks` of its containers, if they have it; the networks that are made go into `needs`."""
        if service.node.get("network_mode") is not None:
            written = service.node.get("networks")
            return {} if written is None else {"networks": value_of(written)}
        joined = [self._join(name, key, item, service, needs) for name, key, item in self._written(service)]
        return {"networks": [each for each in joined if each is not None]}

    def _written(self, service: Service) -> list[tuple[str, Scalar, Node]]:
        written = service.node.get("networks")
        named = entries(as_names(written)) if written is not None and not is_empty(written) else []
        return named or [("default", service.key, service.key)]

    def _join(self, name: str, key: Scalar, item: Node, service: Service, needs: list[Address]) -> Spec | None:
        store = self._networks.use(name, key)
        if store is None:
            return None
        needs += [store.address] if store.address is not None else []
        for inner, place, value in entries(item):
            if inner in NETWORK and value_of(value) not in (True, "true"):
                self._project.problems.refuse(place, NETWORK[inner])
        told = value_of(item) if isinstance(item, Mapping) else {}
        kept = {inner: value for inner, value in told.items() if inner not in NETWORK} if isinstance(told, dict) else {}
        aliases = kept.get("aliases")
        more = [alias for alias in aliases if alias != service.name] if isinstance(aliases, list) else []
        return {**kept, "name": store.name, "aliases": [service.name, *more]}
