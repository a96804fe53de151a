"""What specs of several types have in common: names, labels, options, keys that are refused."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator
from pydantic import Field as Described

from reign.providers.docker.marks import PREFIX
from reign.providers.spec import IDENTITY, OPAQUE, Also, Model, Refusal, refuse

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")


def checked_name(name: str) -> str:
    """`name`, where an engine takes it."""
    if not _NAME.fullmatch(name):
        raise refuse(
            "docker/name",
            "Not a name that an engine takes",
            f"{name!r} is none: two or more letters, digits, `_`, `.` and `-` are, with a letter or digit in front.",
            "Leave the name away: it is then made of project, environment and block.",
        )
    return name


Name = Annotated[
    str | None,
    AfterValidator(lambda name: name if name is None else checked_name(name)),
    IDENTITY,
    Described(description="What it is called there; made of project, environment, block and key unless given."),
]


def scalar_text(value: Any) -> Any:
    """A scalar as the text that Compose makes of it: true is `true`, null is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def text_map(value: Any) -> Any:
    """A map of texts, from a map of scalars or a list of `name=value`."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return dict(item.partition("=")[::2] for item in value)
    if isinstance(value, dict):
        return {name: item if isinstance(item, OPAQUE) else scalar_text(item) for name, item in value.items()}
    return value


def checked_labels(labels: dict[str, Any]) -> dict[str, Any]:
    """`labels`, none of which is taken for a mark."""
    for name in labels:
        if name.startswith(PREFIX):
            raise refuse(
                "docker/reserved-label",
                "Label kept for the mark",
                f"Labels that begin with {PREFIX!r} say what made an object, and {name!r} does.",
                "Give it another name.",
            )
    return labels


Texts = Annotated[dict[str, str], BeforeValidator(text_map), Also(list[str])]
Labels = Annotated[
    dict[str, str],
    BeforeValidator(text_map),
    Also(list[str]),
    AfterValidator(checked_labels),
    Described(description="Labels, as a map or a list of name=value; none may begin with `reign.`."),
]

NAMED_BY = ("DOCKER_HOST",)
"""The variable by which the user's own environment names the default engine (`TypeSpec.named_by`)."""

EXTERNAL = Refusal(
    "docker/external",
    "External things are looked up",
    "What is `external` is made by others and never by this project, so it is no resource of it.",
    "Look it up under `data`, by its `name`, and refer to that: ${data.NAME.name}.",
)


class NamedSpec(Model):
    """What is looked up by its name."""

    name: Annotated[str, Described(min_length=1, description="What it is called there, or its id.")]
