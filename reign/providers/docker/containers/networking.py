"""How a container is reached, and what it reaches: ports, networks, names and addresses."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, model_validator
from pydantic import Field as Described

from reign.providers.docker.containers import attached, forms, shapes
from reign.providers.docker.containers import ports as port_forms
from reign.providers.docker.containers.addresses import Ip, Mac
from reign.providers.docker.containers.process import Text
from reign.providers.docker.containers.rights import Sorted
from reign.providers.spec import IMMUTABLE, OPAQUE, Also, Mark, Model, refuse

JOINS = Mark(holds=True)

Servers = Annotated[list[Ip] | None, BeforeValidator(forms.listed), Also(str), IMMUTABLE]
InOrder = Annotated[list[str] | None, BeforeValidator(forms.listed), Also(str), IMMUTABLE]


class Networking(Model):
    """Keys of a Compose service."""

    ports: Annotated[
        list[Annotated[port_forms.PortSpec, Also(str)]] | None,
        BeforeValidator(forms.each(port_forms.written_out)),
        forms.SORTED,
        IMMUTABLE,
        Described(description="Ports to publish, as [[IP:]PUBLISHED:]TARGET[/PROTOCOL] or as objects."),
    ] = None
    expose: Annotated[
        list[str] | None,
        BeforeValidator(shapes.exposed),
        forms.SORTED,
        IMMUTABLE,
        Described(description="Ports that others in its networks may use; told to them, and no more."),
    ] = None
    networks: Annotated[
        list[Annotated[attached.AttachedSpec, Also(str)]] | None,
        BeforeValidator(attached.written_out),
        forms.SORTED,
        Also(dict[str, attached.ByName]),
        JOINS,
        Described(description="The networks that it joins: names, objects, or a map by name."),
    ] = None
    network_mode: Annotated[
        Text, Described(description="Instead of networks: bridge, host, none or container:NAME.")
    ] = None
    links: Annotated[Sorted, Described(description="Containers that it finds under another name, as NAME[:ALIAS].")] = (
        None
    )
    mac_address: Annotated[
        Mac | None,
        IMMUTABLE,
        Described(description="A fixed address of its interface."),
    ] = None
    dns: Annotated[Servers, Described(description="The name servers that it asks.")] = None
    dns_opt: Annotated[InOrder, Described(description="Options for asking them.")] = None
    dns_search: Annotated[InOrder, Described(description="Domains in which short names are looked for.")] = None
    extra_hosts: Annotated[
        dict[str, Annotated[list[str], Also(str)]] | None,
        forms.made_by(shapes.hosts),
        Also(list[str]),
        IMMUTABLE,
        Described(description="More hosts that it knows, as a map or a list of HOST:ADDRESS."),
    ] = None

    @model_validator(mode="after")
    def _is_one_way(self) -> Networking:
        if self.network_mode is not None and self.networks:
            raise refuse(
                "docker/network-mode",
                "Two ways to a network",
                "`network_mode` stands instead of `networks`, and both are given.",
                "Keep one.",
                at="network_mode",
            )
        return self

    def may_be_reached(self) -> bool:
        """Whether it publishes a TCP port, as far as that is known."""
        published: Any = self.ports or []
        return isinstance(published, OPAQUE) or any(
            isinstance(port, OPAQUE) or port.protocol not in ("udp", "sctp") for port in published
        )
