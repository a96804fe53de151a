"""Requests over connections that are made here: to a socket of this machine, or by way of ssh."""

from __future__ import annotations

import socket
from typing import Any

import requests.adapters
import urllib3

from reign.providers.docker.ssh import dialled


def _dialled(address: str, timeout_s: float | None) -> socket.socket:
    if address.startswith("ssh://"):
        return dialled(address)
    made = socket.socket(socket.AF_UNIX)
    try:
        made.settimeout(timeout_s)
        made.connect(address.removeprefix("unix://"))
    except BaseException:
        made.close()
        raise
    return made


class _Connection(urllib3.connection.HTTPConnection):
    def __init__(self, address: str) -> None:
        super().__init__("localhost")
        self._address = address

    def connect(self) -> None:
        timeout_s = self.timeout if isinstance(self.timeout, int | float) else None
        self.sock = _dialled(self._address, timeout_s)
        self.sock.settimeout(timeout_s)


class _Pool(urllib3.connectionpool.HTTPConnectionPool):
    def __init__(self, address: str, maxsize: int) -> None:
        super().__init__("localhost", maxsize=maxsize)
        self._address = address

    def _new_conn(self) -> Any:
        return _Connection(self._address)


class SocketAdapter(requests.adapters.HTTPAdapter):
    """Every URL leads to the one engine at `address`."""

    def __init__(self, address: str, maxsize: int) -> None:
        self._ours = _Pool(address, maxsize)
        super().__init__()

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> Any:
        """The one pool."""
        return self._ours

    def request_url(self, request: Any, proxies: Any) -> Any:  # noqa: ARG002
        """The path alone: there is no host to name."""
        return request.path_url

    def close(self) -> None:
        """Let go of every connection."""
        self._ours.close()
        super().close()
