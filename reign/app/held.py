"""The state, held by a use-case that calls nothing outside: what was cut off before is brought to an end first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from reign.app.declared import read_files
from reign.app.origin import owner
from reign.app.recovery import recover
from reign.app.workspace import Workspace
from reign.config import Project, Settings
from reign.model.errors import ReignError
from reign.model.finding import Finding
from reign.state.writer import Writer, open_writer


@dataclass(frozen=True, slots=True)
class Held:
    """The lock's holder. `project` is what can be read of reign.yaml; `told` what came to light on the way."""

    writer: Writer
    project: Project | None
    told: tuple[Finding, ...]

    @property
    def settings(self) -> Settings:
        """Those of the project; the defaults where it cannot be read."""
        return self.project.settings if self.project else Settings()


@contextmanager
def holding(
    space: Workspace,
    command: str,
    lock_wait_s: float = 0.0,
    lineage: str | None = None,
    *,
    feeds: bool = True,
    reads: bool = True,
) -> Iterator[Held]:
    """Take the lock for `command`. `lineage`, `feeds`: see `open_writer`. Without `reads` reign.yaml is read only where
    something was cut off. Raises Locked, Failed; and what came to light is told beside whatever is raised inside.
    """
    with open_writer(space.layout, owner(space.where.environ, command), lock_wait_s, lineage, feeds=feeds) as writer:
        looks = reads or not writer.fold.is_settled
        project = read_files(space).partial if looks else None
        found = recover(space, writer, project.resources if project else {}) if looks else ()
        held = Held(writer, project, (*writer.findings, *found))
        with telling(held.told):
            yield held


@contextmanager
def telling(told: Sequence[Finding]) -> Iterator[None]:
    """What came to light on the way is told beside whatever keeps the work from being done."""
    try:
        yield
    except ReignError as error:
        error.findings = (*error.findings, *told)
        raise
