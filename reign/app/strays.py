"""What carries our mark outside and is nothing that the state holds: left over by a run whose state is gone."""

from __future__ import annotations

from collections.abc import Iterator

from reign.app import ailments
from reign.app.declared import read_files
from reign.app.workspace import Workspace
from reign.model.errors import ProviderError, ReignError
from reign.model.event import State
from reign.model.finding import Finding
from reign.model.values import Spec, is_known, is_sensitive, reveal, to_json
from reign.ports import Call, Carrier, Connection, Marked
from reign.providers.registry import provider_of

_DEADLINE_S = 15.0


def strays(space: Workspace, state: State) -> Iterator[Finding]:
    """Everything that carries the mark of this state and is not in it; and what could not be asked for it."""
    if not state.lineage:
        return
    held = {(each.address.type, each.external_id) for each in (*state.resources.values(), *state.deposed.values())}
    open_ = {event.op for event in state.open_intents}
    for connection, settings in _connections(space, state):
        try:
            carriers = _carriers(space, state, connection, settings)
        except ProviderError as error:
            yield ailments.not_asked(connection, error)
            continue
        for each in carriers:
            if (each.type, each.external_id) not in held and each.key not in open_:
                yield ailments.stray(each)


def _carriers(space: Workspace, state: State, connection: str, settings: Spec) -> list[Carrier]:
    """What carries the mark over one connection. Nothing where the provider keeps no such list, or may not be asked."""
    name = connection.partition(".")[0]
    if not _may_ask(space, name, settings):
        return []
    provider = space.registry.provider(name)
    call = Call("", Connection(connection, settings), space.site(state.lineage, "", space.env), deadline_s=_DEADLINE_S)
    return list(provider.marked(call)) if isinstance(provider, Marked) else []


def _may_ask(space: Workspace, provider: str, settings: Spec) -> bool:
    """As a plan does: without trust only what the user's own environment names."""
    if space.trusted:
        return True
    environ, registry = space.where.environ, space.registry
    schemas = [registry.schema(name) for name in registry.types() if provider_of(name) == provider]
    names = {name for schema in schemas if schema is not None for name in schema.named_by}
    return not settings and any(environ.get(name) for name in names)


def _connections(space: Workspace, state: State) -> Iterator[tuple[str, Spec]]:
    """Those that the state was made over, and those that the project declares now, each once."""
    seen: set[tuple[str, str]] = set()
    held = [(each.connection, dict(each.settings)) for each in (*state.resources.values(), *state.deposed.values())]
    for name, settings in (*held, *_declared(space)):
        clear = reveal(settings)
        if isinstance(clear, dict) and is_known(clear) and (name, str(to_json(clear))) not in seen:
            seen.add((name, str(to_json(clear))))
            yield name, clear


def _declared(space: Workspace) -> Iterator[tuple[str, Spec]]:
    try:
        project = read_files(space).partial
    except (ReignError, OSError):
        return
    for name in sorted(
        {*project.connections, *(each.connection for each in project.resources.values())} if project else ()
    ):
        settings = project.connections.get(name, {}) if project else {}
        if not is_sensitive(settings):
            yield name, settings
