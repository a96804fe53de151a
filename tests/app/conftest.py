"""A project in a folder of its own, driven through the use-cases as a surface would."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reign.app.apply import apply
from reign.app.nouns import Applied, ApplyRequest, Planned, Where
from reign.app.plan import make_plan
from reign.app.planfile import seal_plan
from reign.execution.cancel import Cancel
from reign.model.event import Event
from reign.model.plan import Action
from reign.planning import Options


def approve(_: Planned) -> None:
    """Yes."""


@dataclass
class Folder:
    """A project's folder and its use-cases."""

    path: Path
    environ: dict[str, str] = field(default_factory=lambda: {"PATH": os.environ["PATH"], "REIGN_TRUST": "1"})
    env: str | None = None
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def where(self) -> Where:
        return Where(self.path, self.env, environ=self.environ)

    def write(self, resources: str, head: str = "") -> None:
        text = f"version: 1\nproject: p\n{head}resources:\n{resources}"
        (self.path / "reign.yaml").write_text(text, encoding="utf-8")

    def plan(self, **options: object) -> Planned:
        return make_plan(self.where, Options(**options))  # type: ignore[arg-type]

    def actions(self, **options: object) -> dict[str, str]:
        found = self.plan(**options).plan.changes
        return {str(change.address): change.action.value for change in found if change.action is not Action.NOOP}

    def save(self) -> bytes:
        return seal_plan(self.where, self.plan())

    def apply(
        self,
        file: bytes | None = None,
        approve: Callable[[Planned], None] = approve,
        watch: Callable[[Iterable[Event]], None] = lambda _: None,
        **options: object,
    ) -> Applied:
        request = ApplyRequest(options=Options(**options) if file is None else None, file=file)  # type: ignore[arg-type]
        return apply(self.where, request, approve, watch, Cancel())

    def journal(self) -> Path:
        return max((self.path / ".reign" / "journal").glob("*.log"))

    def start(self, *words: str) -> subprocess.Popen[str]:
        environ = {**self.environ, "PYTHONPATH": os.pathsep.join(sys.path), "HOME": str(self.path)}
        process = subprocess.Popen(
            [sys.executable, "-m", "reign", "-C", str(self.path), *words],
            env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.started.append(process)
        return process

    def end(self) -> None:
        """Put an end to what a test that failed left running: its warnings would fail another test."""
        for process in self.started:
            with process:  # closes its pipes, and waits for it
                process.kill()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    folder = Folder(tmp_path)
    yield folder
    folder.end()
