"""Every attribute of every type, changed from outside: is it found? And where nothing was changed: is nothing found?

The tables say what is to be declared of each type, what somebody does to it outside, and which attributes then differ. A
type or a field without a row fails `uncovered`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reign.app.apply import apply
from reign.app.drift import find_drift
from reign.app.nouns import ApplyRequest, Where
from reign.app.plan import make_plan
from reign.execution.cancel import Cancel
from reign.model.redact import Masks
from reign.model.schema import Schema
from reign.planning import Options
from reign.planning.shapes import Shapes
from reign.providers.registry import Registry
from tests.app.drifting_objects import ELSEWHERE, every_row
from tests.app.drifting_rows import GONE, KEPT_BY_REIGN, QUIET, ROWS, Row
from tests.services.engine import Engine


@dataclass(frozen=True)
class Found:
    """`attributes` were changed, of which `missed` were not found; of `plans` that should be quiet, `noisy` were not."""

    attributes: int
    missed: tuple[str, ...]
    plans: int
    noisy: tuple[str, ...]


def uncovered(rows: Iterable[Row] | None = None) -> list[str]:
    """Types and fields that the outside tells of and that no row is about; also rows about what there is not."""
    registry, rows = Registry({}, Masks()), tuple((*ROWS, *every_row()) if rows is None else rows)
    told = {(row.type, name) for row in rows for name in (row.differs - {GONE}) | row.shows}
    told |= {(row.type, name) for row in rows if row.of for name in row.spec}
    wanted = {(each.type, name) for each in _schemas(registry) for name in _seen(registry, each)}
    unknown = {each for each in told if each[0] in {kind for kind, _ in wanted}} - _fields(registry)
    lacking = (f"{kind}.{name}" for kind, name in sorted(wanted - told))
    missing = [f"no row for {field}" for field in lacking if field not in ELSEWHERE]
    return missing + [f"no such field: {kind}.{name}" for kind, name in sorted(unknown)]


def _schemas(registry: Registry) -> Iterator[Schema]:
    for kind in registry.types():
        schema = registry.schema(kind)
        if schema is not None and kind not in KEPT_BY_REIGN:
            yield schema


def _seen(registry: Registry, schema: Schema) -> Iterator[str]:
    shape = Shapes(registry.schema).of(schema.type)
    return (name for name in schema.fields if shape is not None and name not in shape.blind)


def _fields(registry: Registry) -> set[tuple[str, str]]:
    known = {(each.type, name) for each in _schemas(registry) for name in each.fields}
    return known | {(each.type, name) for each in _schemas(registry) if each.expands for name in _child(registry)}


def _child(registry: Registry) -> Iterable[str]:
    schema = registry.schema("local.file")
    return schema.fields if schema else ()


_PAIR = re.compile(r"\\ud[89ab]..\\ud[c-f]..")
"""Two halves of a character, as JSON writes one; YAML does not."""


def _as_one(pair: re.Match[str]) -> str:
    whole: str = json.loads(f'"{pair[0]}"')
    return f"\\U{ord(whole):08x}"


class Project:
    """One in a folder, driven by the use-cases. `engine`: where its containers stand, with names of its test's own."""

    def __init__(self, folder: Path, engine: Engine | None = None) -> None:
        environ = {"PATH": os.environ["PATH"], "REIGN_TRUST": "1", "SECRET_DB": "canary-9e2b", "HOME": str(folder)}
        self.folder, self.where = folder, Where(folder, environ=environ)
        self.named: dict[str, Any] = {"version": 1, "project": engine.name if engine else "drifting"}
        if engine:
            self.named["providers"] = {"docker": {"host": engine.address}}

    def write(self, blocks: Mapping[str, tuple[str, Mapping[str, Any]]]) -> None:
        told = {name: {"type": kind, "spec": dict(spec)} for name, (kind, spec) in blocks.items()}
        secrets = {"db": {"env": "SECRET_DB"}, "made": {"generate": {"length": 24}}}
        text = _PAIR.sub(_as_one, json.dumps({**self.named, "secrets": secrets, "resources": told}))
        (self.folder / "reign.yaml").write_text(text, encoding="utf-8")

    def apply(self, **options: Any) -> str:
        request = ApplyRequest(options=Options(**options))
        applied = apply(self.where, request, lambda _: None, lambda _: None, Cancel())
        return applied.status + "".join(f" {each.address}: {each.detail}" for each in applied.failed)

    def noise(self, where: Where | None = None) -> list[str]:
        """What a plan has to say, where it should have nothing to say."""
        plan = make_plan(where or self.where, Options()).plan
        drift = [f"{each.address} drifted: {', '.join(each.changed)}" for each in plan.drift]
        return drift + [f"{change.address}: {change.action} {change.changed}" for change in plan.actions()]

    def drifted(self) -> dict[str, set[str]]:
        """Address -> the attributes that differ."""
        found: dict[str, set[str]] = {}
        for each in find_drift(self.where, Options()).attributes:
            found.setdefault(each.address.text, set()).add(each.path)
        return found


def changed_outside(folder: Path, rows: Iterable[Row] = ROWS, engine: Engine | None = None) -> Found:
    """Apply all of it, plan it three times, change every attribute from outside, and look; then take it over, and look again.

    `folder` is empty, and other folders are made beside it.
    """
    project, rows = Project(folder, engine), tuple(rows)
    names = [f"r{number}" for number in range(len(rows))]
    for row in rows:
        for name, data in row.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
    project.write({name: (row.type, row.spec) for name, row in zip(names, rows, strict=True)})
    _done(project.apply())
    noisy = [told for number in range(3) for told in project.noise()]
    for row in rows:
        row.do(folder)
    found = project.drifted()
    wanted = {
        (row.of or f"{row.type}.NAME").replace("NAME", name): row.differs for name, row in zip(names, rows, strict=True)
    }
    missed = [f"{address}: {path}" for address, paths in wanted.items() for path in _missed(paths, found.get(address))]
    noisy += [f"{address}: {path}" for address in found.keys() - wanted.keys() for path in found[address]]
    _done(project.apply(refresh_only=True))
    noisy += [f"taken over: {address} {paths}" for address, paths in project.drifted().items()]
    _done(project.apply())
    noisy += project.noise()
    return Found(sum(map(len, wanted.values())), tuple(missed), 3 + 2, tuple(noisy))


def _missed(paths: Iterable[str], found: Iterable[str] | None) -> list[str]:
    """The attributes that nothing was found of: all of one, or a part of it."""
    tops = {re.split(r"[.\[]", path)[0] for path in found or ()}
    return [path for path in paths if path not in tops]


def nothing_changed(
    folder: Path, quiet: Iterable[tuple[str, Mapping[str, Any]]] = QUIET, engine: Engine | None = None
) -> Found:
    """Apply what is easily taken for another thing than it is, and plan it three times: as it is, with another umask, and
    through a link to the folder.
    """
    project = Project(folder, engine)
    project.write({f"r{number}": each for number, each in enumerate(quiet)})
    _done(project.apply())
    link = folder.with_name(f"{folder.name}-link")
    link.symlink_to(folder, target_is_directory=True)
    noisy = project.noise()
    with umask(0o077):
        noisy += project.noise()
    noisy += project.noise(replace(project.where, folder=link))
    return Found(0, (), 3, tuple(noisy))


@contextmanager
def umask(bits: int) -> Iterator[None]:
    """With another one."""
    before = os.umask(bits)
    try:
        yield
    finally:
        os.umask(before)


def _done(status: str) -> None:
    if status != "completed":
        raise AssertionError(status)
