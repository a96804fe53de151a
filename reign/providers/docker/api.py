"""The vendor's client as used here. Imported only when an engine is called: it takes long to load.

It differs in three things: every request ends by the deadline of its call, ssh is the user's own, and credentials are
found by `credentials` alone, so that nothing runs a helper with the whole environment.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from copy import copy
from typing import Any

import urllib3
from docker import auth, constants
from docker.api.client import APIClient
from docker.tls import TLSConfig
from docker.utils import version_lt

from reign.providers.docker.contexts import Target, Tls
from reign.providers.docker.sockets import SocketAdapter

_NEWEST = "1.49"
"""The newest version of the API that is spoken; an older engine is spoken to in its own."""
_POOL = 32
_CONNECT_S = 10.0
_LEAST_S = 0.001
_LOCAL = "http+docker://localhost"


class Api(APIClient):  # type: ignore[misc]
    """One session with one engine, safe from many threads."""

    until = float("inf")
    contents: dict[str, Mapping[str, Any]]
    """Inspections of images by their ids, which stand for their content: what is asked for once is not asked for again."""
    first_seen: dict[tuple[str, str], float]
    """When a start of a container, by its id and the moment that the engine tells, was first seen: of `time.monotonic()`."""

    @classmethod
    def connected(cls, target: Target, timeout_s: float) -> Api:
        """A session that has asked the engine for its version. Raises what the vendor's client does."""
        is_socket = target.address.startswith(("unix://", "ssh://"))
        if target.tls and not target.tls.verify:  # which the connection says: no warning for each request
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        made = cls(
            base_url="tcp://localhost:1" if is_socket else target.address,
            version=constants.MINIMUM_DOCKER_API_VERSION,
            timeout=timeout_s,
            tls=_tls(target.tls) if target.tls and not is_socket else False,
            max_pool_size=_POOL,
        )
        made._auth_configs = auth.AuthConfig(
            {"auths": {"none.invalid": {}}}
        )  # an empty one is read from the files again
        made.auth = _as_it_is
        made.contents, made.first_seen = {}, {}
        made.trust_env = not is_socket
        if is_socket:
            made.mount("http+docker://", SocketAdapter(target.address, _POOL))
            made.base_url = _LOCAL
        try:
            return made._spoken_to()
        except BaseException:
            made.close()
            raise

    def by(self, deadline_s: float) -> Api:
        """The same session, in which every request ends by then."""
        made = copy_of(self)
        made.timeout, made.until = deadline_s, time.monotonic() + deadline_s
        return made

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        """The vendor's, in which REQUESTS_CA_BUNDLE does not go before what the connection says of its certificates."""
        said = self.verify if verify is None else verify
        return super().merge_environment_settings(url, proxies, stream, said, cert)

    def _spoken_to(self) -> Api:
        told = self.version(api_version=False)["ApiVersion"]
        self._version = told if version_lt(told, _NEWEST) else _NEWEST
        return self

    def _set_request_timeout(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        left = max(_LEAST_S, min(self.until - time.monotonic(), kwargs.get("timeout") or self.timeout))
        kwargs["timeout"] = (min(left, _CONNECT_S), left)
        return kwargs


def copy_of(api: Api) -> Api:
    """A second handle on the same connections; `copy.copy` goes through pickling, which drops some of it."""
    made = Api.__new__(Api)
    made.__dict__.update(copy(api.__dict__))
    return made


def _as_it_is(request: Any) -> Any:
    """In place of the user's netrc, which is not for engines."""
    return request


def _tls(tls: Tls) -> TLSConfig:
    pair = (tls.cert, tls.key) if tls.cert or tls.key else None
    return TLSConfig(client_cert=pair, ca_cert=tls.ca or None, verify=(tls.ca or True) if tls.verify else False)
