"""What holds for every test."""

from hypothesis import settings

from tests.services.fixtures import between, engine, lone_daemon, registry, services

__all__ = ["between", "engine", "lone_daemon", "registry", "services"]

# Machines are noisy: how long an example takes says nothing about what it shows.
settings.register_profile("reign", deadline=None)
settings.load_profile("reign")
