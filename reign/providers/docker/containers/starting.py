"""Starting a container, and who is in the way when that fails."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reign.model.errors import ErrorKind, ProviderError
from reign.providers.docker.containers.answers import message
from reign.providers.docker.containers.joining import refused_address
from reign.providers.docker.containers.takers import is_local, taker
from reign.providers.docker.engine import Engine
from reign.providers.docker.errors import from_message

_TAKEN = re.compile(r"port is already allocated|address already in use", re.IGNORECASE)
_PORT = re.compile(r"(?:Bind for|listen (?:tcp|udp)[46]?|bind host port for) \S*?:(\d+)|:(\d+)[ :]", re.IGNORECASE)
_COMMAND = re.compile(
    r"executable file not found|no such file or directory|permission denied|exec format error|is a directory"
)
_NETWORK = re.compile(r"network (\S+) not found")
_RUNS = re.compile(r"runc|OCI runtime|starting container process", re.IGNORECASE)


def start(engine: Engine, id: str, name: str) -> None:
    """Raises ProviderError, which says who is in the way where that can be told."""
    doing = f"starting the container {name}"
    answer = engine.api._post(engine.api._url("/containers/{0}/start", id))
    if answer.status_code < 400:
        return
    said = message(answer)
    if refused := refused_address(said, doing):
        raise refused
    if _TAKEN.search(said):
        raise _port_taken(engine, said, name)
    if _RUNS.search(said) and _COMMAND.search(said):
        raise _bad_command(said, name)
    if found := _NETWORK.search(said):
        raise _no_network(found[1], name)
    if _RUNS.search(said):
        raise _not_runnable(said, name)
    raise from_message(said, engine, doing, answer.status_code)


def _no_network(network: str, name: str) -> ProviderError:
    return ProviderError(
        ErrorKind.INVALID,
        "Network not found",
        f"The container {name} could not be started: the engine has no network {network}.",
        "Declare it as a docker.network, and refer to it: ${resources.NAME.name}; or correct its name.",
    )


def _bad_command(said: str, name: str) -> ProviderError:
    words = " ".join(said.split())
    return ProviderError(
        ErrorKind.INVALID,
        "Command that cannot be run",
        f"The container {name} could not be started, since what it should run cannot be: the engine said {words!r}.",
        "Correct `command` or `entrypoint`: the program has to be in the image, under this path, and executable.",
    )


def _not_runnable(said: str, name: str) -> ProviderError:
    words = " ".join(said.split())
    return ProviderError(
        ErrorKind.INVALID,
        "Container that cannot run so",
        f"The container {name} could not be started as it is declared: the engine said {words!r}.",
        "Leave away what its machine cannot do, or what does not go together.",
    )


def _port_taken(engine: Engine, said: str, name: str) -> ProviderError:
    found = _PORT.search(said)
    port = (found[1] or found[2]) if found else ""
    whose = taker(engine, port) if port else ""
    by = f" by {whose}" if whose else ""
    return ProviderError(
        ErrorKind.CONFLICT,
        "Port taken",
        f"The container {name} could not be started: port {port or 'that it publishes'} of {_machine(engine)} is taken{by}.",
        f"Publish another port, or stop {whose or 'what listens there'}.",
    )


def _machine(engine: Engine) -> str:
    return "this machine" if is_local(engine) else f"the machine of {engine.address}"


def failed_state(state: Mapping[str, Any]) -> str:
    """Why a container does not run, in words; empty where it does."""
    code = state.get("ExitCode", 0)
    if state.get("OOMKilled"):
        return f"it was killed because its memory was out (exit code {code}); give it more: mem_limit"
    if state.get("Error"):
        return f"the engine says: {state['Error']}"
    return _CODES.get(code, f"it ended with exit code {code}")


_CODES = {
    0: "it ended, with exit code 0",
    125: "the engine could not run it (exit code 125)",
    126: "its command cannot be executed (exit code 126)",
    127: "its command was not found (exit code 127)",
    137: "it was killed (exit code 137, SIGKILL)",
    139: "it crashed (exit code 139, SIGSEGV)",
    143: "it was asked to end (exit code 143, SIGTERM)",
}
