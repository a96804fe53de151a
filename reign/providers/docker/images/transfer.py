"""To and from registries, by way of the engine, with the credentials of exactly the registry that is meant."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from reign.model.errors import ProviderError
from reign.model.values import Spec
from reign.providers.docker.engine import Engine
from reign.providers.docker.errors import mapped
from reign.providers.docker.images.references import HUB, Reference
from reign.providers.docker.images.streams import Transfer, told


def pull(engine: Engine, reference: Reference, platform: str = "") -> None:
    """Have the engine pull an image. Raises ProviderError."""
    asked = {
        "fromImage": reference.repository,
        "tag": reference.version,
        **({"platform": platform} if platform else {}),
    }
    path = engine.api._url("/images/create")
    _transfer(engine, path, asked, reference, Transfer("pulling", "Downloading"))


def push(engine: Engine, reference: Reference) -> None:
    """Have the engine push an image under one of its names. Raises ProviderError."""
    path = engine.api._url("/images/{0}/push", reference.repository)
    _transfer(engine, path, {"tag": reference.tag}, reference, Transfer("pushing", "Pushing"))


def at_registry(engine: Engine, reference: Reference) -> Spec:
    """`digest` and `platforms` of what a registry has by this name, asked by the engine. Raises ProviderError, `missing`
    where it has nothing.
    """
    with signed_in_at({reference.registry}), mapped(engine, f"asking the registry for {reference.text}"):
        path = engine.api._url("/distribution/{0}/json", reference.wire)
        found = engine.api._result(engine.api._get(path, headers=_header(reference.registry)), json=True)
        platforms = [platform_text(each) for each in found.get("Platforms") or []]
        return {"digest": str(found["Descriptor"]["digest"]), "platforms": [*platforms]}


def platform_text(told: dict[str, Any]) -> str:
    """`os/architecture[/variant]`, of what an engine or a registry tells under its own keys."""
    low = {key.lower(): value for key, value in told.items()}
    return "/".join(part for part in (low.get("os"), low.get("architecture"), low.get("variant")) if part)


def registry_config(registries: Iterable[str]) -> dict[str, str]:
    """The header by which a build may pull what it begins with: the credentials of these registries and no others."""
    found = {_server(registry): auth for registry in registries if (auth := _auth(registry))}
    return {"X-Registry-Config": _encoded(found)} if found else {}


@contextmanager
def signed_in_at(registries: Collection[str]) -> Iterator[None]:
    """Errors inside name the registry to sign in to, where it can be but one."""
    try:
        yield
    except ProviderError as error:
        if len(registries) != 1 or " REGISTRY" not in error.fix:
            raise
        [registry] = registries
        fix = error.fix.replace(" REGISTRY", "" if registry == HUB else f" {registry}")
        raise ProviderError(error.kind, error.summary, error.detail, fix, error.partial, error.is_lost) from None


def _transfer(engine: Engine, path: str, asked: Mapping[str, str], reference: Reference, seen: Transfer) -> None:
    """What goes wrong stands in the stream alone, under a status that says that all is well."""
    doing = f"{seen.word} {reference.text}"
    with signed_in_at({reference.registry}), mapped(engine, doing):
        answer = engine.api._post(path, params=asked, headers=_header(reference.registry), stream=True)
        engine.api._raise_for_status(answer)
        for message in told(engine, answer, doing):
            seen.see(message)


def _header(registry: str) -> dict[str, str]:
    """A push without credentials has the header all the same: the engine insists on it."""
    return {"X-Registry-Auth": _encoded(_auth(registry) or {})}


def _encoded(told: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode()


def _server(registry: str) -> str:
    """What the engine looks a registry's credentials up by."""
    return "https://index.docker.io/v1/" if registry == HUB else registry


def _auth(registry: str) -> Mapping[str, str] | None:
    """The credentials for a registry, where the user has any. Raises ProviderError."""
    from reign.providers.docker.credentials import credentials_for

    return credentials_for(registry, os.environ)
