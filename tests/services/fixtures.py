"""`engine` and `registry` for a test that is marked `docker`. Skipped with a reason where they cannot be had; failed where
REIGN_TEST_REQUIRE names docker.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.programs import missing

if TYPE_CHECKING:
    from tests.services.between import Between
    from tests.services.daemon import Daemon
    from tests.services.engine import Engine
    from tests.services.lease import Lease
    from tests.services.registry import Registry


@pytest.fixture(scope="session")
def services() -> Iterator[Lease]:
    """A lease for as long as this process tests."""
    from tests.services.lease import Lease
    from tests.services.machine import Unavailable

    try:
        lease = Lease.taken()
    except Unavailable as reason:
        missing("docker", str(reason))
    yield lease
    lease.give_back()


@pytest.fixture
def engine(services: Lease) -> Iterator[Engine]:
    """The engine that all tests share, with a name of this one's own."""
    from tests.services.engine import Engine

    engine = Engine.of(services.daemon)
    yield engine
    engine.close()


@pytest.fixture
def between(services: Lease) -> Iterator[Between]:
    """A way to that engine on which answers get lost."""
    from tests.services.between import Between

    folder = Path(tempfile.mkdtemp(prefix="reign-between-"))
    between = Between(folder / "d.sock", services.daemon.socket)
    yield between
    between.close()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def registry(services: Lease) -> Registry:
    """The registry that all tests share. What is pushed is gone with it."""
    from tests.services.machine import Unavailable

    try:
        return services.registry()
    except Unavailable as reason:
        missing("docker", str(reason))


@pytest.fixture
def lone_daemon(services: Lease) -> Iterator[Daemon]:
    """An engine of a test's own, to be stopped, killed and filled up. Its containers have no network."""
    from tests.services.daemon import Daemon
    from tests.services.machine import rooted

    daemon = Daemon(Path(tempfile.mkdtemp(prefix="reign-engine-")), is_lonely=True)
    daemon.start()
    daemon.furnish()
    yield daemon
    daemon.stop()
    rooted("rm", "-rf", daemon.folder)
    shutil.rmtree(daemon.folder, ignore_errors=True)
