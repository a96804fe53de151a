"""What runs in a container: its command, its variables, its user, and how it is asked to end."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator
from pydantic import Field as Described

from reign.providers.docker.containers import forms, shapes
from reign.providers.docker.containers.health import Duration
from reign.providers.docker.containers.rights import Flag
from reign.providers.spec import IMMUTABLE, RECORDED, Also, Mark, Model

READ_SECRETLY = Mark(immutable=True, computed=True, sensitive=True)

Words = Annotated[list[str] | None, BeforeValidator(forms.words), Also(str), IMMUTABLE]
Text = Annotated[str | None, BeforeValidator(shapes.number_as_text), IMMUTABLE]


class Process(Model):
    """Keys of a Compose service."""

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
    user: Annotated[Text, Described(description="Whom it runs as: USER[:GROUP], by name or number.")] = None
    working_dir: Annotated[Text, Described(description="The folder that it starts in.")] = None
    hostname: Annotated[Text, Described(description="The name that it gives itself.")] = None
    domainname: Annotated[Text, Described(description="The domain of that name.")] = None
    tty: Annotated[Flag, Described(description="Give it a terminal.")] = None
    stdin_open: Annotated[Flag, Described(description="Keep its input open.")] = None
    init: Annotated[Flag, Described(description="Run a small init in it, which hands on signals.")] = None
    stop_signal: Annotated[
        Text, Described(description="What asks it to end; SIGTERM unless the image says otherwise.")
    ] = None
    stop_grace_period: Annotated[
        Duration | None, IMMUTABLE, Described(description="So long it may take to end before it is killed; 10s.")
    ] = None
    file_environment: Annotated[
        dict[str, str] | None, READ_SECRETLY, Described(description="What was read from `env_file`.")
    ] = None
