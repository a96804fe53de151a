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
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from reign.model.errors import Locked
from reign.model.finding import Finding
from reign.state.files import Flock, is_flocked, write_file
from reign.state.layout import Layout

_POLL_S = 0.05
_PROBE_S = 0.01


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds the lock, for people: `started` is UTC, `ci_url` the page of the CI job, if any."""

    command: str
    ci_url: str = ""
    pid: int = field(default_factory=os.getpid)
    host: str = field(default_factory=socket.gethostname)
    started: str = field(default_factory=_now)


class Lock:
    """The lock, held. Let go by `release`, or by the kernel when the process ends."""

    def __init__(self, layout: Layout, flock: Flock) -> None:
        self._layout, self._flock = layout, flock

    def release(self) -> None:
        """Let go. Doing so twice is nothing."""
        if self._flock.held:
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
            raise Locked([_held(_owner(layout), wait_s)])
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


def _owner(layout: Layout) -> dict[str, Any]:
    try:
        told = json.loads(layout.lock_json.read_bytes())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _held(owner: dict[str, Any], waited_s: float) -> Finding:
    who = "Another process, which has not said yet who it is,"
    if owner:
        who = f"Process {owner.get('pid')} on {owner.get('host')}, `reign {owner.get('command')}`,"
    since = f" since {owner['started']} UTC" if owner.get("started") else ""
    page = f" It runs in {owner['ci_url']}." if owner.get("ci_url") else ""
    waited = f" It was waited for {waited_s:g} s." if waited_s else ""
    return Finding(
        "state/locked",
        "The state is locked",
        f"{who} has held the lock{since}.{page}{waited} Nothing was done.",
        fix="Wait until it is done, or let this command wait for it: --lock-timeout 10m",
    )
