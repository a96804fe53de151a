"""Whether the published ports of a container take connections, from where Reign runs."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from reign.providers.docker.containers.look import Look
from reign.providers.docker.engine import Engine

_CONNECT_S = 2.0
_HELD_S = 0.3
_EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104
_HERE = "127.0.0.1"


def published(look: Look, engine: Engine) -> list[tuple[str, str, int]]:
    """Each TCP port that it publishes, as it is called in the container, with where it is reached: host and port."""
    there = (look.raw.get("NetworkSettings") or {}).get("Ports") or {}
    machine = _machine(engine)
    found = {
        (key, machine if place.get("HostIp", "") in _EVERYWHERE else str(place["HostIp"]), int(place["HostPort"]))
        for key, places in there.items()
        if key.endswith("/tcp")
        for place in places or ()
    }
    return sorted(found)


def unreached(look: Look, engine: Engine) -> Iterator[str]:
    """What keeps each of them that takes no connection, in words."""
    is_far = _machine(engine) != _HERE
    for key, host, port in published(look, engine):
        why = "is published for that machine alone" if is_far and _is_its_own(host) else _refusal(host, port)
        if why:
            yield f"port {port} of {host}, which leads to {key}, {why}"


def _machine(engine: Engine) -> str:
    return urlsplit(engine.address).hostname or _HERE


def _is_its_own(host: str) -> bool:
    return host.startswith("127.") or host == "::1"


def _refusal(host: str, port: int) -> str:
    """Empty where a connection is taken and held: where nothing listens in the container, the engine takes it and lets go."""
    try:
        with socket.create_connection((host, port), _CONNECT_S) as line:
            line.settimeout(_HELD_S)
            return "" if _is_held(line) else "is not answered in the container"
    except OSError as error:
        return f"takes no connection ({str(error.strerror or error).lower()})"


def _is_held(line: socket.socket) -> bool:
    try:
        return bool(line.recv(1))
    except TimeoutError:
        return True
    except OSError:
        return False
