"""What the machine of an engine takes of what not every one does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docker.errors import APIError

from reign.providers.docker.containers.look import Look
from reign.providers.docker.containers.reading import declared
from reign.providers.registry import Registry
from tests.app.drifting_containers import made_by_hand
from tests.providers.docker.containers.samples import NOT_EVERYWHERE
from tests.services.engine import Engine

DOUBTFUL = {*NOT_EVERYWHERE, "privileged"} - {"platform"}
"""Keys that not every machine takes. Images of two platforms can be made on any."""


def takes(engine: Engine, field: str, *specs: Mapping[str, Any]) -> bool:
    """Whether a container of each of `specs` is made, with `field` as it is asked for, and runs."""
    return field not in DOUBTFUL or all(_takes(engine, field, spec) for spec in specs)


def _takes(engine: Engine, field: str, given: Mapping[str, Any]) -> bool:
    spec = Registry().normalize("docker.container", {**given, "name": f"{engine.name}-tried"})
    try:
        made = made_by_hand(engine, spec, {}, Path("/"))
        engine.api.start(made)
        seen = declared(Look(engine.api.inspect_container(made), {}), spec)
    except APIError:
        return False
    finally:
        _remove(engine, str(spec["name"]))
    return seen.get(field) == spec.get(field)


def _remove(engine: Engine, name: str) -> None:
    if any(f"/{name}" in each["Names"] for each in engine.containers()):
        engine.api.remove_container(name, force=True)
