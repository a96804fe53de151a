"""The spec of `docker.network`: the keys of a Compose network."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, field_validator
from pydantic import Field as Described

from reign.model.schema import Kind, Output
from reign.providers.docker.specs.parts import EXTERNAL, NAMED_BY, Labels, Name, NamedSpec, Texts
from reign.providers.spec import IMMUTABLE, Model, Refusal, TypeSpec, refuse


def subnet(text: str) -> str:
    """A subnet in the one way that it is written in a spec."""
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise refuse(
            "docker/subnet", "Not a subnet", f"{text!r} is none.", "Write it like 172.28.0.0/16 or fd00:1::/64."
        ) from None


def host(text: str) -> str:
    """An address in the one way that it is written in a spec."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise refuse("docker/address", "Not an address", f"{text!r} is none.", "Write it like 172.28.0.1.") from None


Subnet = Annotated[str, AfterValidator(subnet)]
Host = Annotated[str, AfterValidator(host)]


class Pool(Model):
    """One subnet of a network."""

    subnet: Annotated[Subnet | None, Described(description="The subnet, in CIDR notation.")] = None
    ip_range: Annotated[Subnet | None, Described(description="The part of it that containers get addresses of.")] = None
    gateway: Annotated[Host | None, Described(description="Its gateway.")] = None
    aux_addresses: Annotated[
        dict[str, Host], Described(default_factory=dict, description="Addresses that are kept free, by host.")
    ]


class Ipam(Model):
    """How a network gives addresses."""

    driver: Annotated[str, Described(description="The driver that gives them.")] = "default"
    config: Annotated[
        list[Pool], Described(default_factory=list, description="Its subnets; the engine chooses one unless given.")
    ]
    options: Annotated[Texts, Described(default_factory=dict, description="Options of that driver.")]

    @field_validator("config", mode="after")
    @classmethod
    def _sorted(cls, pools: Any) -> Any:
        """The engine keeps those of IPv4 in front."""
        known = isinstance(pools, list) and all(isinstance(pool, Pool) for pool in pools)
        return sorted(pools, key=_is_ipv6) if known else pools


def _is_ipv6(pool: Pool) -> bool:
    return isinstance(pool.subnet, str) and ":" in pool.subnet


class NetworkSpec(Model):
    """A network of containers."""

    refusals: ClassVar[Mapping[str, Refusal]] = {"external": EXTERNAL}
    name: Name = None
    driver: Annotated[str, IMMUTABLE, Described(min_length=1, description="The driver of the network.")] = "bridge"
    driver_opts: Annotated[Texts, IMMUTABLE, Described(default_factory=dict, description="Options of that driver.")]
    ipam: Annotated[Ipam | None, IMMUTABLE, Described(description="How it gives addresses.")] = None
    internal: Annotated[bool, IMMUTABLE, Described(description="Keep it apart from the outside.")] = False
    attachable: Annotated[
        bool, IMMUTABLE, Described(description="Let containers that no service made join (overlay networks).")
    ] = False
    enable_ipv4: Annotated[
        bool | None, IMMUTABLE, Described(description="Give IPv4 addresses; false needs a Docker Engine 28 or newer.")
    ] = None
    enable_ipv6: Annotated[bool, IMMUTABLE, Described(description="Give IPv6 addresses as well.")] = False
    labels: Annotated[Labels, IMMUTABLE, Described(default_factory=dict)]


_TEXT = Kind("string")

_OUTPUTS = {
    "id": Output(_TEXT, description="The id that the engine gave."),
    "name": Output(_TEXT, description="What it is called there."),
    "scope": Output(_TEXT, description="How far it reaches: local, or swarm."),
    "subnets": Output(Kind("list", _TEXT), description="Its subnets, in CIDR notation."),
    "gateways": Output(Kind("list", _TEXT), description="Their gateways."),
}

NETWORK = TypeSpec("docker.network", NetworkSpec, _OUTPUTS, named_by=NAMED_BY)


class LookedUpNetworkSpec(NamedSpec):
    """A network that is there already."""


LOOKED_UP_NETWORK = TypeSpec(
    "data.docker.network",
    LookedUpNetworkSpec,
    {
        **_OUTPUTS,
        "driver": Output(_TEXT, description="Its driver."),
        "internal": Output(Kind("bool"), description="Whether it is kept apart from the outside."),
        "labels": Output(Kind("map", _TEXT), description="Its labels."),
    },
    marked=False,
    named_by=NAMED_BY,
    data=True,
)
