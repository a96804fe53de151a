"""The connections over which something of a state may have been made: by what it holds, its history, and the project."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reign.app.declared import read_files
from reign.app.recovery import Stored
from reign.app.workspace import Workspace
from reign.model.codec import decode
from reign.model.errors import ReignError
from reign.model.event import EventKind, State
from reign.model.resource import Snapshot
from reign.model.values import Secret, Spec, Value, from_json, is_known, is_sensitive, mapped, reveal
from reign.providers.registry import provider_of

Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reached:
    """A connection, by its name and settings in clear; None where nobody can tell them any more."""

    connection: str
    settings: Spec | None


def reached(space: Workspace, state: State, raws: Iterable[Raw]) -> Iterator[Reached]:
    """Each of them once, in the order in which they are come upon: of `state`, of the events of its journal, of the blocks of
    the project as it is declared now. What is declared and used by no block is none.
    """
    raws = list(raws)
    told: set[str] = set()
    seen: set[tuple[str, str]] = set()
    for name, settings in (*_of_state(space, state), *_of_results(space, state.lineage, raws), *_of_blocks(space)):
        if (clear := _clear(settings)) is not None:
            told.add(name)
            if (key := (name, json.dumps(clear, sort_keys=True, default=str))) not in seen:
                seen.add(key)
                yield Reached(name, clear)
    for name, run in _of_intents(raws).items():
        if name not in told:
            yield Reached(name, _planned(space, name, run))


def _of_state(space: Workspace, state: State) -> Iterator[tuple[str, Spec]]:
    try:
        opened = space.opened(state)
    except ReignError:
        opened = state  # whose key is not here: that is told by itself
    for each in (*opened.resources.values(), *opened.deposed.values()):
        yield each.connection, dict(each.settings)


def _of_results(space: Workspace, lineage: str, raws: Iterable[Raw]) -> Iterator[tuple[str, Spec]]:
    """What calls led to once, whatever became of it."""
    seen: set[str] = set()
    for raw in raws:
        for told in (raw["data"].get("snapshot"), raw["data"].get("deposed")):
            if not isinstance(told, dict):
                continue
            key = str((told["connection"], mapped(from_json(told.get("settings", {})), (Secret,), _by_hash)))
            if key not in seen:
                seen.add(key)
                yield told["connection"], _opened(space, lineage, decode(Snapshot, told))


def _by_hash(part: Secret, _: object) -> Value:
    return f"{part.key_id} {part.hash}"


def _opened(space: Workspace, lineage: str, snapshot: Snapshot) -> Spec:
    settings = dict(snapshot.settings)
    if not is_sensitive(settings):
        return settings
    try:
        opened = space.vault(lineage).decrypt(snapshot)
    except ReignError:
        return settings
    space.learn(opened)
    return dict(opened.settings)


def _of_blocks(space: Workspace) -> Iterator[tuple[str, Spec]]:
    try:
        project = read_files(space).partial
    except (ReignError, OSError):
        return
    for resource in project.resources.values() if project else ():
        if project and resource.address.mode == "managed":
            yield resource.connection, dict(project.connections.get(resource.connection, {}))


def _of_intents(raws: Iterable[Raw]) -> dict[str, str]:
    """The connections of calls, also of those that nothing is known to have come of, each with the last run that used it."""
    return {raw["data"]["connection"]: raw["run"] for raw in raws if raw["kind"] == EventKind.INTENT}


def _planned(space: Workspace, connection: str, run: str) -> Spec | None:
    """The settings as the plan of a run has them; none where a default connection needs none."""
    plan = Stored(space).of(run)
    settings = plan.connections.get(connection) if plan else None
    if settings is not None:
        space.learn(settings)
        return _clear(dict(settings))
    return {} if connection == provider_of(connection) else None


def _clear(settings: Spec) -> Spec | None:
    """In clear, where that can be told."""
    clear = reveal(settings)
    if not isinstance(clear, dict) or not is_known(clear) or is_sensitive(clear):
        return None
    return clear
