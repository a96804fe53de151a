"""Making a container: pulled for, made, joined, started. What fails on the way leaves none behind."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Observation, Resource
from reign.model.values import Spec
from reign.ports import Call
from reign.providers.docker.conflicts import already_there, unsupported
from reign.providers.docker.containers.looking import Eyes, inspected_image, own_labels
from reign.providers.docker.containers.reading import Look, declared
from reign.providers.docker.containers.starting import message, start
from reign.providers.docker.containers.telling import observation
from reign.providers.docker.containers.writing import Request, request
from reign.providers.docker.engine import Engine
from reign.providers.docker.errors import mapped
from reign.providers.docker.found import Listed
from reign.providers.docker.marks import is_made_by, labels_of, name_of


def make(engine: Engine, desired: Resource, call: Call) -> Observation:
    """See `ports.Provider.create`."""
    name, eyes = name_of(desired, call), Eyes(engine, call)
    _check_age(engine, desired.spec)
    asked = request(_with_entrypoint(engine, desired.spec), labels_of(desired.address, call), call.site.folder)
    made, warnings = _made(eyes, name, asked, desired)
    try:
        for network, options in asked.joins:
            join(engine, made, network, options)
        _check_kept(eyes, made, desired.spec, warnings)
        with mapped(engine, f"starting the container {name}"):
            start(engine, made, name)
        look = _there(eyes, made, desired.spec)
    except ProviderError as error:
        raise _undone(eyes, made, desired.spec, error) from error
    return observation(look, desired.spec)


def _made(eyes: Eyes, name: str, asked: Request, desired: Resource) -> tuple[str, list[str]]:
    """The id of a container that is made, and what the engine warned of; or of one that this very call made before."""
    engine, policy = eyes.engine, desired.spec.get("pull_policy")
    image = str(desired.spec["image"])
    if policy == "always":
        _pull(engine, image, asked.platform)
    answer = _post(engine, name, asked)
    if answer.status_code == 404 and policy == "missing" and inspected_image(engine, image) is None:
        _pull(engine, image, asked.platform)
        answer = _post(engine, name, asked)
    if answer.status_code == 409 and (there := eyes.at(name, {})) is not None:
        labels = own_labels(there.config.get("Labels"))
        if is_made_by(labels, desired.address, eyes.call):
            return there.id, []
        raise already_there("container", name, desired.address, Listed(there.id, there.name, labels))
    if answer.status_code == 404 and inspected_image(engine, image) is not None:
        raise _names_nothing(message(answer), name)
    with mapped(engine, f"making the container {name} of the image {image}"):
        told = engine.api._result(answer, json=True)
    return str(told["Id"]), [str(each) for each in told.get("Warnings") or ()]


def _names_nothing(said: str, name: str) -> ProviderError:
    return ProviderError(
        ErrorKind.INVALID,
        "Named, and not there",
        f"The container {name} could not be made, since something that it names is not there: the engine said {said!r}.",
        "Declare that too, and refer to it: ${resources.NAME.name}; or correct its name.",
    )


def _post(engine: Engine, name: str, asked: Request) -> Any:
    params = {"name": name, **({"platform": asked.platform} if asked.platform else {})}
    with mapped(engine, f"making the container {name}"):
        return engine.api._post_json(engine.api._url("/containers/create"), asked.body, params=params)


def _pull(engine: Engine, image: str, platform: str) -> None:
    from reign.providers.docker.images.references import read_reference
    from reign.providers.docker.images.transfer import pull

    pull(engine, read_reference(image), platform)


def _with_entrypoint(engine: Engine, spec: Spec) -> Spec:
    """An empty command takes that of the image away, which the engine does only beside an entrypoint."""
    if spec.get("command") != [] or "entrypoint" in spec:
        return spec
    image = inspected_image(engine, str(spec["image"])) or {}
    return {**spec, "entrypoint": (image.get("Config") or {}).get("Entrypoint") or []}


def join(engine: Engine, id: str, network: str, options: Mapping[str, Any]) -> None:
    """Raises ProviderError."""
    with mapped(engine, f"joining the network {network}"):
        url = engine.api._url("/networks/{0}/connect", network)
        answer = engine.api._post_json(url, {"Container": id, "EndpointConfig": dict(options)})
        engine.api._raise_for_status(answer)


def leave(engine: Engine, id: str, network: str) -> None:
    """Raises ProviderError. One that it is not in is left already."""
    with mapped(engine, f"leaving the network {network}"):
        url = engine.api._url("/networks/{0}/disconnect", network)
        answer = engine.api._post_json(url, {"Container": id, "Force": True})
        if answer.status_code != 404:
            engine.api._raise_for_status(answer)


def _there(eyes: Eyes, id: str, spec: Spec) -> Look:
    look = eyes.at(id, spec)
    if look is None:
        raise ProviderError(
            ErrorKind.MISSING,
            "Gone",
            f"The container {id[:12]} was made, and is not there any more.",
            "Plan again: it will be made anew.",
        )
    return look


# What the engine does not do


_SINCE = {"annotations": "1.43", "healthcheck.start_interval": "1.44"}
_MOUNT_SINCE = {"bind.recursive": "1.44", "volume.subpath": "1.45", "image": "1.48", "image.subpath": "1.48"}


_NETWORK_SINCE = {"mac_address": "1.44", "interface_name": "1.48", "gw_priority": "1.48"}


def _check_age(engine: Engine, spec: Spec) -> None:
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


def _check_kept(eyes: Eyes, id: str, spec: Spec, warnings: list[str]) -> None:
    """What the engine leaves out of a container that it makes all the same is told. Raises ProviderError `invalid`."""
    seen = declared(_there(eyes, id, spec), spec)
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


def _undone(eyes: Eyes, id: str, spec: Spec, error: ProviderError) -> ProviderError:
    """The error, once what was made is removed again; with what is left in it where that fails."""
    try:
        remove(eyes.engine, id)
    except ProviderError:
        look = None
        with suppress(ProviderError):
            look = eyes.at(id, spec)
        partial = observation(look, spec) if look else None
        return ProviderError(error.kind, error.summary, error.detail, error.fix, partial, error.is_lost)
    return error


def remove(engine: Engine, id: str) -> None:
    """Whatever it does, with its nameless volumes. Absent is success. Raises ProviderError."""
    with mapped(engine, f"removing the container {id[:12]}"):
        answer = engine.api._delete(engine.api._url("/containers/{0}", id), params={"force": 1, "v": 1})
        if answer.status_code != 404:
            engine.api._raise_for_status(answer)
