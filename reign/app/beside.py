"""What stands beside an object: its mark, and folders that were made for it, which go when it is gone."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import cast

from reign.app.observe import in_clear
from reign.app.workspace import Workspace
from reign.model.errors import ProviderError
from reign.model.plan import Plan
from reign.model.resource import Snapshot
from reign.model.values import Spec, reveal
from reign.ports import Call, Connection, Site, Wanted


def clear_beside(space: Workspace, site: Site, connections: Mapping[str, Spec], gone: Snapshot, key: str) -> None:
    """Have what stood beside `gone` go as well, by deleting it once more: absent is success.

    Where it stands again it is left alone, and where this fails nothing of worth is left behind.
    """
    call = Call(key, Connection(gone.connection, cast("Spec", reveal(connections.get(gone.connection, {})))), site)
    wanted = in_clear(Wanted(gone.address, known=gone))
    provider = space.registry.provider(gone.address.provider)
    with suppress(ProviderError):
        if provider.observe([wanted], call)[gone.address] is None:
            provider.delete(wanted.known or gone, call)


def clear_beside_forgotten(space: Workspace, site: Site, plan: Plan) -> None:
    """The same for what `plan` only forgets since it is gone: a delete that failed half way may have left it."""
    for change in plan.changes:
        gone = change.prior if change.reason == "forget_because_gone" else None
        if gone is not None and space.schema(change.address.kind).marked:
            clear_beside(space, site, plan.connections, gone, "")


def mark_recorded(site: Site, plan: Plan) -> None:
    """Have the marks of what `plan` only records name what stands there now: somebody may have put another inode there, and
    the state takes that over as ours. Where it cannot be done, it is ours as long as the state holds it.
    """
    from reign.providers.local.place import place_of

    for change in plan.changes:
        if change.address.provider == "local" and change.recorded_only and change.prior is not None:
            settings = cast("Spec", reveal(dict(plan.connections.get(change.connection, {}))))
            with suppress(OSError, ProviderError):
                place_of(Call("", Connection(change.connection, settings), site)).mark_anew(change.prior.external_id)
