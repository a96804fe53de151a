"""Which engine is meant: what a connection says, else the environment, else the docker command's own configuration."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reign.model.errors import ErrorKind, InvalidSpec, ProviderError
from reign.model.nearest import nearest
from reign.model.values import Spec, Value
from reign.ports import Call
from reign.providers.docker.addresses import NOT_ONE, WRITE_IT, canonical, is_tcp, with_port
from reign.providers.docker.specs.connection import checked_settings

DEFAULT_SOCKET = "unix:///var/run/docker.sock"


@dataclass(frozen=True, slots=True)
class Tls:
    """Files of a TLS connection, absolute; empty where there is none. `verify`: whether the engine must prove who it is."""

    ca: str = ""
    cert: str = ""
    key: str = ""
    verify: bool = True


@dataclass(frozen=True, slots=True)
class Target:
    """One engine: where it is, and how it proves that."""

    address: str
    tls: Tls | None = None


def target_of(call: Call, environ: Mapping[str, str]) -> Target:
    """The engine of a call. Raises ProviderError: `invalid`, or `denied` where only a trusted folder may name it."""
    name, settings = call.connection.name, _understood(call)
    if not call.site.trusted and (call.connection.settings or not environ.get("DOCKER_HOST")):
        raise ProviderError(
            ErrorKind.DENIED,
            "Folder is not trusted",
            f"The folder is not trusted, and nothing but the project or a default names the engine of {name}.",
            "Trust the folder (reign trust), or name the engine: DOCKER_HOST.",
        )
    if host := settings.get("host"):
        return _target(str(host), f"the connection {name}", _given_tls(settings.get("tls"), call))
    if context := settings.get("context"):
        return context_target(str(context), environ)
    return _from_environ(environ)


def docker_command(call: Call, target: Target) -> str:
    """The words with which a user's own docker command reaches the engine of a call."""
    settings, words = call.connection.settings, ["docker"]
    if context := settings.get("context"):
        words += ["--context", str(context)]
    elif settings.get("host"):
        words += ["-H", target.address, *_tls_words(target.tls)]
    return shlex.join(words)


def _tls_words(tls: Tls | None) -> list[str]:
    if tls is None:
        return []
    files = (("--tlscacert", tls.ca), ("--tlscert", tls.cert), ("--tlskey", tls.key))
    return ["--tlsverify" if tls.verify else "--tls", *(f"{name}={file}" for name, file in files if file)]


def _understood(call: Call) -> Spec:
    try:
        return checked_settings(call.connection.settings)
    except InvalidSpec as error:
        found, name = error.problems[0], call.connection.name
        raise ProviderError(
            ErrorKind.INVALID, "Connection not understood", f"The connection {name}: {found.detail}", found.fix
        ) from None


def _target(host: str, named_by: str, tls: Tls | None) -> Target:
    try:
        address = canonical(host)
    except ValueError as error:
        raise ProviderError(ErrorKind.INVALID, NOT_ONE, f"What {named_by} names: {error}", WRITE_IT) from None
    return Target(with_port(address, tls is not None), tls if is_tcp(address) else None)


def _from_environ(environ: Mapping[str, str]) -> Target:
    if host := environ.get("DOCKER_HOST"):
        return _target(host, "DOCKER_HOST", _environ_tls(environ))
    context = environ.get("DOCKER_CONTEXT") or docker_config(environ).get("currentContext")
    if context and context != "default":
        return context_target(str(context), environ)
    return Target(DEFAULT_SOCKET)


def config_folder(environ: Mapping[str, str]) -> Path:
    """Where the docker command keeps its configuration."""
    return Path(environ.get("DOCKER_CONFIG") or Path(environ.get("HOME") or "/", ".docker"))


def docker_config(environ: Mapping[str, str]) -> dict[str, Any]:
    """The configuration of the docker command; empty where there is none. Raises ProviderError where it cannot be read."""
    path = config_folder(environ) / "config.json"
    try:
        told = json.loads(path.read_bytes() or b"{}")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    return told if isinstance(told, dict) else {}


def context_target(context: str, environ: Mapping[str, str]) -> Target:
    """The engine that a context of the docker command names. Raises ProviderError."""
    if context == "default":
        return Target(DEFAULT_SOCKET)
    folder = config_folder(environ) / "contexts"
    digest = hashlib.sha256(context.encode()).hexdigest()
    path = folder / "meta" / digest / "meta.json"
    try:
        endpoint = json.loads(path.read_bytes())["Endpoints"]["docker"]
        host, skips = str(endpoint["Host"]), bool(endpoint.get("SkipTLSVerify"))
    except FileNotFoundError:
        raise _no_context(context, folder) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(path, error) from error
    files = {stem: folder / "tls" / digest / "docker" / f"{stem}.pem" for stem in ("ca", "cert", "key")}
    there = {stem: str(file) for stem, file in files.items() if file.is_file()}
    tls = Tls(verify=not skips, **there) if there or skips else None
    return _target(host, f"the context {context}", tls)


def contexts(environ: Mapping[str, str]) -> list[str]:
    """The names of all contexts."""
    names = ["default"]
    for path in sorted((config_folder(environ) / "contexts" / "meta").glob("*/meta.json")):
        try:
            names.append(str(json.loads(path.read_bytes())["Name"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return names


def _given_tls(given: Value, call: Call) -> Tls | None:
    if not isinstance(given, dict):
        return None
    files = {name: _file(str(given[name]), name, call) for name in ("ca", "cert", "key") if given.get(name)}
    return Tls(verify=given.get("verify") is not False, **files)


def _file(path: str, setting: str, call: Call) -> str:
    found = Path(call.site.folder, Path(path).expanduser())
    if not found.is_file():
        raise ProviderError(
            ErrorKind.INVALID,
            "File of the connection is not there",
            f"`tls.{setting}` of the connection {call.connection.name} names {found}, and no file stands there.",
            "Put it there, or name it relative to the project folder.",
        )
    return str(found)


def _environ_tls(environ: Mapping[str, str]) -> Tls | None:
    """See https://docs.docker.com/reference/cli/docker/#environment-variables."""
    if not environ.get("DOCKER_TLS_VERIFY") and not environ.get("DOCKER_TLS"):
        return None
    folder = Path(environ.get("DOCKER_CERT_PATH") or config_folder(environ))
    there = {stem: str(folder / f"{stem}.pem") for stem in ("ca", "cert", "key") if (folder / f"{stem}.pem").is_file()}
    return Tls(verify=bool(environ.get("DOCKER_TLS_VERIFY")), **there)


def _no_context(context: str, folder: Path) -> ProviderError:
    names = contexts({"DOCKER_CONFIG": str(folder.parent)})
    meant = nearest(context, names)
    return ProviderError(
        ErrorKind.INVALID,
        "No such context",
        f"The docker command has no context {context!r}; there are {', '.join(names)}.",
        f"Did you mean {meant!r}?" if meant else f"Make it: docker context create {context} --docker host=...",
    )


def _unreadable(path: Path, error: Exception) -> ProviderError:
    said = error.strerror if isinstance(error, OSError) else "it is not what the docker command writes"
    return ProviderError(
        ErrorKind.INVALID,
        "Configuration of docker cannot be read",
        f"{path}: {said}.",
        "Repair that file, or move it away.",
    )
