"""Looking without changing: the state, its outputs, and questions to the history."""

from __future__ import annotations

from reign.analytics import Table, ask, query
from reign.app.nouns import Where
from reign.app.workspace import Workspace, open_workspace
from reign.model.errors import Failed
from reign.model.event import OutputValue, State
from reign.model.finding import Finding
from reign.state import read
from reign.state.layout import Layout


def state(where: Where, *, reveal: bool = False) -> State:
    """What the state holds now; with `reveal`, what is encrypted in it opened, as `Sensitive`. Raises Failed without the key."""
    space = _space(where)
    return space.held if reveal else read(space.layout)


def outputs(where: Where, *, reveal: str = "") -> dict[str, OutputValue]:
    """The project's recorded outputs; the one named `reveal` opened. Raises Failed without the key that it needs."""
    space = _space(where)
    held = read(space.layout)
    opened = {name: output for name, output in held.outputs.items() if name == reveal}
    return {**held.outputs, **space.vault(held.lineage).decrypt(opened)}


def run_query(where: Where, sql: str, *, single: bool = False) -> Table:
    """The answer to a user's SQL over state and history, one statement if `single`. Raises Failed as `query` does."""
    return query(_layout(where), sql, single=single)


def run_question(where: Where, question: str, **parameters: object) -> Table:
    """The answer to one of `analytics`' named questions."""
    return ask(_layout(where), question, **parameters)


def _space(where: Where) -> Workspace:
    """Raises Failed where no project is: of a folder that was named wrong, nothing must be told as an empty answer."""
    space = open_workspace(where)
    if not (space.folder / ".reign").is_dir() and not (space.folder / "reign.yaml").is_file():
        said = f"There is neither a reign.yaml nor a .reign in {space.folder}, so there is nothing to look at."
        raise Failed([Finding("usage/no-project", "No project here", said, fix="Name the project's folder with -C.")])
    return space


def _layout(where: Where) -> Layout:
    return _space(where).layout
