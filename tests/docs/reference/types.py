"""docs/types.md: every built-in type with its fields and outputs."""

import json
from collections.abc import Iterator
from typing import Any

from reign.app.nouns import Where
from reign.app.workspace import open_workspace
from reign.model.schema import Field, Kind, Schema, When
from tests.docs.blocks import Blocks
from tests.docs.pages import ROOT
from tests.docs.reference.commands import marked

WORDS = {
    "source": "path of a file",
    "text_source": "path of a file",
    "template": "text",
    "string": "text",
    "any": "anything",
}
"""What a kind is called, where its own name says less."""

DATA = """## Data

What is looked up under [`data`](language.md#data), by its type without the `data.`, and never changed."""


def types() -> Blocks:
    """A block for each type, those of data last."""
    registry = open_workspace(Where(ROOT)).registry
    names = [*registry.types(), *(f"data.{name}" for name in registry.data_types())]
    found = {name: registry.schema(name) for name in names if "memory" not in name.split(".")}
    texts = {name: "\n".join(_type(name, schema)) for name, schema in found.items() if schema}
    first = next(name for name in texts if name.startswith("data."))
    texts[first] = f"{DATA}\n\n{texts[first]}"
    return Blocks("the models of the types, reign/providers", texts)


def _type(name: str, schema: Schema) -> Iterator[str]:
    yield from (f"## `{name}`", "", marked(schema.description))
    fields = {key: field for key, field in schema.fields.items() if not field.computed}
    if fields:
        yield from ("", "| field | type | default | meaning |", "|---|---|---|---|")
        shapes: dict[str, Any] = schema.json.get("properties", {})
        for key, field in sorted(fields.items(), key=lambda item: not item[1].required):
            shape = shapes.get(key, {})
            yield f"| `{key}` | {_choices(shape) or _kind(field.kind)} | {_default(field, shape)} | {_meaning(field)} |"
    yield from _undoing(schema)
    yield from ("", "| output | type | meaning |", "|---|---|---|")
    for key, output in schema.outputs.items():
        yield f"| `{key}` | {_kind(output.kind)} | {marked(output.description)} |"


def _undoing(schema: Schema) -> Iterator[str]:
    """What cannot be undone, by which a rollback parts its changes."""
    if schema.fills is not None:
        yield from ("", f"A rollback counts as data loss what destroys one{_where(schema.fills)}.")
    if schema.stays is not None:
        yield from ("", f"A rollback counts as irreversible what one{_where(schema.stays)} did: nothing undoes it.")


def _where(when: When) -> str:
    """A condition in words."""
    told = [f"with `{name}`" for name in (*when.present, *when.true)] + [f"without `{name}`" for name in when.absent]
    return f" {' and '.join(told)}" if told else ""


def _kind(kind: Kind) -> str:
    if kind.name in ("list", "map"):
        return f"{kind.name} of {_kind(kind.item or Kind())}"
    return WORDS.get(kind.name, kind.name)


def _choices(shape: dict[str, Any]) -> str:
    """The only values that a field takes, where they are few."""
    return ", ".join(f"`{choice}`" for choice in shape.get("enum", ()))


def _default(field: Field, shape: dict[str, Any]) -> str:
    if field.required:
        return "required"
    default = shape.get("default")
    return "" if default is None else f"`{f'{default:g}s' if field.kind.name == 'duration' else json.dumps(default)}`"


def _meaning(field: Field) -> str:
    told = marked(field.description)
    return f"{told} A change replaces it." if field.immutable else told
