"""What carries our mark outside and is nothing that the state holds: left over by a run whose state is gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reign.app import ailments
from reign.app.reached import Reached, reached
from reign.app.workspace import Workspace
from reign.model.errors import ErrorKind, Failed, ProviderError
from reign.model.event import State
from reign.model.finding import Finding
from reign.ports import Call, Carrier, Connection, Marked
from reign.providers.registry import provider_of

_DEADLINE_S = 15.0


@dataclass(slots=True)
class _Thing:
    """Something that carries the mark, and the connections over which it is seen: several may lead to one system."""

    carrier: Carrier
    over: list[str] = field(default_factory=list)

    def names(self) -> list[tuple[str, ...]]:
        """How the state may know it (`_known`)."""
        one = (self.carrier.type, self.carrier.external_id)
        return [(self.carrier.key,), (*one, f"by {self.carrier.key}"), *((*one, f"over {each}") for each in self.over)]


def strays(space: Workspace, state: State, raws: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    """Everything that carries the mark of this state and is not in it; and what could not be asked for it. `raws` are the
    events of its journal, which tell over what it was made.
    """
    if not state.lineage:
        return
    things: dict[tuple[str, str, str], _Thing] = {}
    for each in reached(space, state, raws):
        try:
            carriers = _carriers(space, state, each)
        except ProviderError as error:
            yield ailments.not_asked(each.connection, error.detail, error.fix)
            continue
        except Failed as error:
            yield ailments.not_asked(each.connection, error.findings[0].detail, error.findings[0].fix)
            continue
        for carrier in carriers:
            key = (carrier.type, carrier.external_id, carrier.key)
            things.setdefault(key, _Thing(carrier)).over.append(each.connection)
    known = _known(state)
    for thing in things.values():
        if known.isdisjoint(thing.names()):
            yield ailments.stray(thing.carrier, thing.over[0])


def _known(state: State) -> frozenset[tuple[str, ...]]:
    """What the state holds, or is still to be told of by the call that made it. Two systems may each have something of one
    name, so the connection counts, or the call.
    """
    held = [
        (each.address.type, each.external_id, told)
        for each in (*state.resources.values(), *state.deposed.values())
        for told in (f"over {each.connection}", f"by {each.create_key}")
    ]
    return frozenset([*held, *((event.op,) for event in state.open_intents)])


def _carriers(space: Workspace, state: State, over: Reached) -> Sequence[Carrier]:
    """What carries the mark over one connection. Nothing where its provider keeps no such list. Raises ProviderError, Failed."""
    name = provider_of(over.connection)
    provider = space.registry.provider(name)
    if not space.registry.lists_marked(name) or not isinstance(provider, Marked):
        return ()
    if over.settings is None:
        raise _untold(over.connection)
    if not _may_ask(space, name, over):
        raise _untrusted()
    site = space.site(state.lineage, "", space.env)
    return provider.marked(Call("", Connection(over.connection, over.settings), site, deadline_s=_DEADLINE_S))


def _may_ask(space: Workspace, provider: str, over: Reached) -> bool:
    """As a plan does: without trust only what the user's own environment names."""
    if space.trusted:
        return True
    environ, registry = space.where.environ, space.registry
    schemas = [registry.schema(name) for name in registry.types() if provider_of(name) == provider]
    names = {name for schema in schemas if schema is not None for name in schema.named_by}
    return not over.settings and any(environ.get(name) for name in names)


def _untold(connection: str) -> ProviderError:
    return ProviderError(
        ErrorKind.INVALID,
        "Settings not known",
        "Something was made over it once, and where it led nobody can tell any more.",
        f"Declare it again under `providers`, with a block that names it (provider: {connection}).",
    )


def _untrusted() -> ProviderError:
    return ProviderError(
        ErrorKind.DENIED,
        "Folder is not trusted",
        "The folder is not trusted, and what would be reached only the project or a default names.",
        "Read what the project would run and reach, then trust the folder: reign trust",
    )
