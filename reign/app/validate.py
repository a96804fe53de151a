"""`validate`: everything that can be said without looking at anything but the project's own files."""

from __future__ import annotations

from reign.app.allowed import allowed
from reign.app.declared import all_findings, read_files
from reign.app.nouns import Validated, Where
from reign.app.workspace import open_workspace


def validate(where: Where) -> Validated:
    """All findings of the project's files: those of `config`, and what planning it from nothing finds. Connects to nothing."""
    space = open_workspace(where)
    loaded = read_files(space)
    findings, project = all_findings(space, loaded), loaded.project
    if project is None:
        return Validated(findings, loaded.files, 0)
    return Validated(allowed(findings, project.resources), loaded.files, len(project.resources), project.settings)
