"""Types to load projects with, and projects from texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from reign.config import Loaded, Project, Request, load
from reign.model.errors import Failed
from reign.model.finding import Finding
from reign.model.plan import SecretSource
from reign.model.schema import Field, Kind, Output, Schema
from reign.model.values import Unknown, Value

TEXT = Field(Kind("string"))
PORT = Kind("object", fields={"number": Field(Kind("integer")), "name": TEXT})
SCHEMAS = {
    "value": Schema("value", {"value": Field(), "triggers": Field(Kind("map"))}, {"value": Output()}),
    "local.file": Schema(
        "local.file",
        {
            "path": TEXT,
            "content": TEXT,
            "source": Field(Kind("source")),
            "mode": TEXT,
            "backup": Field(Kind("bool")),
            "sha256": Field(Kind("string"), computed=True),
        },
        {},
    ),
    "local.template": Schema(
        "local.template",
        {
            "path": TEXT,
            "template": Field(Kind("template")),
            "source": Field(Kind("text_source")),
            "vars": Field(Kind("map")),
        },
        {},
    ),
    "shell.command": Schema(
        "shell.command",
        {
            "create": Field(Kind("command")),
            "delete": Field(Kind("command")),
            "env": Field(Kind("map", item=Kind("string"))),
            "timeout": Field(Kind("duration")),
            "absent_codes": Field(Kind("list", item=Kind("integer"))),
        },
        {},
    ),
    "memory.thing": Schema(
        "memory.thing",
        {
            "name": TEXT,
            "size": Field(Kind("number")),
            "on": Field(Kind("bool")),
            "count": Field(Kind("integer")),
            "ports": Field(Kind("list", item=PORT)),
            "labels": Field(Kind("map", item=Kind("string"))),
            "files": Field(Kind("list", item=Kind("source"))),
            "wait": Field(Kind("duration")),
            "any": Field(),
        },
        {},
    ),
    "memory.slow": Schema(
        "memory.slow", {"name": TEXT}, {"id": Output(Kind("string")), "exit_code": Output(Kind("integer"))}, ready=True
    ),
    "data.memory.thing": Schema(
        "data.memory.thing",
        {"name": TEXT},
        {"size": Output(Kind("number")), "token": Output(Kind("string"), sensitive=True)},
        data=True,
    ),
}
TYPES = tuple(name for name in SCHEMAS if not name.startswith("data."))
DATA_TYPES = ("memory.thing",)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes files (path -> text) and gives the folder; a text alone is reign.yaml."""

    def make(files: str | Mapping[str, str]) -> Path:
        for name, text in ({"reign.yaml": files} if isinstance(files, str) else files).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return make


def load_in(
    folder: Path,
    packages: Mapping[str, str] | None = None,
    secrets: Mapping[str, Value] | None = None,
    **request: object,
) -> Loaded:
    """What `load` makes of a folder.

    packages: the versions of providers that are installed. secrets: those that can be had; without it none is told.
    """
    asked = {} if secrets is None else {"secret": secrets_of(secrets)}
    given = Request(folder, **asked, **request)  # type: ignore[arg-type]
    return load(given, SCHEMAS.get, lambda: TYPES, (packages or {}).get, lambda: DATA_TYPES)


def secrets_of(known: Mapping[str, Value]) -> Callable[[str, SecretSource], Value]:
    """Tells the secrets that are known by name; what is generated is unknown."""

    def tell(name: str, source: SecretSource) -> Value:
        if source.kind == "generate":
            return Unknown((f"secret.{name}",), sensitive=True)
        if name not in known:
            detail = f"The variable {source.what} of the environment is not set."
            raise Failed([Finding("secret/missing-variable", "A secret that is missing", detail, fix="Set it.")])
        return known[name]

    return tell


@pytest.fixture
def loaded(write: Callable[..., Path]) -> Callable[..., Loaded]:
    """Loads a project from texts."""

    def make(files: str | Mapping[str, str], **request: Any) -> Loaded:
        return load_in(write(files), **request)

    return make


@pytest.fixture
def project(loaded: Callable[..., Loaded]) -> Callable[..., Project]:
    """Loads a project that has nothing wrong with it; the head (`version`, `project`) may be left out."""

    def make(files: str | Mapping[str, str], **request: object) -> Project:
        texts = {"reign.yaml": files} if isinstance(files, str) else dict(files)
        if not texts["reign.yaml"].startswith("version:"):
            texts["reign.yaml"] = f"version: 1\nproject: shop\n{texts['reign.yaml']}"
        result = loaded(texts, **request)
        assert result.project is not None, [told(finding) for finding in result.findings]
        return result.project

    return make


def told(finding: Finding) -> str:
    """A finding as text: what a person would get to see of it, but wrapped by nobody."""
    lines = [f"{finding.summary} [{finding.code}]"]
    if finding.place:
        owner = f", in {finding.address}" if finding.address else ""
        inside = f" at {finding.path}" if finding.path else ""
        over = finding.overlay_of
        below = f" (overlay of {over.file}:{over.line})" if over else ""
        lines.append(f"  {finding.place}{owner}{inside}{below}")
    for number, text in finding.excerpt:
        lines.append(f"  {number:>4} | {text}".rstrip())
        if finding.place and number == finding.place.line:
            lines.append(
                f"       | {' ' * (finding.place.column - 1)}{'^' * finding.place.width} {finding.hint}".rstrip()
            )
    if finding.related:
        lines.append(f"  see {', '.join(map(str, finding.related))}")
    lines.append(f"  {finding.detail}")
    if finding.fix:
        lines.append(f"  Fix: {finding.fix}")
    return "\n".join(lines)
