"""The networks and volumes of a project, of which only those are made that a service uses."""

from __future__ import annotations

import os
from dataclasses import dataclass

from reign.model.address import Address
from reign.model.values import Sensitive, Spec, Value
from reign.providers.docker.compose.filling import Scope
from reign.providers.docker.compose.problems import Problems
from reign.providers.docker.compose.project import Project
from reign.providers.docker.compose.shapes import as_pairs
from reign.providers.docker.compose.tree import as_text, entries, private_value_of, value_of
from reign.yaml.nodes import Mapping, Node, Scalar


@dataclass(frozen=True, slots=True)
class Store:
    """A network or a volume: what it is called, and where it is made, if it is."""

    name: Value
    address: Address | None


class Stores:
    """One section of the files, `networks` or `volumes`."""

    def __init__(self, project: Project, word: str, section: Node | None) -> None:
        self._project, self._word = project, word
        self._declared = {name: (key, node) for name, key, node in entries(section)}
        self._used: dict[str, Store] = {}

    def use(self, name: str, at: Node) -> Store | None:
        """What a service calls `name` at `at`; None where it is not declared, which is told."""
        if name not in self._used:
            declared = self._declared.get(name)
            if declared is None and not (self._word == "network" and name == "default"):
                self._project.problems.unknown(at, f"`{self._word}s`", name, self._declared)
                return None
            self._used[name] = self._made(name, *(declared or (at, None)))
        return self._used[name]

    def _made(self, name: str, at: Node, node: Node | None) -> Store:
        spec = value_of(node) if isinstance(node, Mapping) else {}
        spec = spec if isinstance(spec, dict) else {}
        if (outside := _outside(name, spec)) is not None:
            return Store(outside, None)
        spec.pop("external", None)
        _make_whole(spec.get("driver_opts"), self._project.folder)
        spec.setdefault("name", f"{self._project.name}_{name}")
        labels = texts(node.get("labels")) if isinstance(node, Mapping) else {}
        spec["labels"] = {**labels, **self._project.labels(**{self._word: name})}
        address = self._project.address(self._word, name)
        self._project.add(address, spec, at, ())
        return Store(self._project.refer(self._word, name, "name"), address)


def _make_whole(options: Value, folder: str) -> None:
    """The path of a volume that binds a folder of the machine is a whole one for the engine."""
    device = options.get("device") if isinstance(options, dict) else None
    if isinstance(options, dict) and "bind" in str(options.get("o")).split(",") and isinstance(device, str) and device:
        options["device"] = os.path.normpath(os.path.join(folder, device))  # noqa: PTH118


def _outside(name: str, spec: Spec) -> Value | None:
    """The name of what others make; None of what is made here."""
    told = spec.get("external")
    if isinstance(told, dict):
        return told.get("name") or spec.get("name") or name
    return (spec.get("name") or name) if told in (True, "true") else None


def texts(node: Node | None) -> Spec:
    """A map, or a list of `name=value`, as a map of texts; of anything else, nothing."""
    if node is None or isinstance(node, Scalar):
        return {}
    found = {name: as_text(value_of(item)) for name, (_, item) in as_pairs(node).pairs.items()}
    return {name: "" if value is None else value for name, value in found.items()}


def given(node: Node, scope: Scope, problems: Problems) -> Spec:
    """A map of variables as texts; one without a value has that of the scope, and is left out where that is null."""
    found: Spec = {}
    for name, (key, item) in as_pairs(node).pairs.items():
        value = as_text(private_value_of(item))
        if value is None:
            value = _from_scope(name, key, scope, problems)
        if value is not None:
            found[name] = value
    return found


def _from_scope(name: str, key: Node, scope: Scope, problems: Problems) -> Value:
    try:
        value = scope.lookup(name)
    except KeyError:
        problems.at(
            key,
            "docker/compose-variable",
            "Variable without a value",
            f"{name} is neither in the block's `environment` nor in the .env file, and the environment of whoever runs this "
            "is not read.",
            f"Give it a value there; null ({name}: null) leaves it away.",
        )
        return None
    return value if name in scope.given or value is None else Sensitive(value)
