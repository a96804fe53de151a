"""What a container is, as an observation: its spec as far as it is declared, and its outputs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reign.model.errors import InvalidSpec
from reign.model.resource import Observation
from reign.model.values import Spec, Value
from reign.ports import Wanted
from reign.providers.docker.containers.look import Look
from reign.providers.docker.containers.reading import declared, undefaulted
from reign.providers.docker.containers.sharing import endpoints
from reign.providers.docker.containers.spec import CONTAINER
from reign.providers.docker.containers.standing import standing

_EVERYWHERE = "0.0.0.0"  # noqa: S104


def shape_of(wanted: Wanted) -> tuple[Spec, Spec]:
    """What is recorded, else what is declared; and what is declared. Both in the one form that specs have."""
    asked = _normal(wanted.desired.spec) if wanted.desired else {}
    return (wanted.known.spec if wanted.known else asked), asked


def looked_for(wanted: Wanted) -> Spec:
    """What a look has to know: what is recorded, and the files that are declared where none are."""
    shape, asked = shape_of(wanted)
    return {**shape, "files": shape.get("files") or asked.get("files")}


def _normal(spec: Spec) -> Spec:
    try:
        return CONTAINER.normalize(spec)
    except InvalidSpec:
        return spec


def observation(
    look: Look, shape: Mapping[str, Any], others: Mapping[str, Any] | None = None, owned: bool = True, name: str = ""
) -> Observation:
    """As it stands, with the fields of `shape` and `others`. name: what it was called when it was recorded."""
    spec = declared(look, shape, others or {})
    spec["state"] = standing(look, shape, name)
    return Observation(look.id, spec, outputs(look), owned)


def taken_over(look: Look) -> Observation:
    """As it stands, with everything that somebody chose."""
    spec = undefaulted(look)
    return Observation(look.id, {**spec, "state": standing(look, spec)}, outputs(look), True)


def outputs(look: Look) -> Spec:
    """See the type's outputs."""
    state = look.state
    status = str(state.get("Status", ""))
    return {
        "id": look.id,
        "name": look.name,
        "image_id": str(look.raw.get("Image", "")),
        "status": status,
        "health": str((state.get("Health") or {}).get("Status") or "").replace("none", ""),
        "exit_code": None if status in ("running", "paused", "created") else state.get("ExitCode"),
        "addresses": {
            name: each["IPAddress"] for name, each in sorted(endpoints(look).items()) if each.get("IPAddress")
        },
        "ports": _ports(look),
    }


def _ports(look: Look) -> dict[str, Value]:
    bound = (look.raw.get("NetworkSettings") or {}).get("Ports") or {}
    return {
        key: f"{places[0].get('HostIp') or _EVERYWHERE}:{places[0].get('HostPort', '')}"
        for key, places in sorted(bound.items())
        if places
    }
