"""What runs in a container begins anew; and other things that are asked of one that stands."""

from __future__ import annotations

from typing import Any

from reign.model.errors import ErrorKind, ProviderError
from reign.model.values import Spec
from reign.providers.docker.containers.look import Look
from reign.providers.docker.engine import Engine
from reign.providers.docker.errors import mapped


def posted(engine: Engine, path: str, look: Look, **params: Any) -> None:
    """Raises ProviderError."""
    with mapped(engine, f"{path.partition('/')[0]} of the container {look.name}"):
        url = engine.api._url("/containers/{0}/" + path, look.id)
        engine.api._raise_for_status(engine.api._post(url, params=params))


def begin_anew(engine: Engine, look: Look, spec: Spec) -> None:
    """Restarted; or what is asked for instead. Raises ProviderError."""
    told = spec.get("on_change")
    instead = told if isinstance(told, dict) else {}
    signal, words = instead.get("signal"), instead.get("command")
    if isinstance(signal, str):
        posted(engine, "kill", look, signal=signal)
    elif isinstance(words, list):
        _run(engine, look, [str(word) for word in words])
    else:
        _restart(engine, look)


def _restart(engine: Engine, look: Look) -> None:
    """Stopped, with the time that it may take for that, and started."""
    with mapped(engine, f"restarting the container {look.name}"):
        url = engine.api._url("/containers/{0}/restart", look.id)
        engine.api._raise_for_status(engine.api._post(url))


def _run(engine: Engine, look: Look, words: list[str]) -> None:
    with mapped(engine, f"running on_change in the container {look.name}"):
        made = engine.api.exec_create(look.id, words)
        output = engine.api.exec_start(made["Id"])
        code = engine.api.exec_inspect(made["Id"])["ExitCode"]
    if code:
        said = " ".join(output.decode("utf-8", "backslashreplace").split())[-400:]
        raise ProviderError(
            ErrorKind.FAULT,
            "on_change failed",
            f"The command of on_change ended with {code} in the container {look.name}"
            + (f", and said {said!r}." if said else "."),
            "Correct it, or leave it away: the container is then restarted.",
        )
