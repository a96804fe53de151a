"""Every key of the language and of the built-in types stands in a project that the tests plan and apply."""

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from ruamel.yaml import YAML

from reign.app.nouns import Where
from reign.app.workspace import open_workspace
from reign.config.document import Document, written_fields
from reign.model.schema import Kind
from tests.plans.conftest import PLANS

PROJECTS = [PLANS, PLANS.parent / "tests" / "projects"]
"""Folders of projects: those for people, and those that only the tests have."""

Key = tuple[str, ...]


def keys_of(annotation: Any, path: Key = ()) -> Iterator[Key]:
    """Every key below a part of the document, `*` for any name or place in a list."""
    for step, inner in _inside(annotation):
        if step is None:
            for name, field in written_fields(inner).items():
                yield (*path, name)
                yield from keys_of(field.annotation, (*path, name))
        else:
            yield from keys_of(inner, (*path, step))


def keys_in(value: Any, annotation: Any, path: Key = ()) -> Iterator[Key]:
    """The same keys, but only those that `value` has."""
    for step, inner in _inside(annotation):
        if step is None and isinstance(value, dict):
            for written, item in value.items():
                name = str(written).rstrip("+!")
                field = written_fields(inner).get(name)
                if field is not None:
                    yield (*path, name)
                    yield from keys_in(item, field.annotation, (*path, name))
        elif step is not None and isinstance(value, dict | list):
            for item in value.values() if isinstance(value, dict) else value:
                yield from keys_in(item, inner, (*path, step))


def _inside(annotation: Any) -> Iterator[tuple[str | None, Any]]:
    """(None, model) for a part of the document, ("*", annotation of the items) for a map or a list of anything."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        for member in args:
            yield from _inside(member)
    elif origin is Annotated:
        yield from _inside(args[0])
    elif origin in (list, dict):
        yield "*", args[-1]
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield None, annotation


def fields_of(kind: Kind, path: Key) -> Iterator[Key]:
    """Every key that a user may write below a field of this kind."""
    if kind.item is not None:
        yield from fields_of(kind.item, (*path, "*"))
    for name, field in (kind.fields or {}).items():
        if not field.computed:
            yield (*path, name)
            yield from fields_of(field.kind, (*path, name))


def fields_in(value: Any, kind: Kind, path: Key) -> Iterator[Key]:
    """The same keys, but only those that `value` has."""
    if kind.item is not None and isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from fields_in(item, kind.item, (*path, "*"))
    if kind.fields is not None and isinstance(value, dict):
        for written, item in value.items():
            name = str(written).rstrip("+!")
            if name in kind.fields:
                yield (*path, name)
                yield from fields_in(item, kind.fields[name].kind, (*path, name))


REGISTRY = open_workspace(Where(PLANS)).registry
SCHEMAS = {
    name: schema
    for name in (*REGISTRY.types(), *(f"data.{name}" for name in REGISTRY.data_types()))
    if "memory" not in name.split(".") and (schema := REGISTRY.schema(name))
}
KINDS = {name: Kind("object", fields=schema.fields) for name, schema in SCHEMAS.items()}


def documents() -> Iterator[list[Any]]:
    """Every project, as the documents of its files: reign.yaml, what it includes, and what lies over it."""
    for base in (path for folder in PROJECTS for path in sorted(folder.glob("**/reign.yaml"))):
        files = [base, *sorted(base.parent.glob("reign.*.yaml"))]
        root = next(folder for folder in PROJECTS if base.is_relative_to(folder))
        files += [_included(base, root, name) for name in _read(base).get("include") or []]
        yield [_read(path) for path in files]


def _included(base: Path, root: Path, name: str) -> Path:
    """The root of a project is its work tree; here a folder of projects stands for it, or the project's own."""
    return next(
        (path for path in (root / name[2:], base.parent / name[2:]) if path.exists()),
        base.parent / name[2:] if name.startswith("//") else base.parent / name,
    )


def _read(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {}


def used() -> set[Key]:
    """What the projects write."""
    found: set[Key] = set()
    for parts in documents():
        kinds = {}
        for part in parts:
            found.update(keys_in(part, Document))
            for section in ("data", "resources"):
                for name, written in (part.get(section) or {}).items():
                    block = written or {}
                    front = "data." if section == "data" else ""
                    kind = kinds.setdefault((section, name), f"{front}{block.get('type', '')}")
                    found.update(fields_in(block.get("spec"), KINDS.get(kind, Kind()), (kind,)))
                    found.add((kind,))
    return found


def test_every_key_of_the_language_stands_in_a_project() -> None:
    missing = set(keys_of(Document)) - used()
    if not any(schema.ready for schema in SCHEMAS.values()):
        missing.remove(("resources", "*", "health", "ready"))  # no type that comes with Reign has a readiness yet
    assert sorted(".".join(key) for key in missing) == []


def test_every_type_and_each_of_its_keys_stands_in_a_project() -> None:
    known = {(name,) for name in KINDS} | {key for name, kind in KINDS.items() for key in fields_of(kind, (name,))}
    assert sorted(".".join(key) for key in known - used()) == []


def test_the_keys_are_collected_at_every_depth() -> None:
    keys = set(keys_of(Document))
    assert {
        ("version",),
        ("variables", "*", "pattern"),
        ("secrets", "*", "generate", "length"),
        ("resources", "*", "timeout", "create"),
        ("resources", "*", "lifecycle", "ignore_changes"),
        ("resources", "*", "allow", "*", "until"),
        ("checks", "*", "assert"),
        ("settings", "execution", "retry", "backoff"),
        ("environments", "*", "confirm"),
    } <= keys
    overlay = {
        "resources": {"web!": {"tags+": ["x"]}, "api": {"timeout": {"create": "1s"}, "allow": [{"code": "a/b"}]}}
    }
    assert set(keys_in(overlay, Document)) == {
        ("resources",),
        ("resources", "*", "tags"),
        ("resources", "*", "timeout"),
        ("resources", "*", "timeout", "create"),
        ("resources", "*", "allow"),
        ("resources", "*", "allow", "*", "code"),
    }
