"""What a compose file may say beyond what its networks, volumes, images and containers take: models of our own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import BeforeValidator, Field, ValidationError

from reign.model.errors import Problem
from reign.model.values import Spec
from reign.providers.docker.compose.problems import Problems
from reign.providers.docker.compose.refusals import (
    CONFIG,
    DEPLOY,
    LIMITS,
    RESERVATIONS,
    RESTART_POLICY,
    ROOT,
    SECRET,
)
from reign.providers.docker.compose.tree import value_of
from reign.providers.spec import Model, Refusal, problems
from reign.yaml.nodes import Mapping as Map
from reign.yaml.nodes import Node, Sequence, find, find_key

M = TypeVar("M", bound=Model)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Names = Annotated[list[str], BeforeValidator(_listed)]
"""A list, or one text as a list of it."""


class Root(Model):
    """A whole file."""

    refusals: ClassVar[Mapping[str, Refusal]] = ROOT
    version: Any = None
    name: str | None = None
    include: Any = None
    services: dict[str, Any] | None = None
    networks: dict[str, Any] | None = None
    volumes: dict[str, Any] | None = None
    secrets: dict[str, Any] | None = None
    configs: dict[str, Any] | None = None


class Included(Model):
    """One entry of `include`."""

    path: Names
    project_directory: str | None = None
    env_file: Annotated[Names, Field(default_factory=list)]


class Extends(Model):
    """What a service is made of."""

    service: str
    file: str | None = None


class Dependency(Model):
    """How a service waits for another."""

    condition: Literal["service_started", "service_healthy", "service_completed_successfully"] | None = None
    restart: bool = False
    required: bool = True


class EnvFile(Model):
    """A file of variables."""

    path: str
    required: bool = True
    format: Literal["raw"] | None = None


class Grant(Model):
    """What of a config or secret a service gets, and where it sees it."""

    source: str
    target: str | None = None
    uid: str | None = None
    gid: str | None = None
    mode: int | str | None = None


class Secret(Model):
    """A file, or what a variable holds, that services get as a file, and of which nothing is shown."""

    refusals: ClassVar[Mapping[str, Refusal]] = SECRET
    name: str | None = None
    file: str | None = None
    environment: str | None = None


class Config(Secret):
    """The same, or a text."""

    refusals: ClassVar[Mapping[str, Refusal]] = CONFIG
    content: Any = None


class Device(Model):
    """Devices that are set aside, such as GPUs."""

    capabilities: list[str]
    count: int | str | None = None
    device_ids: list[str] | None = None
    driver: str | None = None
    options: Any = None


class Limits(Model):
    """The most of what a container uses."""

    refusals: ClassVar[Mapping[str, Refusal]] = LIMITS
    cpus: float | str | None = None
    memory: str | None = None
    pids: int | None = None


class Reservations(Model):
    """The least of it."""

    refusals: ClassVar[Mapping[str, Refusal]] = RESERVATIONS
    memory: str | None = None
    devices: Annotated[list[Device], Field(default_factory=list)]


class Resources(Model):
    """Limits and reservations."""

    limits: Limits | None = None
    reservations: Reservations | None = None


class RestartPolicy(Model):
    """When a container that ended is started again."""

    refusals: ClassVar[Mapping[str, Refusal]] = RESTART_POLICY
    condition: Literal["none", "on-failure", "any"] = "any"
    max_attempts: int | None = None


class Deploy(Model):
    """How a service is run."""

    refusals: ClassVar[Mapping[str, Refusal]] = DEPLOY
    mode: Literal["replicated"] = "replicated"
    replicas: int | None = None
    resources: Resources | None = None
    restart_policy: RestartPolicy | None = None


def checked(model: type[M], node: Node | None, what: str, found: Problems) -> M | None:
    """What `node` says, as `model`; None where there is none, or where it is wrong, which is told."""
    if node is None:
        return None
    value = value_of(node)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        spec: Spec = value if isinstance(value, dict) else {}
        for problem in problems(error, spec, model, what):
            place(problem, node, found)
        return None


def place(problem: Problem, node: Node, found: Problems) -> None:
    """Tell `problem`, whose path is in what `node` says, at its place in the file."""
    at = find(node, problem.path)
    if isinstance(at, Map | Sequence) or problem.code == "spec/unknown-key":
        at = find_key(node, problem.path)
    fix = problem.fix.partition(" All keys: reign schema")[0]
    found.at(at, problem.code, problem.summary, problem.detail, fix, problem.nearest)
