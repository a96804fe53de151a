"""docs/docker.md: what becomes of each key of what an engine holds, by its schema."""

from collections.abc import Iterator, Mapping

from reign.app.nouns import Where
from reign.app.workspace import open_workspace
from reign.model.schema import Field
from tests.docs.blocks import Blocks
from tests.docs.pages import ROOT

TYPES = ("docker.network", "docker.volume", "docker.image", "docker.container")
ONLY_FALSE = ("privileged", "provenance", "sbom")
"""Keys of a build that are taken with that value alone, and say nothing."""


def docker() -> Blocks:
    """A block with a table for each."""
    registry = open_workspace(Where(ROOT)).registry
    schemas = {name: registry.schema(name) for name in TYPES}
    tables = {name: "\n".join(_table(schema.fields if schema else {})) for name, schema in schemas.items()}
    return Blocks("the models of the types, reign/providers/docker", tables)


def _table(fields: Mapping[str, Field]) -> Iterator[str]:
    yield "| key | a change in `reign.yaml` | changed from outside | on import |"
    yield "|---|---|---|---|"
    for name, field in sorted(fields.items()):
        yield f"| `{name}` | {_change(field)} | {_drift(name, field)} | {_import(name, field)} |"
        if _is_seen_by_its_image(name, field):
            for key in sorted(set(field.kind.fields or {}) - {*ONLY_FALSE}):
                yield f"| `{name}.{key}` | update | as `{name}` | as `{name}` |"


def _is_seen_by_its_image(name: str, field: Field) -> bool:
    """Whether it is a `build`: of that an image tells what it was built from, and its id."""
    return name == "build" and not field.observed


def _change(field: Field) -> str:
    if field.computed:
        return "by itself: " + ("replace" if field.immutable else "update")
    if field.recorded:
        return "recorded, nothing is called"
    fixed = sorted(name for name, inner in (field.kind.fields or {}).items() if inner.immutable)
    if fixed and not field.immutable:
        return f"update; replace for {', '.join(f'`{name}`' for name in fixed)}"
    return "replace" if field.immutable else "update"


def _drift(name: str, field: Field) -> str:
    if _is_seen_by_its_image(name, field):
        return "found: `context_sha256`, `current`"
    return "never told to the engine" if field.recorded or not field.observed else "found"


def _import(name: str, field: Field) -> str:
    if _is_seen_by_its_image(name, field):
        return "built by the next apply"
    return "as declared" if field.recorded or not field.observed else "compared"
