"""Looking at reality: one question per connection, all connections at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reign.app.workspace import Workspace
from reign.model.address import Address
from reign.model.errors import ProviderError
from reign.model.event import State
from reign.model.resource import Observation, Resource
from reign.model.values import Spec
from reign.ports import Call, Connection, Site, Wanted

Observed = Mapping[Address, Observation | ProviderError | None]


def observe(
    space: Workspace,
    site: Site,
    desired: Mapping[Address, Resource],
    state: State,
    connections: Mapping[str, Spec],
    only: frozenset[Address] | None = None,
) -> Observed:
    """What is there of everything declared or recorded (or of `only`). Types that cannot be looked at are left out."""
    groups: dict[tuple[str, str], list[Wanted]] = {}
    keys = {event.address: event.op for event in state.open_intents}
    for address in desired.keys() | state.resources.keys() if only is None else only:
        if not space.schema(address.type).observable:
            continue
        wanted = Wanted(address, desired.get(address), state.resources.get(address), keys.get(str(address), ""))
        groups.setdefault((address.provider, _connection(wanted)), []).append(wanted)
    answers = _ask_all(space, site, connections, sorted(groups.items(), key=lambda item: item[0]))
    seen: dict[Address, Observation | ProviderError | None] = {}
    for wanted_here, answer in answers:
        for wanted in wanted_here:
            seen[wanted.address] = answer.get(wanted.address) if isinstance(answer, Mapping) else answer
    return seen


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
) -> list[tuple[list[Wanted], Observed | ProviderError]]:
    def ask(group: tuple[tuple[str, str], list[Wanted]]) -> tuple[list[Wanted], Observed | ProviderError]:
        (provider, name), wanted = group
        call = Call("", Connection(name, connections.get(name, {})), site)
        try:
            return wanted, space.registry.provider(provider).observe(wanted, call)
        except ProviderError as error:
            return wanted, error

    if len(groups) < 2:
        return [ask(group) for group in groups]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=min(16, len(groups))) as pool:
        return list(pool.map(ask, groups))
