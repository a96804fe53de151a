"""Which engine is meant: what a connection says, else the environment, else the docker command's own configuration."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reign.model.errors import ErrorKind, ProviderError
from reign.model.nearest import nearest
from reign.ports import Call

DEFAULT_SOCKET = "unix:///var/run/docker.sock"
_SETTINGS = ("host", "context", "tls")
_TLS = ("ca", "cert", "key", "verify")
_SCHEMES = ("unix://", "tcp://", "http://", "https://", "ssh://")


@dataclass(frozen=True, slots=True)
class Tls:
    """Files of a TLS connection, absolute; empty where there is none. `verify`: whether the engine must prove who it is."""

    ca: str = ""
    cert: str = ""
    key: str = ""
    verify: bool = True


@dataclass(frozen=True, slots=True)
class Target:
    """One engine: its address, and who named it, in words."""

    address: str
    named_by: str
    tls: Tls | None = None


def target_of(call: Call, environ: Mapping[str, str]) -> Target:
    """The engine of a call. Raises ProviderError: `invalid`, or `denied` where only a trusted folder may name it."""
    settings, name = dict(call.connection.settings), call.connection.name
    _check_settings(settings, name)
    if not call.site.trusted and (settings or not environ.get("DOCKER_HOST")):
        raise ProviderError(
            ErrorKind.DENIED,
            "Folder is not trusted",
            f"The folder is not trusted, and nothing but the project or a default names the engine of {name}.",
            "Trust the folder (reign trust), or name the engine: DOCKER_HOST.",
        )
    host, context = settings.get("host"), settings.get("context")
    if host is not None:
        return Target(_address(str(host), name), f"the connection {name}", _given_tls(settings, call))
    if context is not None:
        return context_target(str(context), environ)
    return _from_environ(environ)


def _from_environ(environ: Mapping[str, str]) -> Target:
    if host := environ.get("DOCKER_HOST"):
        return Target(_address(host, "DOCKER_HOST"), "DOCKER_HOST", _environ_tls(environ))
    context = environ.get("DOCKER_CONTEXT") or docker_config(environ).get("currentContext")
    if context and context != "default":
        return context_target(str(context), environ)
    return Target(DEFAULT_SOCKET, "the default socket")


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
        return Target(DEFAULT_SOCKET, "the context default")
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
    return Target(_address(host, f"context {context}"), f"the context {context}", tls)


def contexts(environ: Mapping[str, str]) -> list[str]:
    """The names of all contexts."""
    names = ["default"]
    for path in sorted((config_folder(environ) / "contexts" / "meta").glob("*/meta.json")):
        try:
            names.append(str(json.loads(path.read_bytes())["Name"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return names


def _given_tls(settings: Mapping[str, Any], call: Call) -> Tls | None:
    given = settings.get("tls")
    if not isinstance(given, Mapping):
        return Tls() if given is True else None
    files = {
        name: str(Path(call.site.folder, Path(str(given[name])).expanduser()))
        for name in ("ca", "cert", "key")
        if given.get(name)
    }
    return Tls(verify=given.get("verify") is not False, **files)


def _environ_tls(environ: Mapping[str, str]) -> Tls | None:
    """See https://docs.docker.com/reference/cli/docker/#environment-variables."""
    if not environ.get("DOCKER_TLS_VERIFY") and not environ.get("DOCKER_TLS"):
        return None
    folder = Path(environ.get("DOCKER_CERT_PATH") or config_folder(environ))
    there = {stem: str(folder / f"{stem}.pem") for stem in ("ca", "cert", "key") if (folder / f"{stem}.pem").is_file()}
    return Tls(verify=bool(environ.get("DOCKER_TLS_VERIFY")), **there)


def _check_settings(settings: Mapping[str, Any], name: str) -> None:
    for key in settings:
        if key not in _SETTINGS:
            raise _misunderstood(name, f"has a setting {key!r}", key, _SETTINGS)
    for key in ("host", "context"):
        if settings.get(key) is not None and not isinstance(settings[key], str):
            raise _misunderstood(name, f"has a `{key}` that is no text")
    if settings.get("host") is not None and settings.get("context") is not None:
        raise _misunderstood(name, "has both a `host` and a `context`, and one of them names the engine")
    tls = settings.get("tls")
    if tls is not None and settings.get("host") is None:
        raise _misunderstood(name, "has `tls` and no `host` to use it with")
    if tls is not None and not isinstance(tls, Mapping | bool):
        raise _misunderstood(name, "has a `tls` that is neither a map nor true or false")
    for key in tls if isinstance(tls, Mapping) else ():
        if key not in _TLS:
            raise _misunderstood(name, f"has a setting `tls.{key}`", key, _TLS)


def _address(host: str, named_by: str) -> str:
    host = f"unix://{host}" if host.startswith("/") else host
    if not host.startswith(_SCHEMES):
        raise ProviderError(
            ErrorKind.INVALID,
            "Not the address of an engine",
            f"{named_by} names {host!r}, which is none.",
            "Write it like unix:///run/docker.sock, tcp://host:2376 or ssh://user@host.",
        )
    return host


def _misunderstood(name: str, what: str, key: str = "", keys: tuple[str, ...] = ()) -> ProviderError:
    meant = nearest(key, keys) if key else ""
    fix = (
        f"Rename it to {meant!r}."
        if meant
        else "It takes `host`, or `context`, and with a host `tls` with ca, cert, key, verify."
    )
    return ProviderError(ErrorKind.INVALID, "Connection not understood", f"The connection {name} {what}.", fix)


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
