"""What one block stands for: its project, with the names and labels that compose gives, and references between its parts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from reign.model.address import Address
from reign.model.finding import Place
from reign.model.resource import Block, Resource
from reign.model.values import Deferred, Spec
from reign.providers.docker.compose.problems import Problems
from reign.yaml.nodes import Node

LABEL = "com.docker.compose"
CONFIG_FILE = "reign.yaml"
"""What `docker compose ls` is told to be the file of a project, and warns without. The names of the compose files would replace
every container where one of them is renamed or added.
"""
_NOT_HEALTH = ("network", "volume", "image")


@dataclass
class Project:
    """The parts of one block, as they are made. `name` is what compose calls it, `folder` the whole path of the project's."""

    name: str
    folder: str
    block: Block
    problems: Problems
    made: dict[Address, Resource] = field(default_factory=dict)

    def address(self, word: str, key: str) -> Address:
        """Where a part stands: `docker.WORD.BLOCK["key"]`, the key of one instance of several in front."""
        where = self.block.address
        inner = key if where.key is None else f"{where.key}/{key}"
        return Address(f"docker.{word}", where.name, inner, module=where.module)

    def refer(self, word: str, key: str, output: str) -> Deferred:
        """A reference to an output of a part, as a user would write it."""
        where = self.block.address
        instance = "" if where.key is None else f"[{json.dumps(where.key)}]"
        return Deferred(f"${{resources.{where.name}{instance}.{word}[{json.dumps(key)}].{output}}}", "string")

    def labels(self, **told: str) -> Spec:
        """Compose's own labels: those of the project, and `told`, whose names have `_` for `-`."""
        named = {f"{LABEL}.{name.replace('_', '-')}": value for name, value in told.items()}
        return {f"{LABEL}.project": self.name, **named}

    def config_hash(self, service: str) -> str:
        """What stands where compose keeps the hash of a service, without which it does not list a container. It follows from
        the names alone: one made of the values would replace a container for what can be changed in place.
        """
        return hashlib.sha256(f"{self.name}/{service}".encode()).hexdigest()

    def add(
        self, address: Address, spec: Spec, at: Node, needs: Iterable[Address], restarts: Iterable[str] = ()
    ) -> None:
        """A part, declared at `at`, that waits for `needs`."""
        place = at.place()
        lifecycle = self.block.lifecycle
        triggers = (*lifecycle.restart_triggered_by, *restarts)
        self.made[address] = replace(
            self.block,
            address=address,
            spec=spec,
            depends_on=tuple(dict.fromkeys((*self.block.depends_on, *needs))),
            lifecycle=replace(lifecycle, restart_triggered_by=triggers),
            health=None if address.type.rpartition(".")[2] in _NOT_HEALTH else self.block.health,
            place=Place(place.file, place.line, place.column, place.width),
        )
