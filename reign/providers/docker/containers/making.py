"""Making a container: pulled for, made, joined, given its files, started. What fails on the way leaves none behind."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Observation, Resource
from reign.model.values import Spec
from reign.ports import Call
from reign.providers.docker.conflicts import already_there
from reign.providers.docker.containers.answers import message
from reign.providers.docker.containers.contents import put
from reign.providers.docker.containers.joining import join
from reign.providers.docker.containers.kept import check_age, check_kept
from reign.providers.docker.containers.look import Look
from reign.providers.docker.containers.looking import Eyes, inspected_image, own_labels
from reign.providers.docker.containers.starting import start
from reign.providers.docker.containers.telling import observation
from reign.providers.docker.containers.writing import Request, request
from reign.providers.docker.engine import Engine
from reign.providers.docker.errors import mapped
from reign.providers.docker.found import Listed
from reign.providers.docker.marks import is_made_by, labels_of, name_of

_OTHER = "does not match the specified platform"
"""In what the engine says of an image that is there."""


def make(engine: Engine, desired: Resource, call: Call) -> Observation:
    """See `ports.Provider.create`."""
    name, eyes = name_of(desired, call), Eyes(engine, call)
    check_age(engine, desired.spec)
    asked = request(_with_entrypoint(engine, desired.spec), labels_of(desired.address, call), call.site.folder)
    made, warnings = _made(eyes, name, asked, desired)
    try:
        for network, options in asked.joins:
            join(engine, made, network, options)
        put(engine, made, desired.spec.get("files"))
        check_kept(_there(eyes, made, desired.spec), desired.spec, warnings)
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
    if answer.status_code == 404 and policy == "missing" and _is_lacking(engine, image, message(answer)):
        _pull_or_tell(engine, image, asked, message(answer))
        answer = _post(engine, name, asked)
    if answer.status_code == 409 and (there := eyes.at(name, {})) is not None:
        labels = own_labels(there.config.get("Labels"))
        if is_made_by(labels, desired.address, eyes.call):
            return there.id, []
        taker = Listed(there.id, there.name, labels)
        raise already_there("container", name, desired.address, taker, _described(there))
    if answer.status_code == 404 and inspected_image(engine, image) is not None:
        raise _names_nothing(message(answer), name) if _OTHER not in message(answer) else _other_platform(image, asked)
    with mapped(engine, f"making the container {name} of the image {image}"):
        told = engine.api._result(answer, json=True)
    return str(told["Id"]), [str(each) for each in told.get("Warnings") or ()]


def _is_lacking(engine: Engine, image: str, said: str) -> bool:
    """Whether there is no such image, or none for the platform that is meant."""
    return _OTHER in said or inspected_image(engine, image) is None


def _pull_or_tell(engine: Engine, image: str, asked: Request, said: str) -> None:
    """One that stands for another platform may have been built here, and then there is none to be pulled."""
    try:
        _pull(engine, image, asked.platform)
    except ProviderError as error:
        if _OTHER not in said:
            raise
        raise _other_platform(image, asked, error.detail) from error


def _other_platform(image: str, asked: Request, why: str = "") -> ProviderError:
    not_pulled = f" One for it could not be pulled: {why}" if why else ""
    return ProviderError(
        ErrorKind.INVALID,
        "Image of another platform",
        f"The image {image} that the engine has is not for {asked.platform}.{not_pulled}",
        "Correct `platform` or leave it away, or have an image for it: a docker.image with that `platform`.",
    )


def _described(look: Look) -> str:
    return f"of the image {look.config.get('Image')}, {look.state.get('Status')}"


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
