"""The names that a shell completes: cheap to read, nothing run, reached or written; and no values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from reign.app.declared import read_files
from reign.app.expansion import expanded
from reign.app.look import run_question
from reign.app.nouns import Where
from reign.app.workspace import Workspace, open_workspace
from reign.config.names import environments as known_environments
from reign.config.names import variables as declared_variables
from reign.model.address import Address
from reign.model.errors import Failed
from reign.state import read

MOST = 10_000
"""More names of one kind than these nobody reads through."""


def addresses(where: Where) -> list[str]:
    """Of everything that the state holds or the project declares, as far as its files can be read."""
    space = open_workspace(where)
    found: set[Address] = set()
    for read_some in (_held, _declared):
        with suppress(Failed):
            found.update(read_some(space))
    return [address.text for address in sorted(found, key=Address.sort_key)[:MOST]]


def _held(space: Workspace) -> Iterable[Address]:
    try:
        return read(space.layout).resources
    except Failed:  # of a reign.yaml that cannot be read, the state of the environment that was named can be
        return read(open_workspace(space.where, space.where.env or "").layout).resources


def _declared(space: Workspace) -> Iterable[Address]:
    project = read_files(space).partial
    if project is None:
        return ()
    try:
        return expanded(space, project, space.site("", project.name, project.env)).resources
    except Failed:
        return project.resources


def outputs(where: Where) -> list[str]:
    """Of what the last apply left."""
    return sorted(read(open_workspace(where).layout).outputs)


def runs(where: Where) -> list[str]:
    """The ids, the newest first."""
    return [str(row[0]) for row in run_question(where, "runs").rows[:MOST]]


def checkpoints(where: Where) -> list[str]:
    """The names, the newest first."""
    return [held.name for held in reversed(read(open_workspace(where).layout).checkpoints.values())]


def points(where: Where) -> list[str]:
    """What can be gone back to and has a name: checkpoints, then runs."""
    return [*checkpoints(where), *runs(where)]


def types(where: Where) -> list[str]:
    """Of everything that can be made or looked up."""
    registry = open_workspace(where).registry
    return sorted({*registry.types(), *registry.data_types()})


def environments(where: Where) -> list[str]:
    """Those of the project."""
    return known_environments(where.folder)


def variables(where: Where) -> list[str]:
    """Those that reign.yaml declares."""
    return declared_variables(where.folder)


NAMES: dict[str, Callable[[Where], list[str]]] = {
    "address": addresses,
    "output": outputs,
    "run": runs,
    "checkpoint": checkpoints,
    "point": points,
    "type": types,
    "env": environments,
    "variable": variables,
}
