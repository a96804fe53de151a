"""The types of this provider, one line for each."""

from __future__ import annotations

from reign.providers.docker.compose.spec import COMPOSE
from reign.providers.docker.containers.spec import CONTAINER
from reign.providers.docker.specs.image import IMAGE, IMAGE_DATA
from reign.providers.docker.specs.network import LOOKED_UP_NETWORK, NETWORK
from reign.providers.docker.specs.volume import LOOKED_UP_VOLUME, VOLUME
from reign.providers.spec import Types


def docker_types() -> Types:
    """Every type, with the model of its spec."""
    return Types(
        COMPOSE,
        CONTAINER,
        IMAGE,
        IMAGE_DATA,
        NETWORK,
        LOOKED_UP_NETWORK,
        VOLUME,
        LOOKED_UP_VOLUME,
    )
