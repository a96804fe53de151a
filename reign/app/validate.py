"""`validate`: everything that can be said without looking at anything but the project's own files."""

from __future__ import annotations

from reign.app.nouns import Validated, Where
from reign.app.plan import placed_findings, planner_inputs
from reign.app.workspace import open_workspace, request
from reign.config import load
from reign.model.event import State
from reign.planning import Options, plan


def validate(where: Where) -> Validated:
    """All findings of the project's files: those of `config`, and what planning it from nothing finds. Connects to nothing."""
    space = open_workspace(where)
    loaded = load(request(where), space.registry.schema, space.registry.types)
    if loaded.project is None:
        return Validated(loaded.findings, loaded.files, 0)
    made = plan(planner_inputs(space, loaded.project, State(), Options(refresh=False)))
    findings = (*loaded.findings, *placed_findings(loaded.project, made))
    return Validated(findings, loaded.files, len(loaded.project.resources))
