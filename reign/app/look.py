"""Looking without changing: the state, its outputs, and questions to the history."""

from __future__ import annotations

from reign.analytics import Table, ask, query, timeline
from reign.app.nouns import Where
from reign.app.workspace import open_existing
from reign.model.event import OutputValue, State
from reign.state import read
from reign.state.layout import Layout


def state(where: Where, *, reveal: bool = False) -> State:
    """What the state holds now; with `reveal`, what is encrypted in it opened, as `Sensitive`. Raises Failed without the key."""
    space = open_existing(where)
    return space.held if reveal else read(space.layout)


def outputs(where: Where, *, reveal: str = "") -> dict[str, OutputValue]:
    """The project's recorded outputs; the one named `reveal` opened. Raises Failed without the key that it needs."""
    space = open_existing(where)
    held = read(space.layout)
    opened = {name: output for name, output in held.outputs.items() if name == reveal}
    return {**held.outputs, **space.vault(held.lineage).decrypt(opened)}


def run_query(where: Where, sql: str, *, single: bool = False) -> Table:
    """The answer to a user's SQL over state and history, one statement if `single`. Raises Failed as `query` does."""
    return query(_layout(where), sql, single=single)


def run_question(where: Where, question: str, **parameters: object) -> Table:
    """The answer to one of `analytics`' named questions."""
    return ask(_layout(where), question, **parameters)


def run_timeline(where: Where, called: str | None, limit: int | None) -> Table:
    """What was done to which resource, as `analytics.timeline` tells it."""
    return timeline(_layout(where), called, limit)


def _layout(where: Where) -> Layout:
    return open_existing(where).layout
