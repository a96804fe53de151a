"""The networks of a container that stands: joined as they should be, and as they were where that fails."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from reign.model.errors import ErrorKind, ProviderError
from reign.model.values import Spec
from reign.providers.docker.containers.attached import endpoint, in_order
from reign.providers.docker.containers.joining import join, leave
from reign.providers.docker.containers.look import Look
from reign.providers.docker.containers.reading import declared
from reign.providers.docker.containers.sharing import endpoints
from reign.providers.docker.containers.standing import usual_network
from reign.providers.docker.engine import Engine

_PRIVATE = ("host", "none")
"""Modes that a container that runs can neither be put into nor be taken out of."""

_MAYBE_DONE = (ErrorKind.TRANSIENT, ErrorKind.TIMEOUT)
"""After these it is asked for again, or looked for."""

Networks = dict[str, Mapping[str, Any]]


def rejoined(engine: Engine, look: Look, spec: Spec) -> str:
    """Where a network cannot be joined, it is in those again that it was in. Raises ProviderError."""
    gone, new = _by_mode(look, spec) if spec.get("networks") is None else _as_declared(look, spec)
    if not gone and not new:
        return ""
    links = [str(link) for link in _list(spec.get("links"))]
    try:
        for name in gone:
            leave(engine, look.id, name)
        _join_all(engine, look, new, links)
    except ProviderError as error:
        if error.kind in _MAYBE_DONE:
            raise
        raise _back(engine, look, gone, new, links, error) from error
    return "joined"


def _as_declared(look: Look, spec: Spec) -> tuple[Networks, Networks]:
    """What is to be left and what is to be joined; both, where it is otherwise than it should."""
    seen = _by_name(declared(look, spec).get("networks"))
    wanted = _by_name(in_order(_objects(spec["networks"])))
    return _without(seen, wanted), _without(wanted, seen)


def _without(networks: Networks, others: Networks) -> Networks:
    return {name: each for name, each in networks.items() if each != others.get(name)}


def _by_mode(look: Look, spec: Spec) -> tuple[Networks, Networks]:
    """Nothing is declared: it is in the network of its mode, and in no other."""
    usual, there = usual_network(look), endpoints(look)
    if usual.startswith("container:"):
        return {}, {}
    seen = _by_name(declared(look, {**spec, "networks": []}).get("networks"))
    gone = {name: seen.get(name, {"name": name}) for name in there if name != usual}
    return gone, {} if usual in (*there, *_PRIVATE) else {usual: {"name": usual}}


def _join_all(engine: Engine, look: Look, networks: Networks, links: list[str]) -> None:
    for name, each in networks.items():
        join(engine, look.id, name, endpoint(each, links))


def _back(
    engine: Engine, look: Look, gone: Networks, new: Networks, links: list[str], error: ProviderError
) -> ProviderError:
    """The error, once it is in `gone` again and in none of `new`; with what is left where that fails."""
    for name in {**new, **gone}:
        with suppress(ProviderError):
            leave(engine, look.id, name)
    lost = []
    for name, each in gone.items():
        try:
            join(engine, look.id, name, endpoint(each, links))
        except ProviderError:
            lost.append(name)
    stands = f"It is out of {', '.join(lost)} until it is applied again." if lost else "Its networks are as they were."
    return ProviderError(error.kind, error.summary, f"{error.detail} {stands}", error.fix, error.partial, error.is_lost)


def _by_name(networks: Any) -> Networks:
    return {str(each["name"]): each for each in _objects(networks)}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in _list(value) if isinstance(each, dict)]
