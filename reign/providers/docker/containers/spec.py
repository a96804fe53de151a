"""The spec of `docker.container`: the keys of a Compose service that one container has, in their long forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, model_validator
from pydantic import Field as Described

from reign.model.schema import Kind, Output, When
from reign.model.values import Spec
from reign.providers.docker.containers import attached, contents, forms, shapes
from reign.providers.docker.containers import mounts as mount_forms
from reign.providers.docker.containers import ports as port_forms
from reign.providers.docker.containers.addresses import Ip, Mac
from reign.providers.docker.containers.health import Duration, HealthcheckSpec
from reign.providers.docker.containers.limits import Limits
from reign.providers.docker.containers.refused import REFUSED
from reign.providers.docker.containers.rights import Flag, Rights, Sorted
from reign.providers.docker.specs.parts import NAMED_BY, checked_labels, checked_name
from reign.providers.spec import IMMUTABLE, OPAQUE, RECORDED, Also, Mark, Refusal, TypeSpec, refuse

NAME = Mark(identity=True)
JOINS = Mark(holds=True)
MOUNTS = Mark(immutable=True, holds=True)
READ = Mark(immutable=True, computed=True)
READ_SECRETLY = Mark(immutable=True, computed=True, sensitive=True)
STATE = Mark(computed=True, tells=False)

RUNNING, COMPLETED, REACHABLE = "running", "completed", "reachable"

Words = Annotated[list[str] | None, BeforeValidator(forms.words), Also(str), IMMUTABLE]
Text = Annotated[str | None, BeforeValidator(shapes.number_as_text), IMMUTABLE]
Pairs = Annotated[dict[str, str] | None, forms.made_by(shapes.pairs), Also(list[str]), IMMUTABLE]
Servers = Annotated[list[Ip] | None, BeforeValidator(forms.listed), Also(str), IMMUTABLE]
InOrder = Annotated[list[str] | None, BeforeValidator(forms.listed), Also(str), IMMUTABLE]


class ContainerSpec(Rights, Limits):
    """A container: it is made, joined to its networks, started and waited for."""

    refusals: ClassVar[Mapping[str, Refusal]] = REFUSED
    image: Annotated[
        str, IMMUTABLE, Described(min_length=1, description="The image, by name, digest or id; see docker.image.")
    ]
    name: Annotated[
        str | None,
        AfterValidator(lambda name: checked_name(name) if isinstance(name, str) else name),
        NAME,
        Described(description="What it is called; made of project, environment, block and key unless given."),
    ] = None
    command: Annotated[Words, Described(description="What runs in it: words, or a text that is split into words.")] = (
        None
    )
    entrypoint: Annotated[Words, Described(description="What its command is handed to; [] for nothing.")] = None
    environment: Annotated[
        dict[str, str] | None,
        forms.made_by(shapes.without_process),
        Also(list[str]),
        IMMUTABLE,
        Described(description="Variables, as a map or a list of NAME=VALUE."),
    ] = None
    env_file: Annotated[
        list[Annotated[shapes.EnvFile, Also(str)]] | None,
        BeforeValidator(shapes.files),
        BeforeValidator(forms.listed),
        Also(str),
        RECORDED,
        Described(description="Files with more variables; `environment` goes first."),
    ] = None
    labels: Annotated[
        dict[str, str] | None,
        forms.made_by(shapes.pairs),
        AfterValidator(lambda labels: checked_labels(labels) if isinstance(labels, dict) else labels),
        Also(list[str]),
        IMMUTABLE,
        Described(description="Labels, as a map or a list of NAME=VALUE; none may begin with `reign.`."),
    ] = None
    label_file: Annotated[
        list[str] | None,
        BeforeValidator(forms.listed),
        Also(str),
        RECORDED,
        Described(description="Files with more labels, inside the root; `labels` goes first."),
    ] = None
    annotations: Annotated[
        Pairs, Described(description="Annotations for the runtime. Needs an engine of API 1.43.")
    ] = None
    user: Annotated[Text, Described(description="Whom it runs as: USER[:GROUP], by name or number.")] = None
    working_dir: Annotated[Text, Described(description="The folder that it starts in.")] = None
    hostname: Annotated[Text, Described(description="The name that it gives itself.")] = None
    domainname: Annotated[Text, Described(description="The domain of that name.")] = None
    platform: Annotated[Text, Described(description="The platform of the image, such as linux/amd64.")] = None
    pull_policy: Annotated[
        str,
        AfterValidator(lambda text: shapes.pull_policy(text) if isinstance(text, str) else text),
        RECORDED,
        Described(description="When the image is pulled, as it is made: missing, always or never."),
    ] = "missing"
    tty: Annotated[Flag, Described(description="Give it a terminal.")] = None
    stdin_open: Annotated[Flag, Described(description="Keep its input open.")] = None
    init: Annotated[Flag, Described(description="Run a small init in it, which hands on signals.")] = None
    stop_signal: Annotated[
        Text, Described(description="What asks it to end; SIGTERM unless the image says otherwise.")
    ] = None
    stop_grace_period: Annotated[
        Duration | None, IMMUTABLE, Described(description="So long it may take to end before it is killed; 10s.")
    ] = None
    restart: Annotated[
        str | None,
        BeforeValidator(shapes.yes_is_text),
        AfterValidator(lambda text: shapes.restart_policy(text) if isinstance(text, str) else text),
        Described(description="When the engine starts it again: no, always, unless-stopped, on-failure[:TIMES]."),
    ] = None
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
    volumes: Annotated[
        list[Annotated[mount_forms.MountSpec, Also(str)]] | None,
        BeforeValidator(forms.each(mount_forms.written_out)),
        forms.SORTED,
        MOUNTS,
        Described(description="What it sees at its paths, as [SOURCE:]TARGET[:OPTIONS] or as objects."),
    ] = None
    volumes_from: Annotated[Sorted, Described(description="Containers whose mounts it gets, as NAME[:ro].")] = None
    tmpfs: Annotated[
        dict[str, str] | None,
        forms.made_by(shapes.memory_paths),
        BeforeValidator(forms.listed),
        Also(list[str], str),
        IMMUTABLE,
        Described(description="Paths that are kept in memory, each with its options: /run, or /tmp:size=64m."),
    ] = None
    files: contents.Files = None
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
    healthcheck: Annotated[HealthcheckSpec | None, IMMUTABLE, Described(description="How it tells that it works.")] = (
        None
    )
    logging: Annotated[shapes.Logging | None, IMMUTABLE, Described(description="Where its output goes.")] = None
    wait: Annotated[
        Literal["started", "healthy", "reachable", "completed"] | None,
        RECORDED,
        Described(
            description="When it is ready: healthy where it has a healthcheck, else started; reachable: once its published TCP "
            "ports take connections; completed: once it ended with 0."
        ),
    ] = None
    on_change: Annotated[
        shapes.OnChange | None,
        RECORDED,
        Described(description="What `restart_triggered_by` does instead of a restart."),
    ] = None
    file_environment: Annotated[
        dict[str, str] | None, READ_SECRETLY, Described(description="What was read from `env_file`.")
    ] = None
    file_labels: Annotated[dict[str, str] | None, READ, Described(description="What was read from `label_file`.")] = (
        None
    )
    state: Annotated[
        str | None, STATE, Described(description="running or completed; what stands otherwise was changed by hand.")
    ] = None

    @model_validator(mode="after")
    def _fits_together(self) -> ContainerSpec:
        if self.network_mode is not None and self.networks:
            raise refuse(
                "docker/network-mode",
                "Two ways to a network",
                "`network_mode` stands instead of `networks`, and both are given.",
                "Keep one.",
                at="network_mode",
            )
        for name in ("network_mode", "ipc", "pid"):
            if str(getattr(self, name)).startswith("service:"):
                raise refuse(
                    "docker/service",
                    "Service outside of a compose file",
                    f"{name} names a service, and a container of its own knows of none.",
                    "Write container:${resources.NAME.name}.",
                    at=name,
                )
        if self.wait == REACHABLE and not self._may_be_reached():
            raise refuse(
                "docker/wait",
                "Nothing to reach",
                "wait: reachable waits for the TCP ports that it publishes, and it publishes none.",
                "Publish one under `ports`, or wait for something else.",
                at="wait",
            )
        contents.check(self.files, self.read_only, self._in_memory())
        self.state = COMPLETED if self.wait == COMPLETED else RUNNING
        return self

    def _in_memory(self) -> list[str]:
        """The paths that are kept in memory, as far as they are known."""
        mounts: Any = self.volumes or []
        mounted = [] if isinstance(mounts, OPAQUE) else [each for each in mounts if not isinstance(each, OPAQUE)]
        paths: Any = self.tmpfs or {}
        return [
            *([] if isinstance(paths, OPAQUE) else paths),
            *(each.target for each in mounted if each.type == "tmpfs"),
        ]

    def _may_be_reached(self) -> bool:
        """Whether it publishes a TCP port, as far as that is known."""
        published: Any = self.ports or []
        return isinstance(published, OPAQUE) or any(
            isinstance(port, OPAQUE) or port.protocol not in ("udp", "sctp") for port in published
        )


_TEXT = Kind("string")
_OUTPUTS = {
    "id": Output(_TEXT, description="The id that the engine gave."),
    "name": Output(_TEXT, follows=("name",), description="What it is called there."),
    "image_id": Output(_TEXT, description="The id of its image."),
    "status": Output(_TEXT, None, description="running, exited, paused, restarting, created or dead."),
    "health": Output(_TEXT, None, description="healthy, unhealthy or starting; empty without a healthcheck."),
    "exit_code": Output(Kind("integer"), None, description="What it ended with; null while it runs."),
    "addresses": Output(Kind("map", _TEXT), None, description="Its address in each network."),
    "ports": Output(
        Kind("map", _TEXT), None, description="Where each published port is: 80/tcp leads to 0.0.0.0:8080."
    ),
}


class ContainerType(TypeSpec):
    """`docker.container`."""

    def normalize(self, spec: Spec) -> Spec:
        """See `TypeSpec`. `state` is what it should be, whatever was written there."""
        return super().normalize(spec)


CONTAINER = ContainerType(
    "docker.container", ContainerSpec, _OUTPUTS, ready=True, reads=True, named_by=NAMED_BY, fills=When()
)
