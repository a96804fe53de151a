"""Compose files, expanded as the registry does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from reign.model.address import Address
from reign.model.errors import InvalidSpec, Problem
from reign.model.resource import Resource
from reign.model.values import Spec
from reign.ports import Call, Connection, Site
from reign.providers.registry import Registry

Parts = Mapping[str, Resource]
"""By the word of the type and the key: `container web`."""
Expand = Callable[..., Parts]
Refused = Callable[..., list[Problem]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


def _expanded(project: Path, files: Mapping[str, str], spec: Spec) -> Parts:
    for name, text in files.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    block = Resource(Address("docker.compose", "app"), spec, "docker")
    call = Call("", Connection("docker"), Site(str(project), str(project), str(project / ".reign"), "l"))
    return {f"{at.address.type.partition('.')[2]} {at.address.key}": at for at in Registry().expand(block, call)}


@pytest.fixture
def expand(project: Path) -> Expand:
    """What a compose file (a text, or several by name) stands for."""

    def run(texts: str | Mapping[str, str], **spec: object) -> Parts:
        named = {"compose.yaml": texts} if isinstance(texts, str) else texts
        return _expanded(project, named, spec)  # type: ignore[arg-type]

    return run


@pytest.fixture
def refused(expand: Expand) -> Refused:
    """What is wrong with one."""

    def run(texts: str | Mapping[str, str], **spec: object) -> list[Problem]:
        with pytest.raises(InvalidSpec) as caught:
            expand(texts, **spec)
        return list(caught.value.problems)

    return run
