"""The types: what is declared, what can be read of it, and what a change of a field means."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from reign.model.schema import Kind, Output
from reign.providers.spec import IDENTITY, IMMUTABLE, Model, Types, TypeSpec


class NoteSpec(Model):
    """A note on the shelf."""

    title: Annotated[str, IDENTITY, Field(description="What it is called; two notes with one title are one note.")]
    text: Annotated[str, Field(description="What it says.")]
    color: Annotated[str, IMMUTABLE, Field(description="The paper; another color is another note.")] = "yellow"


class ShelfSpec(Model):
    """The notes whose titles begin alike."""

    prefix: Annotated[str, Field(description="How their titles begin.")] = ""


TYPES = Types(
    TypeSpec(
        "sample.note",
        NoteSpec,
        {"title": Output(Kind("string")), "length": Output(Kind("integer"), follows=("text",))},
    ),
    TypeSpec(
        "data.sample.shelf",
        ShelfSpec,
        {"titles": Output(Kind("list", item=Kind("string"))), "count": Output(Kind("integer"))},
        data=True,
    ),
)
