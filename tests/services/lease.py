"""Who uses the services: many at once, of whom the first starts them and the last ends them.

A lease is a shared lock on a file. The kernel frees it, also of a process that was killed: what such a process left is
found by the next one, and ended by the last.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from tests.services.daemon import Daemon
from tests.services.machine import FOLDER
from tests.services.registry import Registry


@dataclass
class Lease:
    """The services, for as long as it is held."""

    _users: IO[str]

    daemon = Daemon(FOLDER / "engine")
    _registry = Registry(FOLDER / "registry")

    @classmethod
    def taken(cls) -> Lease:
        """A lease of an engine that runs, with the images of the tests in it. Raises Unavailable."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        users = (FOLDER / "users").open("a")
        try:
            with alone():
                cls.daemon.start()
                if is_alone(users):  # what users left who were killed
                    cls.daemon.clean()
                cls.daemon.furnish()
                fcntl.flock(users, fcntl.LOCK_SH)
        except BaseException:
            users.close()
            raise
        return cls(users)

    def registry(self) -> Registry:
        """The registry, started where it is not there. Raises Unavailable."""
        with alone():
            self._registry.start()
        return self._registry

    def give_back(self) -> None:
        """It is used no longer; what nobody uses is ended."""
        with alone():
            if is_alone(self._users):
                self._registry.stop()
                self.daemon.stop()
            self._users.close()


def is_alone(users: IO[str]) -> bool:
    """Whether nobody else holds a lease. Whoever asks holds none afterwards, or has it all for itself."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def alone() -> Iterator[None]:
    """Nobody else starts or ends a service meanwhile."""
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
