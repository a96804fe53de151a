"""What `deploy`, `scale` and `restart` say: how many containers a service has, and what each of them may use."""

from __future__ import annotations

from pydantic_core import PydanticCustomError

from reign.model.values import Spec, Value
from reign.providers.docker.compose.models import Deploy, RestartPolicy
from reign.providers.docker.compose.problems import Problems
from reign.providers.docker.compose.shapes import as_list
from reign.providers.docker.compose.tree import value_of
from reign.providers.docker.compose.wanted import Service
from reign.providers.docker.containers.ports import is_fixed, written_out
from reign.yaml.nodes import Mapping, Node

MOST = 1_000
"""Containers of one service."""
_TWICE = "docker/compose-twice"
_RESTART = {"none": "no", "any": "always", "on-failure": "on-failure"}


def instances_of(service: Service, deploy: Deploy, problems: Problems) -> int:
    """How many containers a service has."""
    written, node = service.node.get("scale"), service.node
    count: Value = value_of(written) if written is not None else deploy.replicas
    at = written or find_replicas(node) or service.key
    count = int(count) if isinstance(count, str) and count.isdigit() else count
    if count is None:
        return 1
    if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= MOST:
        problems.at(at, "spec/invalid-value", "Value not allowed", f"A service has 0 to {MOST:,} containers.")
        return 1
    if deploy.replicas not in (None, count):
        problems.at(at, _TWICE, "Two values for one thing", "`scale` and `deploy.replicas` differ.", "Keep one.")
    if count > 1:
        _refuse_fixed(service, problems)
    return count


def find_replicas(node: Mapping) -> Node | None:
    """Where `deploy.replicas` is written."""
    deploy = node.get("deploy")
    return deploy.get("replicas") if isinstance(deploy, Mapping) else None


def _refuse_fixed(service: Service, problems: Problems) -> None:
    """What only one of several containers can have."""
    name, ports = service.node.get("container_name"), service.node.get("ports")
    if name is not None:
        problems.at(
            name,
            "docker/compose-replicas",
            "Only one can have it",
            f"{service.name} has several containers, and each needs a name of its own.",
            "Leave `container_name` away.",
        )
    for item in as_list(ports).items if ports is not None else ():
        if any(is_fixed(port) for port in _ports(value_of(item))):
            problems.at(
                item,
                "docker/compose-replicas",
                "Only one can have it",
                f"{service.name} has several containers, and only one of them can listen on this port of the machine.",
                "Publish a range (8000-8010:80), or no fixed port (80).",
            )


def _ports(value: Value) -> list[Spec]:
    if isinstance(value, dict):
        published = value.get("published")
        return [{**value, "published": str(published)}] if published not in (None, "", 0) else []
    try:
        return written_out(str(value))
    except PydanticCustomError:
        return []


def deployed(spec: Spec, deploy: Deploy, node: Mapping, problems: Problems) -> Spec:
    """The keys of a container that follow from `deploy`; limits that the service says itself must not differ. Of the two
    policies for a restart that of `deploy` holds, as for compose.
    """
    limits = deploy.resources.limits if deploy.resources else None
    reserved = deploy.resources.reservations if deploy.resources else None
    told: Spec = {
        "cpus": limits.cpus if limits else None,
        "mem_limit": limits.memory if limits else None,
        "pids_limit": limits.pids if limits else None,
        "mem_reservation": reserved.memory if reserved else None,
        "gpus": [device.model_dump(exclude_none=True) for device in reserved.devices] if reserved else None,
        "restart": _restart(deploy.restart_policy),
    }
    found = {name: value for name, value in told.items() if value}
    for name, value in found.items():
        if name in spec and str(spec[name]) != str(value) and name != "restart":
            at = node.pairs[name][1]
            problems.at(at, _TWICE, "Two values for one thing", f"`{name}` and `deploy` differ.", "Keep one.")
    return {name: value for name, value in found.items() if name not in spec or name == "restart"}


def _restart(policy: RestartPolicy | None) -> str | None:
    if policy is None:
        return None
    times = f":{policy.max_attempts}" if policy.condition == "on-failure" and policy.max_attempts else ""
    return f"{_RESTART[policy.condition]}{times}"
