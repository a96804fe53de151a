"""The keys of a service: what its container takes as it is, what is worked out here, what is refused."""

from __future__ import annotations

from functools import cache

from reign.providers.docker.compose.problems import Problems
from reign.providers.docker.compose.refusals import SERVICE
from reign.providers.docker.compose.tree import entries
from reign.providers.docker.containers.spec import ContainerSpec
from reign.yaml.nodes import Mapping

HERE = frozenset(
    (
        *("build", "image", "platform", "pull_policy"),  # the image
        *("container_name", "scale", "profiles", "extends", "depends_on", "deploy"),
        *("configs", "secrets", "volumes", "tmpfs", "networks", "links"),
        *("env_file", "environment", "label_file", "labels"),
    )
)
"""Worked out by compose's own rules."""

PRIVATE = ("command", "entrypoint", "healthcheck")
"""Where a password of a file of variables may end up, besides the environment; it is not shown there."""

_NOT_COMPOSE = frozenset(("name", "wait", "on_change", "files"))
_AS_THEY_ARE = frozenset(("tmpfs", "platform"))


@cache
def of_containers() -> frozenset[str]:
    """The keys that a container takes as a service has them."""
    fields = ContainerSpec.model_fields
    written = {
        name for name, field in fields.items() if not any(getattr(mark, "computed", False) for mark in field.metadata)
    }
    return frozenset(written - _NOT_COMPOSE - HERE) | _AS_THEY_ARE


def passed_on(node: Mapping, problems: Problems) -> list[str]:
    """The keys of a service that its container gets as they are; those that nothing takes are told."""
    found = []
    for name, key, _ in entries(node):
        if name in SERVICE:
            problems.refuse(key, SERVICE[name])
        elif name in of_containers() or (name in ContainerSpec.refusals and name not in HERE):
            found.append(name)
        elif name not in HERE:
            problems.unknown(key, "A service", name, {*of_containers(), *HERE})
    return found
