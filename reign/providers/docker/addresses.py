"""Addresses of engines, as `DOCKER_HOST`, contexts and connections write them."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

NOT_ONE = "Not the address of an engine"
WRITE_IT = "Write it like unix:///run/docker.sock, tcp://host:2376 or ssh://user@host."

_TCP = ("tcp", "http", "https")
_PORT, _TLS_PORT = 2375, 2376


def canonical(text: str) -> str:
    """An address in the one form in which it is used here. Raises ValueError with what is wrong with it, as a sentence."""
    text = f"unix://{text}" if text.startswith("/") else text.strip()
    parts = _split(text)
    if parts.scheme == "unix":
        if not text.removeprefix("unix://").startswith("/"):
            raise ValueError(f"{text!r} names no absolute path of a socket.")
    elif parts.scheme not in (*_TCP, "ssh"):
        raise ValueError(f"{text!r} is none: it begins neither with unix:// nor with tcp:// nor with ssh://.")
    elif not parts.hostname:
        raise ValueError(f"{text!r} names no host.")
    elif parts.password is not None:
        raise ValueError("It holds a password, and no engine takes one.")
    elif parts.query or parts.fragment:
        raise ValueError(f"{text!r} has something behind a `?` or a `#`.")
    return text


def is_tcp(address: str) -> bool:
    """Whether a canonical address leads over TCP, which TLS may guard."""
    return address.startswith(tuple(f"{scheme}://" for scheme in _TCP))


def with_port(address: str, has_tls: bool) -> str:
    """A canonical address with the port that the docker command takes where it names none."""
    parts = _split(address)
    if not is_tcp(address) or parts.port:
        return address
    return parts._replace(netloc=f"{parts.netloc}:{_TLS_PORT if has_tls else _PORT}").geturl()


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError(f"{text!r} has a port or a host that is none.") from None
    return parts
