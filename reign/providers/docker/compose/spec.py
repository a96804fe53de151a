"""The spec of `docker.compose`."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator
from pydantic import Field as Described

from reign.providers.spec import Also, Model, TypeSpec, refuse

_PROJECT = re.compile(r"[a-z0-9][a-z0-9_-]*")


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def is_project_name(name: str) -> bool:
    """Whether compose takes it for a project."""
    return _PROJECT.fullmatch(name) is not None


def told_of_project(name: str) -> tuple[str, str, str, str]:
    """What is told of one that it does not take: code, summary, detail, fix."""
    detail = f"{name!r} is none: small letters, digits, - and _ are, with a letter or digit in front."
    return "docker/compose-project", "Not a name of a project", detail, "Write it in small letters."


def _project(name: str | None) -> str | None:
    if name is not None and not is_project_name(name):
        raise refuse(*told_of_project(name))
    return name


Names = Annotated[list[str], BeforeValidator(_listed), Also(str)]


class ComposeSpec(Model):
    """What compose files declare: one network, volume, image and container for each that they stand for."""

    files: Annotated[
        Names | None,
        Described(
            min_length=1,
            description="The compose files inside the root, each laid over those before it; // is the root. "
            "The standard one of the project folder, and its override, unless given.",
        ),
    ] = None
    project: Annotated[
        str | None,
        AfterValidator(_project),
        Described(description="What compose calls the project; what the file says, else its folder, unless given."),
    ] = None
    project_directory: Annotated[
        str | None, Described(description="What paths are written from; the folder of the first file unless given.")
    ] = None
    profiles: Annotated[
        Names, Described(default_factory=list, description="Services of these profiles as well; * for all.")
    ]
    environment: Annotated[
        dict[str, str | None],
        Described(
            default_factory=dict,
            description="Variables of the files, before those of .env; null: it has no value, on purpose.",
        ),
    ]
    env_file: Annotated[
        Names | None,
        Described(description="Files of variables, the last one first; .env beside the first file unless given."),
    ] = None
    ignore: Annotated[
        Names,
        Described(
            default_factory=list,
            description="Keys that may stand in the files and change nothing, as `develop` or `deploy.placement`.",
        ),
    ]


COMPOSE = TypeSpec("docker.compose", ComposeSpec, {}, expands=True)
