"""Looking without changing: the state, its outputs, and questions to the history."""

from __future__ import annotations

from reign.analytics import Table, ask, query
from reign.app.nouns import Where
from reign.app.workspace import open_workspace
from reign.model.event import OutputValue, State
from reign.state import read


def state(where: Where) -> State:
    """What the state holds now."""
    return read(open_workspace(where).layout)


def outputs(where: Where) -> dict[str, OutputValue]:
    """The project's recorded outputs."""
    return state(where).outputs


def run_query(where: Where, sql: str) -> Table:
    """The answer to a user's SQL over state and history. Raises Failed with the database's own words."""
    return query(open_workspace(where).layout, sql)


def run_question(where: Where, question: str, **parameters: object) -> Table:
    """The answer to one of `analytics`' named questions."""
    return ask(open_workspace(where).layout, question, **parameters)
