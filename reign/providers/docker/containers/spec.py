"""The spec of `docker.container`: the keys of a Compose service that one container has, in their long forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, model_validator
from pydantic import Field as Described

from reign.model.schema import Kind, Output, When
from reign.providers.docker.containers import contents, forms, shapes
from reign.providers.docker.containers.health import HealthcheckSpec
from reign.providers.docker.containers.limits import Limits
from reign.providers.docker.containers.networking import Networking
from reign.providers.docker.containers.process import Process, Text
from reign.providers.docker.containers.refused import REFUSED
from reign.providers.docker.containers.rights import Rights
from reign.providers.docker.containers.storage import Storage
from reign.providers.docker.specs.parts import NAMED_BY, checked_labels, checked_name
from reign.providers.spec import IMMUTABLE, RECORDED, Also, Mark, Refusal, TypeSpec, refuse

NAME = Mark(identity=True)
READ = Mark(immutable=True, computed=True)
STATE = Mark(computed=True, tells=False)

RUNNING, COMPLETED, REACHABLE = "running", "completed", "reachable"

Pairs = Annotated[dict[str, str] | None, forms.made_by(shapes.pairs), Also(list[str]), IMMUTABLE]


class ContainerSpec(Rights, Limits, Networking, Storage, Process):
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
    platform: Annotated[Text, Described(description="The platform of the image, such as linux/amd64.")] = None
    pull_policy: Annotated[
        str,
        AfterValidator(lambda text: shapes.pull_policy(text) if isinstance(text, str) else text),
        RECORDED,
        Described(description="When the image is pulled, as it is made: missing, always or never."),
    ] = "missing"
    restart: Annotated[
        str | None,
        BeforeValidator(shapes.yes_is_text),
        AfterValidator(lambda text: shapes.restart_policy(text) if isinstance(text, str) else text),
        Described(description="When the engine starts it again: no, always, unless-stopped, on-failure[:TIMES]."),
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
    file_labels: Annotated[dict[str, str] | None, READ, Described(description="What was read from `label_file`.")] = (
        None
    )
    state: Annotated[
        str | None, STATE, Described(description="running or completed; what stands otherwise was changed by hand.")
    ] = None

    @model_validator(mode="after")
    def _fits_together(self) -> ContainerSpec:
        for name in ("network_mode", "ipc", "pid"):
            if str(getattr(self, name)).startswith("service:"):
                raise refuse(
                    "docker/service",
                    "Service outside of a compose file",
                    f"{name} names a service, and a container of its own knows of none.",
                    "Write container:${resources.NAME.name}.",
                    at=name,
                )
        if self.wait == REACHABLE and not self.may_be_reached():
            raise refuse(
                "docker/wait",
                "Nothing to reach",
                "wait: reachable waits for the TCP ports that it publishes, and it publishes none.",
                "Publish one under `ports`, or wait for something else.",
                at="wait",
            )
        contents.check(self.files, self.read_only, self.in_memory())
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


CONTAINER = TypeSpec(
    "docker.container", ContainerSpec, _OUTPUTS, ready=True, reads=True, named_by=NAMED_BY, fills=When()
)
