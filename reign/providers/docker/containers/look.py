"""A container as an engine tells it. See `reading` for what that means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reign.model.values import Spec

_NOWHERE: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Machine:
    """What there is to be limited."""

    processors: int = 0
    memory_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """One container as the engine tells it.

    raw: its inspection. image: that of its image, None where that is gone. folder: the project's. names: the names of other
    containers, by id. machine: what the engine's machine has, all of it 0 where nobody asked. told_at: when the engine told it,
    by its own clock, in the words of HTTP; empty where it does not say. files: those that were asked for, by their paths.
    """

    raw: Mapping[str, Any]
    image: Mapping[str, Any] | None = None
    folder: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    machine: Machine = field(default_factory=Machine)
    told_at: str = ""
    files: Mapping[str, Spec] = field(default_factory=dict)

    @property
    def config(self) -> Mapping[str, Any]:
        """What is fixed for every machine."""
        return self.raw.get("Config") or _NOWHERE

    @property
    def host(self) -> Mapping[str, Any]:
        """What is fixed for this one."""
        return self.raw.get("HostConfig") or _NOWHERE

    @property
    def brought(self) -> Mapping[str, Any]:
        """What the image brings."""
        return ((self.image or {}).get("Config") or {}) if self.image is not None else _NOWHERE

    @property
    def id(self) -> str:
        """The whole id."""
        return str(self.raw["Id"])

    @property
    def name(self) -> str:
        """Without the slash that the engine puts in front."""
        return str(self.raw.get("Name", "")).lstrip("/")

    @property
    def state(self) -> Mapping[str, Any]:
        """How it stands."""
        return self.raw.get("State") or _NOWHERE
