"""The spec of `docker.container`: the keys of a Compose service that one container has, in their long forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, model_validator
from pydantic import Field as Described

from reign.model.schema import Kind, Output, When
from reign.model.values import Spec
from reign.providers.docker.containers import attached, forms
from reign.providers.docker.containers import mounts as mount_forms
from reign.providers.docker.containers import ports as port_forms
from reign.providers.docker.containers.health import Duration, HealthcheckSpec
from reign.providers.docker.containers.limits import Limits
from reign.providers.docker.containers.refused import REFUSED
from reign.providers.docker.containers.rights import Flag, Rights, Sorted
from reign.providers.docker.specs.parts import NAMED_BY, checked_labels, checked_name, text_map
from reign.providers.spec import IMMUTABLE, OPAQUE, RECORDED, Also, Mark, Model, Refusal, TypeSpec, refuse

NAME = Mark(identity=True)
JOINS = Mark(holds=True)
MOUNTS = Mark(immutable=True, holds=True)
READ = Mark(immutable=True, computed=True)
READ_SECRETLY = Mark(immutable=True, computed=True, sensitive=True)
STATE = Mark(computed=True)

RUNNING, COMPLETED = "running", "completed"
_RESTART = re.compile(r"no|always|unless-stopped|on-failure(:\d+)?")


def _without_process(value: Any) -> Any:
    """A name without a value would come from the environment of whoever runs this."""
    bare = [item for item in value if isinstance(item, str) and "=" not in item] if isinstance(value, list) else []
    bare += [name for name, item in value.items() if item is None] if isinstance(value, dict) else []
    if bare:
        raise refuse(
            "docker/environment",
            "Variable without a value",
            f"{', '.join(map(repr, bare))} would be taken from the environment of whoever runs this, so that each would "
            "get another container.",
            f"Give it a value: {bare[0]}: ${{env.{bare[0]}}}, or ''.",
        )
    return pairs(value)


def pairs(value: Any) -> Any:
    """A map of texts, from a map of scalars or a list of `name=value`; waiting where one of the list is not known."""
    if isinstance(value, list) and forms.is_open(value):
        return forms.waiting(value)
    return text_map(value)


def _restart(text: str) -> str:
    if not _RESTART.fullmatch(text):
        raise refuse(
            "docker/restart",
            "Not a restart policy",
            f"{text!r} is none: no, always, unless-stopped, on-failure and on-failure:TIMES are.",
            "Choose one of them.",
        )
    return text.removesuffix(":0") if text.startswith("on-failure") else text


def _yes_is_text(value: Any) -> Any:
    """An unquoted `no` is read as false where YAML is read that way."""
    return "no" if value is False else value


def _pull(text: str) -> str:
    known = {"if_not_present": "missing", "missing": "missing", "always": "always", "never": "never"}
    if text not in known:
        raise refuse(
            "docker/pull",
            "Not a policy for pulling here",
            f"{text!r} is none for a container: always, missing and never are.",
            "Declare a docker.image, and refer to it.",
        )
    return known[text]


def _hosts(value: Any) -> Any:
    """Each host with its addresses, from `host:address` and `host=address` or a map of one or several."""
    if isinstance(value, list):
        if forms.is_open(value):
            return forms.waiting(value)
        found: dict[str, list[str]] = {}
        for item in map(str, value):
            host, _, address = item.partition("=" if "=" in item else ":")
            found.setdefault(host.strip(), []).append(address.strip().strip("[]"))
        return found
    if not isinstance(value, dict):
        return value
    return {
        host: item if isinstance(item, (list, *OPAQUE)) else [str(item).strip("[]")] for host, item in value.items()
    }


def _expose(value: Any) -> Any:
    """Ports with their protocol, one by one."""
    if not isinstance(value, list):
        return value
    found: list[Any] = []
    for item in value:
        if isinstance(item, OPAQUE):
            found.append(item)
        else:
            found += [port_forms.key_of(port) for port in port_forms.written_out(str(item))]
    return found


def _tmpfs(value: Any) -> Any:
    """Paths, each with its options."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return {path: options for path, _, options in (item.partition(":") for item in value)}
    return forms.waiting(value) if isinstance(value, list) else value


def _files(value: Any) -> Any:
    """Each as an object."""
    if not isinstance(value, list):
        return value
    return [{"path": item} if isinstance(item, (str, *OPAQUE)) else item for item in value]


