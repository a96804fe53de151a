"""What an engine says of an object that it holds: its own description, and what a container wrote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Snapshot
from reign.model.values import Spec
from reign.providers.docker.engine import Engine
from reign.providers.docker.errors import mapped

CONTAINER = "docker.container"
_INSPECTED: Mapping[str, str] = {
    CONTAINER: "inspect_container",
    "docker.image": "inspect_image",
    "docker.network": "inspect_network",
    "docker.volume": "inspect_volume",
}


def logs(engine: Engine, prior: Snapshot, lines: int, follow: bool) -> Iterator[str]:
    """See `ports.Logs`. What went to stdout and to stderr comes as the engine has put it in order."""
    what = prior.address.type.removeprefix("docker.")
    with mapped(engine, f"asking for the logs of the {what} {_name(prior)}"):
        told = engine.api.logs(prior.external_id, stream=True, follow=follow, tail=lines)
        try:
            yield from whole_lines(told)
        finally:
            told.close()


def check_writes(prior: Snapshot) -> None:
    """Raises ProviderError `invalid` for what is no container."""
    if prior.address.type != CONTAINER:
        raise ProviderError(
            ErrorKind.INVALID,
            "No logs",
            f"{prior.address} is a {prior.address.type}, and of all that an engine holds only containers write something.",
            "How the engine describes it: reign inspect ADDRESS",
        )


def inspect(engine: Engine, prior: Snapshot) -> Spec:
    """See `ports.Inspect`."""
    what = prior.address.type.removeprefix("docker.")
    with mapped(engine, f"looking at the {what} {_name(prior)}"):
        found: Spec = getattr(engine.api, _INSPECTED[prior.address.type])(prior.external_id)
    return found


def whole_lines(parts: Iterable[bytes]) -> Iterator[str]:
    """The lines of what comes in parts, without their ends; the last one need not have one."""
    begun = b""
    for part in parts:
        *lines, begun = (begun + part).split(b"\n")
        yield from map(_text, lines)
    if begun:
        yield _text(begun)


def _text(line: bytes) -> str:
    return line.removesuffix(b"\r").decode(errors="backslashreplace")


def _name(prior: Snapshot) -> str:
    name = prior.outputs.get("name")
    return name if isinstance(name, str) else prior.external_id
