"""What the engine's errors mean: one table, for everything that talks to one.

The engine tells most of its errors in words alone, under a status that several share, so the words come first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

from reign.model.errors import ErrorKind, ProviderError


class Addressed(Protocol):
    """Something that leads to an engine."""

    @property
    def address(self) -> str:
        """Where it is, for people."""
        ...


class Meaning(NamedTuple):
    """What an error means, and what to do about it."""

    kind: ErrorKind
    summary: str
    fix: str


def _rule(words: str, kind: ErrorKind, summary: str, fix: str) -> tuple[re.Pattern[str], Meaning]:
    return re.compile(words, re.IGNORECASE), Meaning(kind, summary, fix)


_SAID = (
    _rule(
        r"HTTP request to an HTTPS server",
        ErrorKind.DENIED,
        "TLS with the engine failed",
        "It is spoken to without TLS: give the connection `tls` with ca, cert and key, or set DOCKER_TLS_VERIFY.",
    ),
    _rule(
        r"no space left on device|disk quota exceeded",
        ErrorKind.EXHAUSTED,
        "No space left on the engine's disk",
        "Free some: docker system df says what takes it, docker system prune removes what is unused.",
    ),
    _rule(
        r"cannot allocate memory|out of memory",
        ErrorKind.EXHAUSTED,
        "Out of memory on the engine's machine",
        "Stop something there, or ask for less (mem_limit).",
    ),
    _rule(
        r"task \w+: already exists",
        ErrorKind.FAULT,
        "Container that the engine has lost track of",
        "It was killed while it started that container. Remove it, and apply again: docker rm -f CONTAINER.",
    ),
    _rule(
        r"port is already allocated|address already in use",
        ErrorKind.CONFLICT,
        "Port taken",
        "Publish another port, or stop what listens there.",
    ),
    _rule(
        r"has active endpoints|active endpoints",
        ErrorKind.CONFLICT,
        "Network in use",
        "Remove the containers that are in it first, or disconnect them (docker network disconnect).",
    ),
    _rule(
        r"volume is in use",
        ErrorKind.CONFLICT,
        "Volume in use",
        "Remove the containers that use it first, stopped ones too.",
    ),
    _rule(
        r"non-overlapping|predefined address pools have been fully subnetted",
        ErrorKind.EXHAUSTED,
        "No subnet left",
        "Remove networks that are not used (docker network prune), or give this one a subnet of its own (ipam.config).",
    ),
    _rule(
        r"pool overlaps|overlaps with",
        ErrorKind.CONFLICT,
        "Subnet taken",
        "Choose a subnet that no other network of this engine has.",
    ),
    _rule(
        r"is already in use by container|with name .* already exists|a volume named .* already exists",
        ErrorKind.CONFLICT,
        "Name taken",
        "Choose another name; or import what is there, or remove it.",
    ),
    _rule(
        r"predefined \S+ network",
        ErrorKind.INVALID,
        "Name reserved by the engine",
        "Choose another name: bridge, host and none are the engine's own.",
    ),
    _rule(
        r"(layer|manifest) verification failed|unexpected (commit )?digest|digest did not match|does not match .*digest",
        ErrorKind.FAULT,
        "Not what its digest says",
        "What was sent is not used. Push it anew, or pull from another registry; look at what stands in between, too.",
    ),
    _rule(
        r"failed to get digest|unknown parent image ID|unrecognized image ID",
        ErrorKind.TRANSIENT,
        "Image removed by somebody else meanwhile",
        "Try again: what is not there any more is built anew.",
    ),
    _rule(
        r"toomanyrequests|rate limit",
        ErrorKind.THROTTLED,
        "Too many requests to the registry",
        "Wait, or sign in: a signed-in user has a higher limit (docker login).",
    ),
    _rule(
        r"unauthorized|authentication required|no basic auth|incorrect username or password|access to the resource is denied"
        r"|authorization failed",
        ErrorKind.DENIED,
        "Not authorised by the registry",
        "Sign in to it: docker login REGISTRY; check the name of the image, too.",
    ),
    _rule(
        r"no such image|manifest unknown|manifest for \S+ not found|repository \S+ not found|pull access denied"
        r"|does not exist or no pull access",
        ErrorKind.MISSING,
        "Image not found",
        "Check its name and tag. Where it is private, sign in: docker login REGISTRY.",
    ),
    _rule(
        r"no such host|server misbehaving|tls handshake timeout|i/o timeout|network is unreachable|connection refused"
        r"|context deadline exceeded|client\.timeout exceeded|connection reset by peer",
        ErrorKind.TRANSIENT,
        "Registry or host not reached from the engine",
        "Check the network and the name resolution of the engine's machine.",
    ),
    _rule(
        r"plugin .* not found|unable to find plugin|error looking up (volume|network) plugin",
        ErrorKind.INVALID,
        "No such driver on the engine",
        "Choose a driver that it has (docker info lists them), or install the plugin.",
    ),
)

_STATUS = {
    400: Meaning(ErrorKind.INVALID, "Refused by the engine", "Correct what it names."),
    401: Meaning(ErrorKind.DENIED, "Not allowed by the engine", "Use credentials that may."),
    403: Meaning(ErrorKind.DENIED, "Not allowed by the engine", "Use credentials that may."),
    404: Meaning(ErrorKind.MISSING, "Not there", "Plan again: it will be made anew."),
    409: Meaning(ErrorKind.CONFLICT, "In conflict with what is there", "Look at what it names: docker inspect."),
    413: Meaning(ErrorKind.INVALID, "Too large for the engine", "Send less."),
    429: Meaning(ErrorKind.THROTTLED, "Too many requests", "Wait a little."),
    501: Meaning(ErrorKind.INVALID, "Not supported by the engine", "Leave it away, or use a newer engine."),
    502: Meaning(ErrorKind.TRANSIENT, "Engine not reached behind its proxy", "Check the proxy in front of it."),
    503: Meaning(ErrorKind.TRANSIENT, "Engine not available", "Wait until it has started."),
    504: Meaning(ErrorKind.TRANSIENT, "Engine not reached behind its proxy", "Check the proxy in front of it."),
}
_FAULT = Meaning(ErrorKind.FAULT, "The engine failed", "Its own log says more: journalctl -u docker.")

_NOT_RUNNING = Meaning(
    ErrorKind.TRANSIENT,
    "Docker Engine not reached",
    "Start it (systemctl start docker), or name the one that is meant: DOCKER_HOST, or `host` of the connection.",
)
_NO_PERMISSION = Meaning(
    ErrorKind.DENIED,
    "No permission on the engine's socket",
    "Run as a user who may: members of the group docker (usermod -aG docker USER, then sign in anew), or root.",
)
_CUT = Meaning(
    ErrorKind.TRANSIENT,
    "Connection to the engine cut",
    "Nothing to do: what was begun is looked for before anything is done again.",
)
_LATE = Meaning(ErrorKind.TIMEOUT, "No answer in time", "Give the resource a longer `timeout`, or look at the engine.")
_TLS = Meaning(
    ErrorKind.DENIED,
    "TLS with the engine failed",
    "Check ca, cert and key of the connection, and that the engine's certificate is for this host.",
)
_NAMELESS = Meaning(ErrorKind.TRANSIENT, "Host of the engine not found", "Check the host's name in the address.")
_SSH = Meaning(
    ErrorKind.TRANSIENT,
    "Host of the engine not reached over ssh",
    "Try it by hand: ssh HOST docker version. Nothing is asked there, so use an agent or a key without a passphrase.",
)
_STRANGE = Meaning(
    ErrorKind.INVALID, "No Docker Engine at this address", "Check the address: something else answers there."
)


@contextmanager
def mapped(engine: Addressed, doing: str) -> Iterator[None]:
    """Everything that the vendor raises inside becomes a ProviderError that says what was being done (`creating it`)."""
    try:
        yield
    except ProviderError:
        raise
    except _vendors() as error:
        raise from_vendor(error, engine, doing) from error


def _vendors() -> tuple[type[BaseException], ...]:
    from docker.errors import DockerException
    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError

    return DockerException, RequestException, HTTPError, OSError, KeyError, ValueError


def from_vendor(error: BaseException, engine: Addressed, doing: str) -> ProviderError:
    """The ProviderError for what the vendor raised."""
    from docker.errors import APIError, TLSParameterError

    if isinstance(error, APIError):
        return from_message(str(error.explanation or ""), engine, doing, error.status_code or 500)
    if isinstance(error, TLSParameterError):
        return _told(_TLS, f"the files of the connection are not there or not readable ({error.msg})", engine, doing)
    meaning, said = _of_connection(error)
    return _told(meaning, said, engine, doing)


def from_message(message: str, engine: Addressed, doing: str, status: int = 500) -> ProviderError:
    """The ProviderError for words of the engine, as they stand in a stream; or under an HTTP status."""
    found = next((meaning for words, meaning in _SAID if words.search(message)), None)
    meaning = found or _STATUS.get(status) or (_FAULT if status >= 500 else _STATUS[400])
    text = " ".join(message.split()) or f"status {status}"
    return ProviderError(meaning.kind, meaning.summary, _sentence(engine, f"said {text!r}", doing), meaning.fix)


def _sentence(engine: Addressed, what: str, doing: str) -> str:
    return f"The Docker Engine at {engine.address} {what} while {doing}."


def _told(meaning: Meaning, said: str, engine: Addressed, doing: str) -> ProviderError:
    detail = f"The Docker Engine at {engine.address} could not be used while {doing}: {said}."
    return ProviderError(meaning.kind, meaning.summary, detail, meaning.fix)


def _of_connection(error: BaseException) -> tuple[Meaning, str]:
    """What a connection failed of, told by what stands at the beginning of the chain of exceptions."""
    from http.client import HTTPException
    from socket import gaierror
    from ssl import SSLError

    from requests.exceptions import ConnectTimeout, Timeout

    from reign.providers.docker.ssh import SshFailed

    chain = list(_chain(error))
    for kinds, meaning in (
        ((SshFailed,), _SSH),
        ((SSLError,), _TLS),
        ((gaierror,), _NAMELESS),
        ((PermissionError,), _NO_PERMISSION),
        ((FileNotFoundError, ConnectionRefusedError, NotADirectoryError, ConnectTimeout), _NOT_RUNNING),
        ((Timeout, TimeoutError), _LATE),
        ((ConnectionError, BrokenPipeError, HTTPException), _CUT),
        ((OSError,), _NOT_RUNNING),
    ):
        found = next((each for each in chain if isinstance(each, kinds)), None)
        if found is not None:
            return _corrected(meaning, found), _words(found)
    return _STRANGE, "its answer is not that of one"


def _corrected(meaning: Meaning, found: BaseException) -> Meaning:
    """A connection that requests calls broken, of which nothing below tells why, was cut."""
    from requests.exceptions import ConnectionError as Broken

    return _CUT if meaning is _NOT_RUNNING and isinstance(found, Broken) and not _is_timeout(found) else meaning


def _is_timeout(error: BaseException) -> bool:
    from requests.exceptions import Timeout

    return isinstance(error, Timeout)


def _words(error: BaseException) -> str:
    said: Any = getattr(error, "strerror", None) or error
    return " ".join(str(said).split()).rstrip(".") or type(error).__name__


def _chain(error: BaseException) -> Iterator[BaseException]:
    """`error` and everything that it was raised from or carries, the innermost first."""
    seen: list[BaseException] = []
    left = [error]
    while left:
        each = left.pop(0)
        if each not in seen:
            seen.append(each)
            inner = [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
            left += [part for part in inner if isinstance(part, BaseException)]
    yield from reversed(seen)
