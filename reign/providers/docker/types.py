"""The types of this provider, one line for each."""

from __future__ import annotations

from reign.providers.docker.specs.network import NETWORK
from reign.providers.spec import Types


def docker_types() -> Types:
    """Every type, with the model of its spec."""
    return Types(
        NETWORK,
    )
