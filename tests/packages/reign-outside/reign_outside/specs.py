"""`outside.thing`: what is declared, and what a change of a field means."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from reign.model.schema import Kind, Output
from reign.providers.spec import IDENTITY, IMMUTABLE, Model, Types, TypeSpec


class ThingSpec(Model):
    """Something that stands in the outside system, which lets two of them have one name."""

    name: Annotated[str, IDENTITY, Field(description="What it is called.")]
    size: Annotated[int, Field(description="Can change in place.")] = 1
    zone: Annotated[str, IMMUTABLE, Field(description="Cannot change in place.")] = "a"
    labels: Annotated[dict[str, str] | None, Field(description="Anything.")] = None


TYPES = Types(
    TypeSpec(
        "outside.thing",
        ThingSpec,
        {
            "id": Output(Kind("string"), description="The number that the system gave it."),
            "size": Output(Kind("integer"), follows=("size",), description="Its size."),
        },
    )
)
