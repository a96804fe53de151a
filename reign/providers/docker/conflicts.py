"""What is said of something on an engine that is in the way, is not ours, or is not there."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.providers.docker.marks import ADDRESS, address_of, key_of

if TYPE_CHECKING:
    from reign.providers.docker.engine import Engine
    from reign.providers.docker.found import Listed


def already_there(what: str, name: str, address: Address, there: Listed | None, told: str = "") -> ProviderError:
    """The conflict with something that has the name, and was not made by this very create. told: what it is."""
    whose = f", made for {address_of(there.labels)} of a project of Reign" if there and key_of(there.labels) else ""
    take = shlex.join(["reign", "import", str(address), name])
    return ProviderError(
        ErrorKind.CONFLICT,
        "Already there, and not made by this project",
        f"A {what} named {name}{f' ({told})' if told else ''} stands on the engine already{whose}, so none is made for "
        f"{address}.",
        f"Take it over: {take}; or remove it: docker {what} rm {name}; or choose another `name`.",
    )


def not_ours(what: str, name: str, doing: str) -> ProviderError:
    """The refusal to touch what does not carry our mark, and was not taken over."""
    return ProviderError(
        ErrorKind.CONFLICT,
        "Not made by this project",
        f"The {what} {name} does not carry the mark of this project ({ADDRESS} and the other labels), "
        f"so it is not ours to {doing}.",
        "Import it, or forget it: reign state rm ADDRESS.",
    )


def nothing_called(what: str, name: str, kind: ErrorKind = ErrorKind.INVALID) -> ProviderError:
    """The answer for something that is not there: to an import, or of kind `missing`."""
    if kind is ErrorKind.MISSING:
        return ProviderError(
            kind, "Gone", f"There is no {what} {name} on the engine any more.", "Plan again: it will be made anew."
        )
    return ProviderError(
        kind,
        "Nothing to import",
        f"No {what} on the engine has the id or the name {name!r}.",
        f"Give an id or a name as docker {what} ls shows it.",
    )


def nothing_there(what: str, name: str) -> ProviderError:
    """The answer to a look at something that is not there."""
    return ProviderError(
        ErrorKind.MISSING,
        "Not there",
        f"No {what} on the engine has the name or the id {name!r}.",
        f"Give a name as docker {what} ls shows it.",
    )


def not_changed(what: str, name: str) -> ProviderError:
    """The answer to a change of something that the engine never changes."""
    return ProviderError(
        ErrorKind.INVALID,
        "Cannot be changed in place",
        f"The engine changes nothing of the {what} {name}.",
        "Plan again: it will be replaced.",
    )


def unsupported(what: str, since: str, engine: Engine) -> ProviderError:
    """The answer to a key that an engine of this age does not know."""
    return ProviderError(
        ErrorKind.INVALID,
        "Not supported by this engine",
        f"{what} needs version {since} of the engine's API; the one at {engine.address} speaks {engine.api._version}.",
        "Leave it away, or use a newer engine.",
    )