def _number_as_text(value: Any) -> Any:
    """An empty text is the same as nothing."""
    if value == "":
        return None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class EnvFile(Model):
    """A file with variables, inside the root."""

    path: Annotated[str, Described(description="Where it stands, relative to the project folder.")]
    required: Annotated[bool, Described(description="Whether it has to be there.")] = True
    format: Annotated[
        Literal["raw"] | None, Described(description="raw: each line as it is, without quotes and ${...}.")
    ] = None


class Logging(Model):
    """Where its output goes."""

    driver: Annotated[str | None, Described(description="The logging driver, such as json-file.")] = None
    options: Annotated[
        dict[str, str] | None, BeforeValidator(text_map), Described(description="Options of that driver.")
    ] = None


class OnChange(Model):
    """What is done instead of a restart. One of both."""

    signal: Annotated[str | None, Described(description="Send this signal, such as SIGHUP.")] = None
    command: Annotated[
        list[str] | None,
        BeforeValidator(forms.words),
        Also(str),
        Described(description="Run these words in the container; another exit code than 0 is an error."),
    ] = None

    @model_validator(mode="after")
    def _one(self) -> OnChange:
        if (self.signal is None) == (self.command is None):
            raise refuse(
                "docker/on-change",
                "Exactly one is needed",
                "What is done on a change is a signal or a command.",
                "Write signal: SIGHUP, or command: [...].",
            )
        return self


Words = Annotated[list[str] | None, BeforeValidator(forms.words), Also(str), IMMUTABLE]
Text = Annotated[str | None, BeforeValidator(_number_as_text), IMMUTABLE]
Pairs = Annotated[dict[str, str] | None, forms.made_by(pairs), Also(list[str]), IMMUTABLE]
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
        forms.made_by(_without_process),
        Also(list[str]),
        IMMUTABLE,
        Described(description="Variables, as a map or a list of NAME=VALUE."),
    ] = None
    env_file: Annotated[
        list[Annotated[EnvFile, Also(str)]] | None,
        BeforeValidator(_files),
        BeforeValidator(forms.listed),
        Also(str),
        RECORDED,
        Described(description="Files with more variables; `environment` goes first."),
    ] = None
    labels: Annotated[
        dict[str, str] | None,
        forms.made_by(pairs),
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
        AfterValidator(lambda text: _pull(text) if isinstance(text, str) else text),
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
        BeforeValidator(_yes_is_text),
        AfterValidator(lambda text: _restart(text) if isinstance(text, str) else text),
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
        BeforeValidator(_expose),
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
        forms.made_by(_tmpfs),
        BeforeValidator(forms.listed),
        Also(list[str], str),
        IMMUTABLE,
        Described(description="Paths that are kept in memory, each with its options: /run, or /tmp:size=64m."),
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
        str | None,
        BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value),
        IMMUTABLE,
        Described(description="A fixed address of its interface."),
    ] = None
    dns: Annotated[InOrder, Described(description="The name servers that it asks.")] = None
    dns_opt: Annotated[InOrder, Described(description="Options for asking them.")] = None
    dns_search: Annotated[InOrder, Described(description="Domains in which short names are looked for.")] = None
    extra_hosts: Annotated[
        dict[str, Annotated[list[str], Also(str)]] | None,
        forms.made_by(_hosts),
        Also(list[str]),
        IMMUTABLE,
        Described(description="More hosts that it knows, as a map or a list of HOST:ADDRESS."),
    ] = None
    healthcheck: Annotated[HealthcheckSpec | None, IMMUTABLE, Described(description="How it tells that it works.")] = (
        None
    )
    logging: Annotated[Logging | None, IMMUTABLE, Described(description="Where its output goes.")] = None
    wait: Annotated[
        Literal["started", "healthy", "completed"] | None,
        RECORDED,
        Described(
            description="When it is ready: healthy where it has a healthcheck, else started; completed: once it ended with 0."
        ),
    ] = None
    on_change: Annotated[
        OnChange | None, RECORDED, Described(description="What `restart_triggered_by` does instead of a restart.")
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
            )
        for name in ("network_mode", "ipc", "pid"):
            if str(getattr(self, name)).startswith("service:"):
                raise refuse(
                    "docker/service",
                    "Service outside of a compose file",
                    f"{name} names a service, and a container of its own knows of none.",
                    "Write container:${resources.NAME.name}.",
                )
        self.state = COMPLETED if self.wait == COMPLETED else RUNNING
        return self


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
