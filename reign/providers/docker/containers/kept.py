"""What an engine does not do of what it is asked for: it is told, and not passed over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reign.model.errors import ErrorKind, ProviderError
from reign.model.values import Spec
from reign.providers.docker.conflicts import unsupported
from reign.providers.docker.containers.look import Look
from reign.providers.docker.containers.reading import declared
from reign.providers.docker.engine import Engine

_SINCE = {"annotations": "1.43", "healthcheck.start_interval": "1.44"}
_MOUNT_SINCE = {"bind.recursive": "1.44", "volume.subpath": "1.45", "image": "1.48", "image.subpath": "1.48"}


_NETWORK_SINCE = {"mac_address": "1.44", "interface_name": "1.48", "gw_priority": "1.48"}


def check_age(engine: Engine, spec: Spec) -> None:
    """What an older engine would not notice is told. Raises ProviderError `invalid`."""
    from docker.utils import version_lt

    for what, since in _asked(spec):
        if version_lt(engine.api._version, since):
            raise unsupported(what, since, engine)


def _asked(spec: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = [(path, since) for path, since in _SINCE.items() if _has(spec, path)]
    for mount in spec.get("volumes") or ():
        found += [(f"volumes: {path}", since) for path, since in _MOUNT_SINCE.items() if _has(mount, path)]
        found += [("volumes: type image", "1.48")] if mount.get("type") == "image" else []
    for network in spec.get("networks") or ():
        found += [(f"networks: {name}", since) for name, since in _NETWORK_SINCE.items() if name in network]
    return found


def _has(value: Any, path: str) -> bool:
    for part in path.split("."):
        if not isinstance(value, dict) or value.get(part) is None:
            return False
        value = value[part]
    return True


def check_kept(look: Look, spec: Spec, warnings: list[str]) -> None:
    """What the engine leaves out of a container that it makes all the same is told. Raises ProviderError `invalid`."""
    seen = declared(look, spec)
    lost = [
        name for name, value in spec.items() if value is not None and seen.get(name) != value and name not in _LATER
    ]
    if not lost:
        return
    said = f" It says: {' '.join(warnings)}" if warnings else ""
    names = ", ".join(lost)
    raise ProviderError(
        ErrorKind.INVALID,
        "Not kept by the engine",
        f"The engine made the container without {names} as declared: what it has is not what was asked for.{said}",
        f"Leave {names} away, or write it as this engine keeps it.",
    )


_LATER = ("state", "networks")
