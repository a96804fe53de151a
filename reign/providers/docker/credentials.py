"""Who signs in where: what the docker command's configuration says, or the helper that it names.

Nothing of it is kept: it is read for each call, goes into a header of the request to the engine, and nowhere else.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import subprocess
from collections.abc import Mapping
from typing import Any

from reign.model.errors import ErrorKind, ProviderError
from reign.providers.docker.children import passed_on
from reign.providers.docker.contexts import docker_config

HUB = "https://index.docker.io/v1/"
"""What the registry of images without one is called in the configuration."""

_OF_HUB = frozenset(("docker.io", "index.docker.io", "registry-1.docker.io", ""))
_TIMEOUT_S = 30.0
_HELPER = re.compile(r"[A-Za-z0-9_.-]+")
_SESSION = (
    "DBUS_SESSION_BUS_ADDRESS",
    "XDG_*",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "GNUPGHOME",
    "PASSWORD_STORE_*",
    "DOCKER_CONFIG",
)
_OWN = {
    "ecr-login": ("AWS_*",),
    "gcloud": ("GOOGLE_*", "CLOUDSDK_*"),
    "gcr": ("GOOGLE_*", "CLOUDSDK_*"),
    "acr": ("AZURE_*",),
}
"""What some helpers are configured by, and only these get."""

Credentials = dict[str, str]
"""As the engine takes them: `serveraddress`, and either `username` and `password` or `identitytoken`."""


def server_of(registry: str) -> str:
    """What the configuration calls a registry (`localhost:5000`, `docker.io`)."""
    return HUB if registry in _OF_HUB else registry


def credentials_for(registry: str, environ: Mapping[str, str], timeout_s: float = _TIMEOUT_S) -> Credentials | None:
    """How to sign in to a registry; None where nothing is configured for it. Raises ProviderError."""
    config, server = docker_config(environ), server_of(registry)
    helper = _map(config.get("credHelpers")).get(server) or _map(config.get("credHelpers")).get(registry)
    helper = helper or config.get("credsStore")
    if helper:
        told = _asked(str(helper), server, environ, min(timeout_s, _TIMEOUT_S))
        if told is not None:
            return told
    return _written(_map(config.get("auths")), server)


def _written(auths: Mapping[str, Any], server: str) -> Credentials | None:
    """What stands in the configuration itself."""
    names = (server, f"https://{server}", f"http://{server}", f"https://{server}/v1/", f"https://{server}/v2/")
    entry = next((_map(auths[name]) for name in names if name in auths), None)
    if not entry:
        return None
    if token := entry.get("identitytoken"):
        return {"identitytoken": str(token), "serveraddress": server}
    if entry.get("username"):
        return _pair(str(entry["username"]), str(entry.get("password", "")), server)
    try:
        user, colon, password = base64.b64decode(str(entry.get("auth", "")), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        user, colon, password = "", "", ""
    return _pair(user, password.rstrip("\0"), server) if colon else None


def _asked(helper: str, server: str, environ: Mapping[str, str], timeout_s: float) -> Credentials | None:
    """What a helper answers (https://github.com/docker/docker-credential-helpers); None where it knows nothing."""
    name = f"docker-credential-{helper}"
    if not _HELPER.fullmatch(helper):
        raise _failed(name, "its name is not that of a program")
    env = passed_on(environ, *_SESSION, *_OWN.get(helper.partition("-env")[0], ()))
    try:
        done = subprocess.run(
            [name, "get"], input=server.encode(), env=env, capture_output=True, timeout=timeout_s, check=False
        )
    except FileNotFoundError:
        raise _failed(name, "it is not installed") from None
    except OSError as error:
        raise _failed(name, error.strerror or "it cannot be started") from None
    except subprocess.TimeoutExpired:
        raise _failed(name, f"it had not answered after {timeout_s:g} s") from None
    if done.returncode:
        said = (done.stdout or done.stderr).decode(errors="replace").strip()
        if "not found" in said.lower():
            return None
        raise _failed(name, f"it ended with exit code {done.returncode}")
    return _of_answer(name, done.stdout, server)


def _of_answer(name: str, answer: bytes, server: str) -> Credentials | None:
    try:
        told = json.loads(answer)
        user, secret = str(told["Username"]), str(told["Secret"])
    except (ValueError, KeyError, TypeError):
        raise _failed(name, "its answer is not that of a credential helper") from None
    if user == "<token>":
        return {"identitytoken": secret, "serveraddress": server}
    return _pair(user, secret, server) if secret else None


def _pair(user: str, password: str, server: str) -> Credentials:
    return {"username": user, "password": password, "serveraddress": server}


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _failed(name: str, why: str) -> ProviderError:
    return ProviderError(
        ErrorKind.DENIED,
        "Credential helper failed",
        f"The docker command's configuration names the credential helper {name}, and {why}.",
        f"Try it by hand: echo REGISTRY | {name} get; or sign in anew: docker login REGISTRY.",
    )
