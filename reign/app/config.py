"""`config show`: what all files of a project say together, and where each value comes from."""

from __future__ import annotations

from reign.app.declared import all_findings, read_files
from reign.app.nouns import Where
from reign.app.workspace import open_workspace, request
from reign.config import ShownConfig, show
from reign.model.errors import Failed


def show_config(where: Where) -> ShownConfig:
    """The merged document of the environment that is meant. Raises Failed with all findings where one is an error.

    Runs nothing and connects to nothing; secrets are not looked at.
    """
    space = open_workspace(where)
    loaded = read_files(space)
    if loaded.project is None:
        raise Failed(all_findings(space, loaded))
    return show(request(where), loaded, space.registry.schema)
