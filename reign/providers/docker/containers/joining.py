"""A container joins networks, and leaves them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reign.providers.docker.containers.starting import message
from reign.providers.docker.engine import Engine
from reign.providers.docker.errors import mapped


def join(engine: Engine, id: str, network: str, options: Mapping[str, Any]) -> None:
    """Raises ProviderError. One that it is in is joined already: the answer to an earlier call was lost."""
    with mapped(engine, f"joining the network {network}"):
        url = engine.api._url("/networks/{0}/connect", network)
        answer = engine.api._post_json(url, {"Container": id, "EndpointConfig": dict(options)})
        if not (answer.status_code == 403 and "already exists in network" in message(answer)):
            engine.api._raise_for_status(answer)


def leave(engine: Engine, id: str, network: str) -> None:
    """Raises ProviderError. One that it is not in is left already."""
    with mapped(engine, f"leaving the network {network}"):
        url = engine.api._url("/networks/{0}/disconnect", network)
        answer = engine.api._post_json(url, {"Container": id, "Force": True})
        if answer.status_code != 404:
            engine.api._raise_for_status(answer)
