"""Looking at reality: one question per connection, all connections at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from reign.app.looking import ask_all
from reign.app.nouns import Look, Looking, nobody
from reign.app.workspace import Workspace
from reign.model.address import Address
from reign.model.errors import ProviderError
from reign.model.event import State
from reign.model.resource import Import, Observation, Resource, Snapshot
from reign.model.rewrite import rewritten
from reign.model.values import Path, Secret, Sensitive, Spec, Unknown, Value, is_sensitive, reveal
from reign.ports import Call, Connection, Site, Wanted

Observed = Mapping[Address, Observation | ProviderError | None]


def observe(
    space: Workspace,
    site: Site,
    desired: Mapping[Address, Resource],
    state: State,
    connections: Mapping[str, Spec],
    only: Iterable[Address],
    imports: Sequence[Import] = (),
    looking: Looking = nobody,
) -> Observed:
    """What is there of `only`. Types that cannot be looked at are left out.

    What is to be imported is looked at by the id that it is to be taken over by.
    """
    groups: dict[tuple[str, str], list[Wanted]] = {}
    keys = {event.address: event.op for event in state.open_intents}
    ids = {each.to: each.id for each in imports}
    for address in sorted(only, key=Address.sort_key):
        wanted = _wanted(address, desired.get(address), state.resources.get(address), ids.get(address))
        wanted = replace(wanted, key=keys.get(str(address), ""))
        specs = [each.spec for each in (wanted.desired, wanted.known) if each is not None]
        if address.mode == "managed" and space.schema(address.type).is_observable(*specs):
            groups.setdefault((address.provider, _connection(wanted)), []).append(wanted)
    answers = _ask_all(space, site, connections, sorted(groups.items(), key=lambda item: item[0]), looking)
    seen: dict[Address, Observation | ProviderError | None] = {}
    for wanted_here, answer in answers:
        for each in wanted_here:
            seen[each.address] = answer.get(each.address) if isinstance(answer, Mapping) else answer
    return seen


def _wanted(address: Address, desired: Resource | None, known: Snapshot | None, id: str | None) -> Wanted:
    if known is None and desired is not None and id is not None:
        known = Snapshot(address, desired.connection, id, desired.spec, {})
    return Wanted(address, desired, known)


def _connection(wanted: Wanted) -> str:
    """Where it was made; where it will be made, if it was not yet."""
    if wanted.known is not None:
        return wanted.known.connection
    return wanted.desired.connection if wanted.desired else ""


def _ask_all(
    space: Workspace,
    site: Site,
    connections: Mapping[str, Spec],
    groups: Sequence[tuple[tuple[str, str], list[Wanted]]],
    looking: Looking,
) -> list[tuple[list[Wanted], Observed | ProviderError]]:
    def ask(group: tuple[tuple[str, str], list[Wanted]]) -> tuple[list[Wanted], Observed | ProviderError]:
        (provider, name), wanted = group
        settings = reveal(dict(connections.get(name, {})))
        call = Call("", Connection(name, settings if isinstance(settings, dict) else {}), site)
        try:
            return wanted, space.registry.provider(provider).observe([*map(in_clear, wanted)], call)
        except ProviderError as error:
            return wanted, error

    return ask_all(groups, ask, lambda group: [*map(_look, group[1])], looking)


def _look(wanted: Wanted) -> Look:
    return Look(wanted.address, wanted.known.external_id if wanted.known is not None else "")


def in_clear(wanted: Wanted) -> Wanted:
    """What is asked for, as a provider's call needs it; what only a plan file knows, by its hash, is not known here."""

    def clear(part: Sensitive | Secret, _: Path) -> Value:
        return reveal(part) if isinstance(part, Sensitive) else Unknown(sensitive=True)

    parts: list[Value] = [] if wanted.desired is None else [wanted.desired.spec]
    if wanted.known is not None:
        parts += [wanted.known.spec, wanted.known.outputs, dict(wanted.known.settings)]
    return rewritten(wanted, (Sensitive, Secret), clear) if any(map(is_sensitive, parts)) else wanted
