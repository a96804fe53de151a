"""Types to load projects with, and projects from texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from reign.config import Loaded, Project, Request, load
from reign.model.finding import Finding
from reign.model.schema import Field, Kind, Output, Schema

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
}


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


def load_in(folder: Path, packages: Mapping[str, str] | None = None, **request: object) -> Loaded:
    """What `load` makes of a folder. `packages`: the versions of providers that are installed."""
    return load(Request(folder, **request), SCHEMAS.get, lambda: tuple(SCHEMAS), (packages or {}).get)  # type: ignore[arg-type]


@pytest.fixture
def loaded(write: Callable[..., Path]) -> Callable[..., Loaded]:
    """Loads a project from texts."""

    def make(files: str | Mapping[str, str], **request: object) -> Loaded:
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
