"""Published ports: every form of the Compose specification as one, and to the engine and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, field_validator
from pydantic import Field as Described

from reign.model.values import Spec
from reign.providers.docker.containers.addresses import ip
from reign.providers.spec import Model, refuse

_RANGE = re.compile(r"(\d+)(?:-(\d+))?")
_SHORT = re.compile(
    r"(?:(?:(?P<ip>\[[0-9a-fA-F:.]+\]|[^:/\[\]]*):)?(?P<published>[\d-]*):)?(?P<target>[\d-]+)(?:/(?P<protocol>\w+))?"
)
_HIGHEST = 65_535


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _host_port(value: Any) -> Any:
    """What the engine chooses by itself is the same as nothing."""
    return None if value in ("", 0, "0") else value


class PortSpec(Model):
    """One port of the container, and where the engine's machine listens for it."""

    target: Annotated[int, Described(ge=1, le=_HIGHEST, description="The port in the container.")]
    published: Annotated[
        str | None,
        BeforeValidator(_host_port),
        Described(
            description="The port on the machine, or a range (8000-8010) to choose from; one that is free unless given."
        ),
    ] = None
    host_ip: Annotated[str | None, Described(description="The address to listen on; all of them unless given.")] = None
    protocol: Annotated[
        Literal["tcp", "udp", "sctp"], BeforeValidator(_lower), Described(description="tcp, udp or sctp.")
    ] = "tcp"
    name: Annotated[str | None, Described(description="A name for people; the engine is not told.")] = None
    app_protocol: Annotated[str | None, Described(description="What is spoken there, for people.")] = None
    mode: Annotated[
        Literal["host", "ingress"] | None, Described(description="The same for both on a single engine.")
    ] = None

    @field_validator("published")
    @classmethod
    def _is_a_port(cls, value: Any) -> Any:
        if isinstance(value, str):
            _ends(value)
        return value

    @field_validator("host_ip")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return (ip(value) if value else None) if isinstance(value, str) else value


def _ends(text: str) -> range:
    """The ports of a range."""
    found = _RANGE.fullmatch(text)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= first <= last <= _HIGHEST:
        raise refuse(
            "docker/port",
            "Not a port",
            f"{text!r} is no port, and no range of them: numbers from 1 to {_HIGHEST} are.",
            "Write it like 8080 or 8000-8010.",
        )
    return range(first, last + 1)


def written_out(text: str) -> list[dict[str, Any]]:
    """`[[IP:][PUBLISHED]:]TARGET[/PROTOCOL]` as objects, one for each port of a range."""
    found = _SHORT.fullmatch(text.strip())
    if found is None:
        raise refuse(
            "docker/port",
            "Not a port",
            f"{text!r} is no port: [[IP:]PUBLISHED:]TARGET[/PROTOCOL] is.",
            'Write it like "8080:80" or "127.0.0.1:8080:80/tcp".',
        )
    targets, published = _ends(found["target"]), found["published"] or ""
    rest = {"host_ip": found["ip"] or None, "protocol": found["protocol"] or "tcp"}
    outside: Iterable[str | None] = [published or None] * len(targets)
    if published and len(targets) > 1:
        outside = [str(port) for port in _ends(published)]
        if len(list(outside)) != len(targets):
            raise refuse(
                "docker/port",
                "Ranges of unequal length",
                f"{text!r} has {len(_ends(published))} ports outside for {len(targets)} inside.",
                "Make both ranges equally long.",
            )
    return [_without_none({"target": at, "published": to, **rest}) for at, to in zip(targets, outside, strict=True)]


def _without_none(parts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if value is not None}


def key_of(port: Mapping[str, Any]) -> str:
    """`80/tcp`, as the engine names it."""
    return f"{port['target']}/{port.get('protocol', 'tcp')}"


def is_fixed(port: Any) -> bool:
    """Whether only one container can have it at a time."""
    published = port.get("published") if isinstance(port, dict) else None
    return isinstance(published, str) and "-" not in published


def bindings(ports: Iterable[Mapping[str, Any]]) -> dict[str, list[dict[str, str]]]:
    """To the engine: HostConfig.PortBindings."""
    found: dict[str, list[dict[str, str]]] = {}
    for port in ports:
        one = {"HostIp": str(port.get("host_ip", "")), "HostPort": str(port.get("published", ""))}
        found.setdefault(key_of(port), []).append(one)
    return found


def published_ports(bound: Mapping[str, Any] | None) -> list[Spec]:
    """The inverse of `bindings`."""
    found: list[Spec] = []
    for key, places in (bound or {}).items():
        target, _, protocol = key.partition("/")
        for place in places or [{}]:
            published = _host_port(place.get("HostPort", ""))
            parts = {"target": int(target), "published": published, "host_ip": place.get("HostIp") or None}
            found.append({**_without_none(parts), "protocol": protocol or "tcp"})
    return found


def as_told(ports: list[Spec], told: Any) -> list[Spec]:
    """`ports` with what only people read, of the same ports in `told`."""
    if not isinstance(told, list):
        return ports
    notes = {_place(port): port for port in told if isinstance(port, dict)}
    return [{**port, **_notes(notes.get(_place(port), {}))} for port in ports]


def _notes(port: Mapping[str, Any]) -> Spec:
    return {name: port[name] for name in ("name", "app_protocol", "mode") if name in port}


def _place(port: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(port.get(name) for name in ("target", "published", "host_ip", "protocol"))
