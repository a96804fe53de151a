"""Containers as the engine would have them, and as it has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reign.model.values import Spec
from reign.providers.docker.containers.look import Look
from reign.providers.docker.containers.reading import declared
from reign.providers.docker.containers.spec import CONTAINER
from reign.providers.docker.containers.writing import request

FOLDER = "/project"
ID = "0123456789abcdef" * 4


def normal(spec: Mapping[str, Any]) -> Spec:
    return CONTAINER.normalize({"image": "web:1", **spec})


def echoed(spec: Spec, image: Mapping[str, Any] | None = None, **more: Any) -> Look:
    """What an engine tells of a container that was made of `spec`, where it keeps everything as it was asked for."""
    asked = request(spec, {"reign.lineage": "l"}, FOLDER)
    body = dict(asked.body)
    host, joined = body.pop("HostConfig"), body.pop("NetworkingConfig", {}).get("EndpointsConfig", {})
    joined.update(dict(asked.joins))
    brought = (image or {}).get("Config") or {}
    body["Env"] = [
        *(line for line in brought.get("Env", ()) if _name(line) not in map(_name, body["Env"])),
        *body["Env"],
    ]
    for key in ("Labels", "ExposedPorts", "Volumes"):
        body[key] = {**(brought.get(key) or {}), **body[key]}
    raw = {
        "Id": ID,
        "Name": f"/{spec.get('name', 'web')}",
        "Image": "sha256:1",
        "Config": {**{key: value for key, value in brought.items() if key not in body}, **body},
        "HostConfig": host,
        "NetworkSettings": {"Networks": {name: {**told, "NetworkID": name * 2} for name, told in joined.items()}},
        "State": {"Status": "running"},
        **more,
    }
    told = dict(zip(("Os", "Architecture"), str(spec.get("platform", "linux/amd64")).split("/"), strict=False))
    return Look(raw, {**(image or {"Config": {}}), **told}, FOLDER, {"f" * 64: "peer"}, files=spec.get("files") or {})


def _name(line: str) -> str:
    return line.partition("=")[0]


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """The fields that differ, what nobody declares aside."""
    names = {name for name, value in before.items() if value is not None}
    return {name for name in names if before.get(name) != after.get(name)} - {"state"}


def read_back(look: Look, spec: Spec) -> Spec:
    return declared(look, spec)
