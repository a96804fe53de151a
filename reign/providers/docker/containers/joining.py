"""A container joins networks, and leaves them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reign.model.errors import ErrorKind, ProviderError
from reign.providers.docker.containers.answers import message
from reign.providers.docker.engine import Engine
from reign.providers.docker.errors import mapped

_ALREADY, _NOT_IN_IT = "already exists in network", "is not connected to"
_ADDRESS = {
    "Address already in use": (
        ErrorKind.CONFLICT,
        "Address taken",
        "Choose an address that no other container of the network has: docker network inspect tells them.",
    ),
    "does not belong to any of this network's subnets": (
        ErrorKind.INVALID,
        "Address outside of the network",
        "Choose one of a subnet that the network has: see `ipam` of the docker.network.",
    ),
    "only when connecting to networks with user configured subnets": (
        ErrorKind.INVALID,
        "Fixed address in a network without a subnet of its own",
        "Give the docker.network a subnet: ipam: {config: [{subnet: ...}]}.",
    ),
}
"""As the engine says it; of a port that is taken it says the same in small letters."""


def join(engine: Engine, id: str, network: str, options: Mapping[str, Any]) -> None:
    """Raises ProviderError. One that it is in is joined already: the answer to an earlier call was lost."""
    with mapped(engine, f"joining the network {network}"):
        url = engine.api._url("/networks/{0}/connect", network)
        answer = engine.api._post_json(url, {"Container": id, "EndpointConfig": dict(options)})
        if answer.status_code < 400 or _ALREADY in (said := message(answer)):
            return
        if refused := refused_address(said, f"joining the network {network}"):
            raise refused
        engine.api._raise_for_status(answer)


def leave(engine: Engine, id: str, network: str) -> None:
    """Raises ProviderError. One that it is not in is left already."""
    with mapped(engine, f"leaving the network {network}"):
        url = engine.api._url("/networks/{0}/disconnect", network)
        answer = engine.api._post_json(url, {"Container": id, "Force": True})
        if answer.status_code != 404 and not (answer.status_code >= 400 and _NOT_IN_IT in message(answer)):
            engine.api._raise_for_status(answer)


def refused_address(said: str, doing: str) -> ProviderError | None:
    """What the engine says of a fixed address in a network, as an error of its own; None where it says something else."""
    for words, (kind, summary, fix) in _ADDRESS.items():
        if words in said:
            return ProviderError(kind, summary, f"The engine said {' '.join(said.split())!r} while {doing}.", fix)
    return None
