"""Health from outside: whether an address answers, and whether a command succeeds."""

from __future__ import annotations

import base64
import http.client
import re
import socket
import ssl
import threading
from contextlib import suppress
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from reign.model.errors import ProviderError
from reign.model.resource import HealthCheck, Readiness
from reign.ports import Call

_READ_BYTES = 2048
_SHOWN = 120
_HERE = frozenset(("localhost", "127.0.0.1", "::1", "0.0.0.0"))  # noqa: S104 - a name, to which nothing is bound
_RANGE = re.compile(r"\s*([1-5][0-9][0-9])\s*(?:-\s*([1-5][0-9][0-9])\s*)?")


def probe(check: HealthCheck, call: Call) -> Readiness:
    """See `ports.Probe`. What it says may repeat what others said: whoever passes it on masks it."""
    why = _asked(check, call)
    return Readiness("waiting", why) if why else Readiness("done")


def _asked(check: HealthCheck, call: Call) -> str:
    """Why it is not healthy; "" where it is."""
    match check.kind:
        case "http":
            return _http(str(check.target), check)
        case "tcp":
            return _tcp(str(check.target), check.timeout_s)
        case "command":
            return _command(check, call)
    return f"{check.kind} is not asked from outside"


# http


def _http(url: str, check: HealthCheck) -> str:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        if parts.scheme not in ("http", "https") or not host:
            return "the URL is none of http or https"
        connection = _connection(parts, check.timeout_s)
    except (ValueError, http.client.InvalidURL):
        return "the URL cannot be read"
    where = _where(host, port or (443 if parts.scheme == "https" else 80))
    late = threading.Event()
    timer = threading.Timer(check.timeout_s, _cut, [connection, late])
    timer.daemon = True
    timer.start()
    try:
        connection.request("GET", _path(parts), headers=_headers(parts))
        answer = connection.getresponse()
        if is_in_ranges(answer.status, check.status):
            return ""
        return f"{answer.status} from {where}{_body(answer)}"
    except (OSError, http.client.HTTPException, ValueError) as error:
        return _unreached(error, where, check.timeout_s, cut=late.is_set())
    finally:
        timer.cancel()
        connection.close()


def _connection(parts: SplitResult, timeout_s: float) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "https":
        return http.client.HTTPSConnection(host, parts.port, timeout=timeout_s, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, parts.port, timeout=timeout_s)


def _cut(connection: http.client.HTTPConnection, late: threading.Event) -> None:
    """End an answer that comes drop by drop: each drop is in time, and all of them are not."""
    late.set()
    held: Any = connection.sock
    if held is not None:
        with suppress(OSError):
            held.shutdown(socket.SHUT_RDWR)


def _path(parts: SplitResult) -> str:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return path.encode("ascii", "replace").decode() if not path.isascii() else path


def _headers(parts: SplitResult) -> dict[str, str]:
    headers = {"User-Agent": "reign", "Accept": "*/*", "Connection": "close"}
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(user.encode()).decode()}"
    return headers


def _body(answer: http.client.HTTPResponse) -> str:
    """The beginning of what it says with it, on one line."""
    with suppress(OSError, http.client.HTTPException):
        text = " ".join(answer.read(_READ_BYTES).decode(errors="replace").split())
        printable = "".join(char for char in text if char.isprintable())
        if printable and not printable.startswith("<"):
            return f": {printable[:_SHOWN]}{'...' if len(printable) > _SHOWN else ''}"
    return ""


def is_in_ranges(status: int, ranges: str) -> bool:
    """Whether an HTTP status is one of `200-399,401`."""
    for text in ranges.split(","):
        found = _RANGE.fullmatch(text)
        if found and int(found[1]) <= status <= int(found[2] or found[1]):
            return True
    return False


# tcp


def _tcp(target: str, timeout_s: float) -> str:
    host, _, port = target.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "localhost"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        return f"{target!r} is no host:port"
    where = _where(host, int(port))
    try:
        socket.create_connection((host, int(port)), timeout=timeout_s).close()
    except (OSError, ValueError) as error:
        return _unreached(error, where, timeout_s, cut=False)
    return ""


def _where(host: str, port: int) -> str:
    """`:8080` for this machine, else `db:5432`."""
    return f":{port}" if host in _HERE else f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _unreached(error: Exception, where: str, timeout_s: float, *, cut: bool) -> str:
    if cut or isinstance(error, TimeoutError):
        return f"no answer from {where} in {timeout_s:g} s"
    match error:
        case ConnectionRefusedError():
            return f"connection refused by {where}"
        case socket.gaierror():
            return f"no address for {where.rpartition(':')[0]}"
        case ssl.SSLCertVerificationError():
            return f"the certificate of {where} is not valid: {error.verify_message}"
        case http.client.HTTPException() | UnicodeError():
            return f"no HTTP from {where}"
        case OSError():
            return f"{where} cannot be reached: {(error.strerror or str(error)).lower()}"
    return f"{where} cannot be asked"


# command


def _command(check: HealthCheck, call: Call) -> str:
    from reign.providers.shell.perform import say

    try:
        ended = say(check.target, call.site, "The health command", check.timeout_s, allow=call.allow)
    except ProviderError as error:
        return error.detail.splitlines()[0] if error.detail else error.summary
    if ended.code == 0:
        return ""
    said = (ended.stderr.strip() or ended.stdout.strip()).splitlines()
    how = f"killed by signal {-ended.code}" if ended.code < 0 else f"exit code {ended.code}"
    return f"{how}: {said[-1][:_SHOWN]}" if said else how
