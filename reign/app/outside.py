"""What an outside system itself says of one thing that the state holds: its last lines, and its own description."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn, cast

from reign.app.nouns import Where
from reign.app.observe import in_clear
from reign.app.rollback import declared_still
from reign.app.secrets import Secrets
from reign.app.unseen import phrase_of
from reign.app.workspace import Workspace, open_existing
from reign.model.address import Address
from reign.model.errors import Failed, ProviderError, Refused
from reign.model.event import State
from reign.model.finding import Finding
from reign.model.redact import MASK, sensitive_texts
from reign.model.resource import Snapshot
from reign.model.values import Sensitive, Spec, Value, leaves, mapped, reveal
from reign.planning.surgery import matches
from reign.ports import Call, Connection, Inspect, Logs, Wanted

FOLLOWED_S = 366 * 24 * 3600.0
"""How long lines are waited for at most."""
_ASKED_S = 60.0


@dataclass(frozen=True, slots=True)
class _Asked:
    """One thing, in clear, and the call about it. `hidden`: what is sensitive in it, short values too."""

    snapshot: Snapshot
    call: Call
    hidden: frozenset[str]


def logs(where: Where, name: str, lines: int, *, follow: bool = False) -> Iterator[str]:
    """The last `lines` lines of what `name` names in the state; then, when following, each new one. Known sensitive values
    are masked. Raises Failed, Refused; Failed also on the way.
    """
    space = open_existing(where)
    asked = _asked(space, name, FOLLOWED_S if follow else _ASKED_S)
    provider = space.registry.provider(asked.snapshot.address.provider)
    return _told(cast("Logs", provider), asked, lines, follow)


def _told(provider: Logs, asked: _Asked, lines: int, follow: bool) -> Iterator[str]:
    try:
        yield from provider.logs(asked.snapshot, asked.call, lines, follow)
    except ProviderError as error:
        _fail(asked, error)


def inspect(where: Where, name: str) -> Spec:
    """The system's own description of what `name` names in the state, with sensitive values masked. Raises Failed, Refused."""
    space = open_existing(where)
    asked = _asked(space, name, _ASKED_S)
    provider = cast("Inspect", space.registry.provider(asked.snapshot.address.provider))
    try:
        found = provider.inspect(asked.snapshot, asked.call)
    except ProviderError as error:
        _fail(asked, error)
    shown = mapped(found, (str,), lambda text, _: _without(asked.hidden, text))
    return shown if isinstance(shown, dict) else {}


def _without(hidden: frozenset[str], text: str) -> Value:
    """`text` masked where all of it is sensitive, or all behind the name of a variable: what is short is masked nowhere else."""
    name, equals, value = text.partition("=")
    if text in hidden:
        return MASK
    return f"{name}={MASK}" if equals and value in hidden else text


def _asked(space: Workspace, name: str, deadline_s: float) -> _Asked:
    state = space.held
    held = _one(state, name)
    project = declared_still(space, Secrets(space, lambda: space.held))
    settings = project.project.connections.get(held.connection) if project else None
    settings = dict(held.settings) if settings is None else settings
    _check_trust(space, held, settings)
    site = space.site(state.lineage, *((project.project.name, project.project.env) if project else ("", space.env)))
    hidden = [part for _, part in leaves([held.spec, held.outputs, settings]) if isinstance(part, Sensitive)]
    known = in_clear(Wanted(held.address, known=held)).known or held
    call = Call("", Connection(held.connection, cast("Spec", reveal(settings))), site, deadline_s=deadline_s)
    return _Asked(known, call, frozenset(text for part in hidden for text in sensitive_texts(part) if text))


def _one(state: State, name: str) -> Snapshot:
    """The one thing that `name` names. Raises Failed where it names none, or several."""
    everything = {**state.deposed, **state.resources}
    found, told = matches(everything, [name])
    if len(found) == 1:
        return everything[found[0]]
    raise Failed(told or [_several(name, found)])


def _several(name: str, found: list[Address]) -> Finding:
    return Finding(
        "look/several",
        "One at a time",
        f"{name} names {len(found)} things: {', '.join(each.text for each in found)}.",
        fix="Name one of them, with its type and its key.",
    )


def _check_trust(space: Workspace, held: Snapshot, settings: Spec) -> None:
    schema = space.registry.schema(held.address.type)
    phrase = phrase_of(schema, None, held, {held.connection: settings}, space.where.environ)
    if space.trusted or not phrase:
        return
    raise Refused(
        [
            Finding(
                "look/untrusted",
                "Folder is not trusted",
                f"The folder is not trusted, so this was not asked: {phrase}. What would run or be reached, the project says.",
                address=held.address.text,
                fix="Read what the project would run and reach, then trust the folder: reign trust",
            )
        ]
    )


def _fail(asked: _Asked, error: ProviderError) -> NoReturn:
    address = asked.snapshot.address.text
    fix = error.fix.replace("ADDRESS", shlex.quote(address))
    raise Failed([Finding("look/failed", error.summary, error.detail, address=address, fix=fix)]) from None
