"""`force-unlock`: what is left of a lock that nobody holds is cleared away; one that is held on a machine that is gone can
be taken away.

The kernel lets go of a lock with the process that holds it, so that on the machine where that one runs there is nothing to
force.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from reign.app.declared import read_files
from reign.app.history import Recording
from reign.app.nouns import Where
from reign.app.origin import owner
from reign.app.workspace import Workspace, open_existing
from reign.config import Settings
from reign.model.errors import Refused
from reign.model.finding import Finding
from reign.state.layout import Layout
from reign.state.lock import Owner, hold, is_held, owner_of, set_aside, who
from reign.state.writer import open_writer


@dataclass(frozen=True, slots=True)
class Unlocking:
    """A lock that is about to be taken away: `holder` in words. `settings` and `name` (what is asked for instead of `yes`,
    if anything) are the project's.
    """

    holder: str
    settings: Settings
    name: str = ""


@dataclass(frozen=True, slots=True)
class Unlocked:
    """How it ended. `cleared`: a process had left its name behind; `taken`: from whoever held it. run: as the history has it."""

    outcome: Literal["free", "cleared", "taken"]
    holder: str = ""
    run: str = ""


def force_unlock(where: Where, id: str, approve: Callable[[Unlocking], None]) -> Unlocked:
    """Free the lock that is held as `id`. Raises Refused where it is not held as that, or by a process that lives here, and
    Failed where no project is."""
    space = open_existing(where)
    layout = space.layout
    held = _held(layout, id, owner_of(layout), where)
    if isinstance(held, Unlocked):
        return held
    project = read_files(space).partial
    name = space.env if project and project.confirms_by_name else ""
    approve(Unlocking(who(held), project.settings if project else Settings(), name))
    if not set_aside(layout, id):
        raise Refused([_other(id, owner_of(layout), layout)])
    said = who(held, "held")
    return Unlocked("taken", said, _record(space, said))


def _held(layout: Layout, id: str, holder: Owner | None, where: Where) -> Owner | Unlocked:
    """Who holds it, elsewhere and as `id`; or what was left of a lock that nobody holds, cleared away."""
    if not is_held(layout):
        if holder is None:
            return Unlocked("free")
        hold(layout, owner(where.environ, "force-unlock"), 0).release()  # with it goes the name
        return Unlocked("cleared", who(holder, "held"))
    if holder is None or not id or holder.id != id:
        raise Refused([_other(id, holder, layout)])
    if holder.is_here:
        raise Refused([_alive(holder, layout)])
    return holder


def _record(space: Workspace, holder: str) -> str:
    """Whoever comes later reads who took the lock from whom."""
    recording = Recording()
    with open_writer(space.layout, owner(space.where.environ, "force-unlock")) as writer:
        recording.write(space, writer, "force-unlock", message=f"{holder}. It was taken away.")
    return recording.run


def _other(id: str, holder: Owner | None, layout: Layout) -> Finding:
    if holder is None:
        fix = f"Whoever has just taken it says in a moment who it is. If nobody does: fuser {layout.lock}"
    elif holder.id:
        fix = f"If that is the one you mean: reign force-unlock {holder.id}"
    else:
        fix = f"An earlier Reign took it, and gave it no ID. Once {holder.host} is gone for good, remove {layout.lock}."
    return Finding(
        "state/lock-other-id",
        "The lock is not held by that ID",
        f"{who(holder)}. That is not {id!r}. Nothing was done.",
        fix=fix,
    )


def _alive(holder: Owner, layout: Layout) -> Finding:
    return Finding(
        "state/lock-alive",
        "Whoever holds the lock is alive",
        f"{who(holder)}, on this machine. The kernel lets go of it when that process ends, so it runs, and taking the lock "
        "away would let two write at once. Nothing was done.",
        fix=f"Wait for it; or let it finish what it began, and then end: kill -INT {holder.pid}\n"
        f"If it must end now: kill {holder.pid}. Where it is not to be seen, it runs in a container: fuser {layout.lock}",
    )
