"""The engines that this process talks to: one session for each, made when it is first needed."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from reign.model.errors import ErrorKind, ProviderError
from reign.ports import Call
from reign.providers.docker.contexts import Target, target_of
from reign.providers.docker.errors import mapped

if TYPE_CHECKING:
    from reign.providers.docker.api import Api

_CONNECT_S = 30.0


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine, for one call. `api` may be used from many threads; each of its requests ends by the call's deadline.

    name: the connection's. address: where it is, for people. until: the deadline, by `time.monotonic()`.
    """

    name: str
    address: str
    api: Api
    until: float

    def remaining_s(self) -> float:
        """The seconds that are left. Raises ProviderError `timeout` when none are: for whoever reads a stream, which the
        timeout of a request does not end as long as anything comes.
        """
        left = self.until - time.monotonic()
        if left <= 0:
            raise ProviderError(
                ErrorKind.TIMEOUT,
                "No answer in time",
                f"The Docker Engine at {self.address} had not finished when the time for it was over.",
                "Give the resource a longer `timeout`.",
            )
        return left


class Engines:
    """Sessions by what they lead to. Safe from many threads; one that could not be made is tried again by the next call."""

    def __init__(self) -> None:
        self._sessions: dict[Target, Api] = {}
        self._locks: dict[Target, Lock] = {}
        self._lock = Lock()

    def of(self, target: Target, deadline_s: float) -> Api:
        """The session with an engine, which was reached at least once. Raises ProviderError."""
        with self._lock:
            lock = self._locks.setdefault(target, Lock())
        with lock:
            if target not in self._sessions:
                self._sessions[target] = _connected(target, min(deadline_s, _CONNECT_S))
            return self._sessions[target]


def _connected(target: Target, timeout_s: float) -> Api:
    with mapped(target, "asking for its version"):
        from reign.providers.docker.api import Api

        return Api.connected(target, timeout_s)


_ENGINES = Engines()


def engine_of(call: Call) -> Engine:
    """The engine that a call's connection leads to. Raises ProviderError where it cannot be told or reached."""
    target = target_of(call, os.environ)
    until = time.monotonic() + call.deadline_s
    session = _ENGINES.of(target, call.deadline_s)
    left = max(0.0, until - time.monotonic())
    return Engine(call.connection.name, target.address, session.by(left), until)
