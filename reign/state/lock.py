"""The lock: one writer per environment.

The kernel's flock, taken through `fcntl`: the filelock package takes 70 ms to import, and where a file system has no
flock it goes over to a lock that a kill does not free.
"""

from __future__ import annotations

import json
import os
import socket
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from secrets import token_hex

from reign.model.errors import Failed, Locked
from reign.model.finding import Finding, Severity
from reign.state.files import Flock, boot_id, is_flocked, write_file
from reign.state.layout import Layout

_POLL_S = 0.05
_PROBE_S = 0.01
_NAMING_S = 1.0


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds the lock, for people: `started` is UTC, `ci_url` the page of the CI job, if any.

    `id` names this time that it is held, and nothing else; `boot` the running kernel that keeps it.
    """

    command: str
    ci_url: str = ""
    pid: int = field(default_factory=os.getpid)
    host: str = field(default_factory=socket.gethostname)
    started: str = field(default_factory=_now)
    id: str = field(default_factory=lambda: token_hex(8))
    boot: str = field(default_factory=boot_id)

    @property
    def is_here(self) -> bool:
        """Whether the kernel that keeps its lock is the one that runs here: then it holds it as long as it lives, and no
        longer.
        """
        here = boot_id()
        return self.boot == here if self.boot and here else self.host == socket.gethostname()

    @property
    def may_live(self) -> bool:
        """False where its process is known to be gone."""
        if self.is_here:
            try:
                os.kill(self.pid, 0)
            except ProcessLookupError:
                return False
            except OSError:
                pass
        return True


class Lock:
    """The lock, held. Let go by `release`, or by the kernel when the process ends."""

    def __init__(self, layout: Layout, flock: Flock) -> None:
        self._layout, self._flock = layout, flock

    def is_in_place(self) -> bool:
        """False once it was let go, or `set_aside` by somebody."""
        return self._flock.is_in_place()

    def check(self) -> None:
        """Raises Failed once it was `set_aside`."""
        if not self._flock.is_in_place():
            raise Failed([_lost()])

    def release(self) -> None:
        """Let go. Doing so twice is nothing."""
        if self._flock.held:
            if self._flock.is_in_place():  # else the name is that of who has it by now
                with suppress(OSError):  # it only tells people: what was done is done, whether or not it can be removed
                    self._layout.lock_json.unlink(missing_ok=True)
            self._flock.release()


def hold(layout: Layout, owner: Owner, wait_s: float) -> Lock:
    """Take the lock, waiting up to `wait_s` seconds for it. Raises Locked naming who holds it.

    Whoever only asks whether it is held has a shared one for an instant: that turns nobody away.
    """
    flock = Flock(layout.lock)
    deadline = time.monotonic() + wait_s
    while not flock.try_acquire():
        is_writer = is_flocked(layout.lock)
        if is_writer and time.monotonic() >= deadline:
            holder = _holder(layout)
            if is_flocked(
                layout.lock
            ):  # else it was one who was killed: a child of his had it for the instant before its exec
                raise Locked([_held(holder, wait_s)])
        time.sleep(_POLL_S if is_writer else _PROBE_S)
    try:
        write_file(layout.lock_json, json.dumps(asdict(owner), indent=1).encode() + b"\n")
    except OSError:
        flock.release()
        raise
    return Lock(layout, flock)


def is_held(layout: Layout) -> bool:
    """Whether somebody is writing now: open intents are then running, not lost."""
    return is_flocked(layout.lock)


def owner_of(layout: Layout) -> Owner | None:
    """Who holds the lock by what he says himself; None where that cannot be read."""
    try:
        told = json.loads(layout.lock_json.read_bytes())
        return Owner(pid=int(told.get("pid") or 0), **{name: str(told.get(name) or "") for name in _TEXTS})
    except (AttributeError, OSError, TypeError, ValueError):
        return None


def _holder(layout: Layout) -> Owner | None:
    """Who holds the lock, given an instant to say so: until then it is nobody's name, or that of one who was killed."""
    deadline = time.monotonic() + _NAMING_S
    while (owner := owner_of(layout)) is None or not owner.may_live:
        if time.monotonic() >= deadline or not is_flocked(layout.lock):
            return owner
        time.sleep(_PROBE_S)
    return owner


_TEXTS = [each.name for each in fields(Owner) if each.name != "pid"]


def left_behind(layout: Layout) -> Finding | None:
    """That somebody on another machine did not let go of the lock, which nobody holds here: this may be a copy."""
    if not layout.lock_json.exists() or is_flocked(layout.lock):
        return None
    owner = owner_of(layout)
    if owner is None or owner.is_here or owner.host == socket.gethostname():  # this one, perhaps started anew since
        return None
    said = (
        f"{who(owner, 'held')}, and did not let go of it; here nobody holds it. Either that machine is gone, or this .reign "
        "was copied while it was at work: then it goes on there, with the same things, and does not know of what is done here."
    )
    fix = f"If it may still run on {owner.host}, let it end, and use its .reign."
    return Finding("state/copied", "Another machine held the lock", said, severity=Severity.MEDIUM, fix=fix)


def set_aside(layout: Layout, id: str) -> bool:
    """Take the lock away from who holds it as `id`, so that a new one can be taken; False where it is another's by now.

    Whoever had it notices when next he writes (`Lock.check`).
    """
    held = owner_of(layout)
    if held is None or held.id != id:
        return False
    layout.lock.unlink(missing_ok=True)
    return True


def who(owner: Owner | None, does: str = "has held") -> str:
    """Who has held the lock since when, as the beginning of a sentence."""
    if owner is None:
        return f"Another process, which has not said yet who it is, {does} the lock"
    page = f" in {owner.ci_url}" if owner.ci_url else ""
    name = f" (ID {owner.id})" if owner.id else ""
    said = f"Process {owner.pid} on {owner.host}, `reign {owner.command}`{page}, {does} the lock"
    return f"{said} since {owner.started} UTC{name}"


def _held(owner: Owner | None, waited_s: float) -> Finding:
    waited = f" It was waited for {waited_s:g} s." if waited_s else ""
    fix = "Wait until it is done, or let this command wait for it: --lock-timeout 10m"
    if owner is not None and owner.is_here:
        fix += f"\nOr end process {owner.pid}: the lock goes with it."
    elif owner is not None and owner.id:
        fix += f"\nOnce {owner.host} is gone for good: reign force-unlock {owner.id}"
    return Finding("state/locked", "The state is locked", f"{who(owner)}.{waited} Nothing was done.", fix=fix)


def _lost() -> Finding:
    return Finding(
        "state/lock-lost",
        "The lock was taken away",
        "The lock of this run was taken away, by reign force-unlock or with the file itself, so it ended here and wrote "
        "nothing more. What was called and has no answer on record is looked up by the next run.",
        fix="See what the other one did: reign runs list",
    )
