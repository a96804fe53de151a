"""`trust`: a folder whose commands may run, and whose connections may be used."""

from __future__ import annotations

from dataclasses import replace

from reign.app import trusted
from reign.app.data import look_up_data
from reign.app.declared import planner_inputs, read_files
from reign.app.nouns import Where
from reign.app.secrets import Secrets
from reign.app.unseen import hidden, hidden_values
from reign.app.workspace import open_workspace
from reign.model.errors import ReignError
from reign.planning import Options, desired_now, moved_state


def trust(where: Where) -> None:
    """Trust the project's folder from now on. Raises Failed where that cannot be kept."""
    trusted.give(where.folder.resolve(), where.environ)


def allows(where: Where) -> tuple[str, ...]:
    """What trusting the folder lets a plan run or reach, in words, as far as its files can be read."""
    environ = {name: value for name, value in where.environ.items() if name != "REIGN_TRUST"}
    try:
        return needs(replace(where, environ=environ))
    except ReignError:
        return ()


def folders(where: Where) -> tuple[str, ...]:
    """Every folder that the user trusts."""
    return tuple(trusted.folders(where.environ))


def untrust(where: Where) -> bool:
    """Trust it no more. False where it was not trusted; `REIGN_TRUST` is not asked."""
    return trusted.take_back(where.folder.resolve(), where.environ)


def needs(where: Where) -> tuple[str, ...]:
    """What a plan would run or reach and does not, since the folder is not trusted: phrases, none in a trusted one.

    Looks at no more than that plan does. What is wrong with the project's files is for it to say.
    """
    space = open_workspace(where)
    if space.trusted:
        return ()
    secrets = Secrets(space, lambda: space.held)
    project = read_files(space, secrets).partial
    if project is None:
        return ()
    inputs = planner_inputs(space, project, space.held, Options())
    data = look_up_data(space, inputs, space.site(inputs.basis.lineage, project.name, project.env))
    unseen = hidden(space, desired_now(inputs), moved_state(inputs), inputs.connections)
    return tuple(dict.fromkeys((*secrets.unseen, *hidden_values(space, project), *data.unseen, *unseen.phrases)))
