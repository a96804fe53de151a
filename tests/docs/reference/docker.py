"""docs/docker.md: what becomes of each key of a container, by its schema."""

from collections.abc import Iterator, Mapping

from reign.app.nouns import Where
from reign.app.workspace import open_workspace
from reign.model.schema import Field
from tests.docs.blocks import Blocks
from tests.docs.pages import ROOT

TYPE = "docker.container"


def docker() -> Blocks:
    """One block with the table."""
    schema = open_workspace(Where(ROOT)).registry.schema(TYPE)
    fields = schema.fields if schema else {}
    return Blocks("the models of the types, reign/providers/docker", {TYPE: "\n".join(_table(fields))})


def _table(fields: Mapping[str, Field]) -> Iterator[str]:
    yield "| key | a change in `reign.yaml` | changed from outside | on import |"
    yield "|---|---|---|---|"
    for name, field in sorted(fields.items()):
        yield f"| `{name}` | {_change(field)} | {_drift(field)} | {_import(field)} |"


def _change(field: Field) -> str:
    if field.computed:
        return "by itself: " + ("replace" if field.immutable else "update")
    if field.recorded:
        return "recorded, nothing is called"
    fixed = sorted(name for name, inner in (field.kind.fields or {}).items() if inner.immutable)
    if fixed and not field.immutable:
        return f"update; replace for {', '.join(f'`{name}`' for name in fixed)}"
    return "replace" if field.immutable else "update"


def _drift(field: Field) -> str:
    return "never told to the engine" if field.recorded or not field.observed else "found"


def _import(field: Field) -> str:
    return "as declared" if field.recorded or not field.observed else "compared"
