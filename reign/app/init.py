"""`init`: a project that plans, in a folder that had none."""

from __future__ import annotations

import os
import re
from contextlib import suppress

from reign.app import trusted
from reign.app.nouns import Initialised, Where
from reign.app.schema import write_schemas
from reign.app.workspace import Workspace, open_workspace
from reign.model.errors import Failed

_START = """\
# yaml-language-server: $schema=./.reign/reign.schema.json
version: 1
project: {project}

variables:
  name: {{type: string, default: world, description: Who is greeted}}

resources:
  greeting:
    type: local.file
    spec:
      path: greeting.txt
      content: |
        Hello, ${{var.name}}.

outputs:
  greeting: {{value: "${{resources.greeting.path}}"}}
"""


def init(where: Where) -> Initialised:
    """Write `reign.yaml` unless there is one, and `.reign` with the schemas that editors read. Changes nothing that is there.

    Environments share all of that, so none has to be named, and what the project's files say does not matter.
    """
    space = open_workspace(where, named_env="")
    folder = space.folder
    layout = space.layout
    written = []
    folder.mkdir(parents=True, exist_ok=True)
    if not os.path.lexists(folder / "reign.yaml"):  # a link that leads nowhere is not written through either
        is_new = not any(_is_of_a_project(path.name) for path in folder.iterdir())
        (folder / "reign.yaml").write_text(_START.format(project=_project_name(folder.name)), encoding="utf-8")
        written.append("reign.yaml")
        if is_new:
            _trust(space)
    layout.create()
    written += [f".reign/{name}" for name in write_schemas(space)]
    return Initialised(tuple(written))


def _is_of_a_project(name: str) -> bool:
    """Whether a project reads a file of this name beside its reign.yaml: an overlay or a state that others may have left."""
    return name == ".reign" or (name.startswith("reign.") and name.endswith(".yaml"))


def _trust(space: Workspace) -> None:
    """A project that begins with what Reign itself wrote is the user's own. Where that cannot be kept, it is asked later."""
    with suppress(Failed):
        trusted.give(space.folder, space.where.environ)


def _project_name(folder: str) -> str:
    name = re.sub(r"[^a-z0-9_-]+", "-", folder.lower()).strip("-_0123456789")
    return name or "project"
